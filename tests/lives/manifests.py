"""The company as files: manifests, HR's table, policies."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import date

from tests.lives.company import (
    GENTLE,
    PREFIX,
    WITHOUT_MANAGERS,
    Company,
    Home,
    Person,
    Policies,
    Table,
    Team,
)
from tests.property.organisations import quoted

ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
#: Somebody's cells, in the order of the columns.
COLUMNS = (
    "number",
    "login",
    "oid",
    "first",
    "title",
    "unit",
    "boss",
    "works",
    "status",
    "exported",
)
#: Mistakes that authors make, each a whole document.
NONSENSE = (
    "kind: Group\nmetadata: {name: nobody}\nspec: {displayName: Nobody, members: [group: x]}",
    "kind: User\nmetadata: {name: who}\nspec: {userPrincipalName: w@zone.example, depart: X}",
    "kind: User\nmetadata: {name: ana}\nspec: {userPrincipalName: twice@zone.example}\n"
    "---\napiVersion: reconciler/v1\n"
    "kind: User\nmetadata: {name: ana}\nspec: {userPrincipalName: again@zone.example}",
    "kind: Hold\nmetadata: {name: h}\nspec: {user: ana, ticket: X, until: 2026-02-30}",
    "kind: Group\nmetadata: {name: g}\nspec: {displayName: G, memberRule: user.nothing == 1}",
    "kind: User\nmetadata: {name: y}\nspec: [",
)


def documents(company: Company) -> list[str]:
    """One document each, in no order that means anything."""
    written = [p for p in company.declared() if p.home is not Home.ROW]
    found = [
        *map(_person, written),
        *(_team(company.teams[key]) for key in sorted(company.teams)),
        *(_hold(key, until) for key, until in sorted(company.holds.items())),
        *_assignments(company),
        *_filters(company),
        _mapping("users", _user_mapping(company)),
        _mapping("groups", _group_mapping(company)),
    ]
    if company.table is not None:
        found.append(_source(company.table))
    if company.narrow:
        narrow = (f"extends: {company.profile}", "connections: 1", "pageMax: 3")
        found.append(_document("Profile", "one-at-a-time", *narrow))
    if company.nonsense is not None:
        found.append(f"apiVersion: reconciler/v1\n{company.nonsense}\n")
    return found


def target(company: Company, url: str) -> str:
    rules = company.rules
    removals = ", ".join(f"{name}: {rules.removals[name]}" for name in GENTLE)
    days = "never" if rules.days is None else rules.days
    filtered = "" if rules.filter is None else f"    filter: {rules.filter.replace(' ', '-')}\n"
    entitled = "" if rules.entitled is None else f"    entitledRoles: [{rules.entitled}]\n"
    owned = "marked" if "user" in rules.marked else "exclusive"
    if rules.owned_by_name:
        owned = "{rule: 'resource.userName.endsWith(\"@zone.example\")'}"
    users = "    manage: lookup\n    mapping: users\n"
    if not rules.lookup:
        users = (
            f"    ownership: {owned}\n    mapping: users\n{filtered}{entitled}"
            "    actions: [create, update, deactivate, delete]\n"
            f"    deprovision: {{{removals}, deleteAfterDays: {days}}}\n"
        )
    return (
        "apiVersion: reconciler/v1\nkind: Target\nmetadata: {name: box}\nspec:\n"
        f"  profile: {'one-at-a-time' if company.narrow else company.profile}\n"
        f"  baseUrl: {url}\n  credential: box\n"
        f"  scope: {'all' if rules.everybody else 'assigned'}\n  repository: ours\n"
        f"  users:\n{users}"
        f"  groups:\n    ownership: {'marked' if 'group' in rules.marked else 'exclusive'}\n"
        "    mapping: groups\n    actions: [create, update, delete]\n"
        f"    deprovision: {{unassigned: {rules.unassigned_groups}, "
        f"removed: {rules.removed_groups}}}\n"
    )


def table(company: Company) -> str:
    """The rows, one of them torn where the table is ragged."""
    assert company.table is not None
    exported = company.table.dated.isoformat()
    text = io.StringIO()
    lines = csv.writer(text, lineterminator="\n")
    lines.writerow(COLUMNS)
    for p in company.rows():
        works, status = "true" if p.enabled else "false", "LEFT" if p.left else "here"
        lines.writerow(
            (_number(p.key), p.user_name, p.object_id, p.key, p.title or "", p.department or "",
             _number(p.manager), works, status, exported)
        )  # fmt: skip
    if company.table.ragged:
        lines.writerow(("torn", "torn@zone.example"))
    return text.getvalue()


def _number(key: str | None) -> str:
    """What HR calls somebody; nothing for whom HR does not know."""
    return key.removeprefix(PREFIX) if key is not None and key.startswith(PREFIX) else ""


def policies(tree: Policies) -> str:
    found = []
    if tree.floors:
        limits = (f"{name}: {{floor: {floor}, share: 0%}}" for name, floor in tree.floors.items())
        found.append(_document("Guardrails", "limits", *limits))
    if tree.protected:
        people = ", ".join(sorted(tree.protected))
        found.append(_document("Protection", "some", f"users: [{people}]", "because: a test"))
    return "---\n".join(found)


def _document(kind: str, name: str, *lines: str, labels: str = "") -> str:
    metadata = f"{{name: {name}{labels}}}"
    head = f"apiVersion: reconciler/v1\nkind: {kind}\nmetadata: {metadata}\nspec:\n"
    return head + "".join(f"  {line}\n" for line in lines)


def _person(person: Person) -> str:
    lines = [
        f"userPrincipalName: {person.user_name}",
        f"objectId: {person.object_id}",
        f"mail: {person.user_name}",
        f"displayName: Person {person.key}",
        f"givenName: {person.key}",
        "surname: Ek",
        f"accountEnabled: {'true' if person.enabled else 'false'}",
        f"jobTitle: {_text(person.title)}",
        f"department: {_text(person.department)}",
        f"manager: {person.manager or 'null'}",
    ]
    lines += [f"from: {person.starts}"] if person.starts else []
    lines += [f"until: {person.until}"] if person.until else []
    return _document("User", person.key, *lines)


def _text(value: str | None) -> str:
    return "null" if value is None else quoted(value)


def _team(team: Team) -> str:
    members = [key for key in sorted(team.members) if key not in team.until]
    entries = [
        *members,
        *(f"{{user: {key}, until: {until}}}" for key, until in sorted(team.until.items())),
        *(f"{{group: {key}}}" for key in sorted(team.inside)),
    ]
    lines = [
        f"displayName: {team.name}",
        f"objectId: {team.object_id}",
        f"membership: {'additive' if team.additive else 'authoritative'}",
        f"members: [{', '.join(entries)}]",
    ]
    lines += [f"memberRule: {quoted(team.rule)}"] if team.rule else []
    lines += [f"formerly: [{team.former}]"] if team.former else []
    labels = ', labels: {privileged: "true"}' if team.privileged else ""
    return _document("Group", team.key, *lines, labels=labels)


def _hold(key: str, until: date) -> str:
    return _document("Hold", f"of-{key}", f"user: {key}", "ticket: INC-1", f"until: {until}")


def _assignments(company: Company) -> Iterator[str]:
    """By name with the role User, through teams with the role Admin."""
    if company.assigned:
        keys = ", ".join(sorted(company.assigned))
        yield _document("Assignment", "people", "target: box", "role: User", f"users: [{keys}]")
    if company.reaching:
        keys = ", ".join(sorted(company.reaching))
        nested = ("nested: true",) if company.rules.nested else ()
        yield _document(
            "Assignment", "teams", "target: box", "role: Admin", f"groups: [{keys}]", *nested
        )


def _filters(company: Company) -> Iterator[str]:
    entries = {
        "leads": "allOf: [{attribute: department, operator: EQUALS, value: Lead}]",
        "long titles": "when: user.jobTitle.size() > 4",
    }
    name = company.rules.filter
    if name is not None:
        lines = ("for: users", "anyOf:", f"  - name: {name}", f"    {entries[name]}")
        yield _document("ScopingFilter", name.replace(" ", "-"), *lines)


def _source(table: Table) -> str:
    return _document(
        "Source",
        "hr",
        f"key: {{column: number, prefix: {PREFIX}}}",
        "attributes:",
        "  userPrincipalName: login",
        "  mail: login",
        "  objectId: oid",
        "  displayName: first",
        "  givenName: first",
        "  surname: {constant: Ek}",
        "  jobTitle: title",
        "  department: unit",
        f"  manager: {{column: boss, prefix: {PREFIX}}}",
        "  accountEnabled: works",
        "leavers: {column: status, values: [left]}",
        "dated: {column: exported}",
        f"expect: {{min: {table.least}}}",
        "maxAge: 2d",
        f"maxShrink: {{share: 0%, floor: {table.shrink}}}",
    )


def _user_mapping(company: Company) -> list[str]:
    lines = [
        "{target: userName, source: userPrincipalName, match: 1}",
        "{target: active, expression: 'Not([IsSoftDeleted])'}",
        "{target: displayName, source: displayName}",
        "{target: name.givenName, source: givenName}",
        "{target: name.familyName, source: surname}",
        "{target: 'emails[type eq \"work\"].value', source: mail}",
        "{target: title, source: jobTitle}",
        f"{{target: '{ENTERPRISE}:department', source: department}}",
    ]
    if company.profile not in WITHOUT_MANAGERS:
        lines.append(f"{{target: '{ENTERPRISE}:manager.value', source: manager}}")
    marked = "user" in company.rules.marked
    return lines if marked else [*lines, "{target: externalId, source: objectId}"]


def _group_mapping(company: Company) -> list[str]:
    lines = [
        "{target: displayName, source: displayName, match: 1}",
        "{target: members, source: members}",
    ]
    marked = "group" in company.rules.marked
    return lines if marked else [*lines, "{target: externalId, source: objectId}"]


def _mapping(kind: str, lines: list[str]) -> str:
    return _document(
        "AttributeMapping", kind, f"for: {kind}", "attributes:", *(f"  - {line}" for line in lines)
    )
