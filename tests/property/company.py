"""A company as Git has it, small, and what it asks for: a second reading, and not the planner's.

Who should have access is worked out here in a few lines from the same facts that the manifests
state. What plans and applies do is held against that (`tests.property.judging`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from uuid import NAMESPACE_OID, uuid5

from tests.property.organisations import quoted

#: The profiles, and of which kinds they can carry marks.
MARKS = {
    "rfc7644": frozenset({"users", "groups"}),
    "zpa": frozenset({"groups"}),
    "entra-compatible": frozenset({"groups"}),
    "aws-identity-center": frozenset({"groups"}),
    "github-emu": frozenset[str](),
    "slack": frozenset({"groups"}),
}
#: Whose groups show no members, so that those of a group that is there are left as they are.
HIDES_MEMBERS = frozenset({"aws-identity-center"})
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"


@dataclass
class Person:
    key: str
    login: str
    title: str | None = None
    department: str | None = None
    enabled: bool = True
    starts: date | None = None
    until: date | None = None

    @property
    def object_id(self) -> str:
        return str(uuid5(NAMESPACE_OID, self.key))

    @property
    def user_name(self) -> str:
        return f"{self.login}@zone.example"


@dataclass
class Team:
    key: str
    name: str
    members: set[str] = field(default_factory=set)
    additive: bool = False
    former: str | None = None

    @property
    def object_id(self) -> str:
        return str(uuid5(NAMESPACE_OID, f"group {self.key}"))


@dataclass
class Company:
    """`assigned`: people who are assigned by name; `reaching`: teams that bring their members.

    `marked`: of which kinds ("users", "groups") only what carries our mark is ours.
    """

    profile: str
    marked: set[str] = field(default_factory=set)
    people: dict[str, Person] = field(default_factory=dict)
    teams: dict[str, Team] = field(default_factory=dict)
    assigned: set[str] = field(default_factory=set)
    reaching: set[str] = field(default_factory=set)
    holds: dict[str, date] = field(default_factory=dict)

    def entitled(self, key: str, today: date) -> bool:
        """Whether Git says that this person has access on that day (in UTC)."""
        person = self.people.get(key)
        if person is None or not person.enabled:
            return False
        if person.starts is not None and today < person.starts:
            return False
        if person.until is not None and today > person.until:
            return False
        if key in self.holds and today <= self.holds[key]:
            return False
        return key in self.assigned or any(key in self.teams[t].members for t in self.reaching)

    def remove_person(self, key: str) -> None:
        del self.people[key]
        self.assigned.discard(key)
        self.holds.pop(key, None)
        for team in self.teams.values():
            team.members.discard(key)

    def remove_team(self, key: str) -> None:
        del self.teams[key]
        self.reaching.discard(key)

    def documents(self) -> str:
        """The tree of manifests, as one file."""
        return "---\n".join(
            [
                *(_person(self.people[key]) for key in sorted(self.people)),
                *(_team(self.teams[key]) for key in sorted(self.teams)),
                *(_hold(key, self.holds[key]) for key in sorted(self.holds)),
                *([self._assignment()] if self.assigned or self.reaching else []),
                _mapping("users", self._user_mapping()),
                _mapping("groups", self._group_mapping()),
            ]
        )

    def _assignment(self) -> str:
        lines = ["target: box"]
        for field_name, keys in (("users", self.assigned), ("groups", self.reaching)):
            lines += [f"{field_name}: [{', '.join(sorted(keys))}]"] if keys else []
        return _document("Assignment", "all", *lines)

    def target(self, url: str) -> str:
        def owned(kind: str) -> str:
            return "marked" if kind in self.marked else "exclusive"

        return (
            "apiVersion: reconciler/v1\nkind: Target\nmetadata: {name: box}\nspec:\n"
            f"  profile: {self.profile}\n  baseUrl: {url}\n  credential: box\n"
            "  scope: assigned\n  repository: ours\n"
            f"  users:\n    ownership: {owned('users')}\n    mapping: users\n"
            "    actions: [create, update, deactivate]\n"
            f"  groups:\n    ownership: {owned('groups')}\n    mapping: groups\n"
            "    actions: [create, update, delete]\n"
            "    deprovision: {unassigned: keep, removed: delete}\n"
        )

    def _user_mapping(self) -> list[str]:
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
        marked = "users" in self.marked
        return lines if marked else [*lines, "{target: externalId, source: objectId}"]

    def _group_mapping(self) -> list[str]:
        lines = [
            "{target: displayName, source: displayName, match: 1}",
            "{target: members, source: members}",
        ]
        marked = "groups" in self.marked
        return lines if marked else [*lines, "{target: externalId, source: objectId}"]


def _document(kind: str, name: str, *lines: str) -> str:
    head = f"apiVersion: reconciler/v1\nkind: {kind}\nmetadata: {{name: {name}}}\nspec:\n"
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
        f"jobTitle: {'null' if person.title is None else quoted(person.title)}",
        f"department: {'null' if person.department is None else quoted(person.department)}",
    ]
    lines += [f"from: {person.starts}"] if person.starts else []
    lines += [f"until: {person.until}"] if person.until else []
    return _document("User", person.key, *lines)


def _team(team: Team) -> str:
    lines = [
        f"displayName: {team.name}",
        f"objectId: {team.object_id}",
        f"membership: {'additive' if team.additive else 'authoritative'}",
        f"members: [{', '.join(sorted(team.members))}]",
    ]
    lines += [f"formerly: [{team.former}]"] if team.former else []
    return _document("Group", team.key, *lines)


def _hold(key: str, until: date) -> str:
    return _document("Hold", f"of-{key}", f"user: {key}", "ticket: INC-1", f"until: {until}")


def _mapping(kind: str, lines: list[str]) -> str:
    return _document(
        "AttributeMapping", kind, f"for: {kind}", "attributes:", *(f"  - {line}" for line in lines)
    )
