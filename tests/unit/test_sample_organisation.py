"""The sample organisation is valid, is as large as promised, and each feature has its story.

Whoever reads `manifests/` first reads these people, so what a comment promises must be so.
"""

from __future__ import annotations

import re
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import get_args

import pytest

from reconciler.cli.loading import Tree, read_tree
from reconciler.cli.paths import TreePaths
from reconciler.desired.desire import desire
from reconciler.model.declared import MembershipMode
from reconciler.model.desired import Cause, Desired, Excluded, Provisioned
from reconciler.model.expectation import Assertion
from reconciler.model.identity import GroupKey, Kind, UserKey, object_id
from reconciler.model.ledger import remember
from reconciler.model.mapping import Constant, Direct, Expression
from reconciler.model.path import Value, parse_path
from reconciler.model.period import Period
from reconciler.model.plan import NoteKind, Plan
from reconciler.model.policy import DEFAULT_LIMITS, Guard, Limit
from reconciler.model.resource import Actual, Listing
from reconciler.model.target import Ability, Exclusive, Manage, Marked, Scope
from reconciler.plan.build import build_plan
from reconciler.plan.judge import judge
from reconciler.plan.scene import set_scene
from reconciler.plan.selection import Selection, parse_selection
from tests.builders import A_KEY

ROOT = Path(__file__).parents[2]
MANIFESTS = ROOT / "manifests"
POLICIES = ROOT / "policies"
TODAY = datetime(2026, 11, 23, 12, tzinfo=UTC)

ACTIVE = 'Switch([IsSoftDeleted], , "False", "True", "True", "False")'
DEPARTMENT = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department"


@cache
def tree() -> Tree:
    return read_tree(TreePaths(MANIFESTS, (POLICIES,)), as_of=TODAY)


@cache
def wanted(target: str) -> Desired:
    declared = tree().declared
    found = declared.targets[target]
    return desire(declared, found, declared.profiles[found.profile], as_of=TODAY, key=A_KEY)


@cache
def first_plan(target: str) -> Plan:
    """The plan for a provider that holds nothing yet."""
    declared = tree().declared
    found = declared.targets[target]
    everything = parse_selection(())
    assert isinstance(everything, Selection)
    return build_plan(
        set_scene(
            declared=declared,
            desired=wanted(target),
            actual=Actual(Listing({}), Listing({})),
            target=found,
            profile=declared.profiles[found.profile],
            memory=remember(()),
            as_of=TODAY,
        ),
        commit=None,
        selection=everything,
    )


def excluded_by(target: str, person: str) -> Cause | None:
    """Why a person is not at a target; None when they are."""
    standing = wanted(target).users[UserKey(person)].standing
    if isinstance(standing, Excluded):
        return standing.cause
    assert isinstance(standing, Provisioned)
    return None


def members(target: str, group: str) -> set[str]:
    return set(wanted(target).groups[GroupKey(group)].members)


def source(person: str, attribute: str) -> Value:
    return tree().declared.users[UserKey(person)].attributes.get(attribute)


def story(file: str, line: str) -> str:
    """The comment right above a document or a list item that begins with or holds `line`."""
    lines = (MANIFESTS / file).read_text(encoding="utf-8").splitlines()
    at = next(n for n, text in enumerate(lines) if line in text)
    while not lines[at - 1].lstrip().startswith("#"):
        at -= 1
        assert lines[at].strip(), f"no comment above {line!r} in {file}"
    comment: list[str] = []
    while lines[at - 1].lstrip().startswith("#"):
        at -= 1
        comment.insert(0, lines[at].strip(" #"))
    return " ".join(comment)


# --- the whole ------------------------------------------------------------------------------------


def test_nothing_is_wrong_with_it() -> None:
    assert tree().found == ()


def test_every_file_says_what_it_shows_and_where_its_schema_is() -> None:
    for path in [*MANIFESTS.rglob("*.yaml"), *POLICIES.rglob("*.yaml")]:
        first, second = path.read_text(encoding="utf-8").splitlines()[:2]
        schema = re.fullmatch(r"# yaml-language-server: \$schema=(.+)", first)
        assert schema, path
        name = "policy" if path.is_relative_to(POLICIES) else "manifest"
        assert (path.parent / schema[1]).resolve() == ROOT / ".schemas" / f"{name}.json"
        assert re.match(r"# [A-Z]", second), path


def test_it_is_a_company_of_about_150_people_in_many_places() -> None:
    users = [user for user in tree().declared.users.values() if user.row is None]
    assert 150 <= len(users) <= 170
    assert {u.attributes.get("country") for u in users} >= {"PT", "DE", "PL", "IN", "BR", "KE"}
    departments = Counter(u.attributes.get("department") for u in users)
    assert len([name for name, size in departments.items() if name and size >= 3]) >= 12
    foreign = [u for u in users if not str(u.attributes.get("displayName")).isascii()]
    assert len(foreign) >= 60


def test_names_of_manifests_are_opaque_and_employee_numbers_keep_their_zeros() -> None:
    for key, user in tree().declared.users.items():
        assert re.fullmatch(r"e[1-9]\d{4}" if user.row is None else r"[og]\d{4}", key)
        number = user.attributes.get("employeeId")
        assert number is None or number == f"0{key.removeprefix('e')}", key


def test_every_mail_address_is_of_the_example_domain() -> None:
    for user in tree().declared.users.values():
        assert str(user.attributes["userPrincipalName"]).endswith("@zone.example")
        domain = str(user.attributes["mail"]).rpartition("@")[2]
        assert domain == "zone.example" or user.attributes.get("userType") == "Guest"


def test_managers_form_one_tree() -> None:
    boss = {key: user.attributes.get("manager") for key, user in tree().declared.users.items()}
    assert [key for key, manager in boss.items() if manager is None] == ["e10001"]
    for key in boss:
        chain = [str(key)]
        while (above := boss[UserKey(chain[-1])]) is not None:
            assert above not in chain, f"a circle: {chain}"
            chain.append(str(above))
        assert chain[-1] == "e10001"


def test_whoever_is_there_reports_to_somebody_who_is_there() -> None:
    declared = tree().declared
    for key, user in declared.users.items():
        manager = user.attributes.get("manager")
        if excluded_by("sandbox", key) is None and manager is not None:
            assert excluded_by("sandbox", str(manager)) is None, key


# --- targets and mappings -------------------------------------------------------------------------


def test_the_zpa_mapping_is_the_tutorials_table() -> None:
    mappings = tree().declared.mappings
    users = [(str(r.target), r.source, r.match) for r in mappings["zpa-users"].rules]
    groups = [(str(r.target), r.source, r.match) for r in mappings["zpa-groups"].rules]
    assert users == [
        ("userName", Direct("userPrincipalName"), 1),
        ("externalId", Direct("objectId"), None),
        ("active", Expression(ACTIVE), None),
        ('emails[type eq "work"].value', Direct("mail"), None),
        ("name.givenName", Direct("givenName"), None),
        ("name.familyName", Direct("surname"), None),
        ("displayName", Direct("displayName"), None),
        (DEPARTMENT, Direct("department"), None),
    ]
    assert groups == [
        ("displayName", Direct("displayName"), 1),
        ("members", Direct("members"), None),
        ("externalId", Direct("objectId"), None),
    ]
    zpa = tree().declared.targets["zpa-prod"]
    assert (zpa.users.mapping, zpa.groups.mapping) == ("zpa-users", "zpa-groups")


def test_the_sandbox_works_at_once_with_every_action() -> None:
    sandbox = tree().declared.targets["sandbox"]
    assert (sandbox.profile, sandbox.base_url) == ("rfc7644", "embedded:sandbox")
    assert (sandbox.credential, sandbox.scope) == (None, Scope.ALL)
    assert sandbox.users.abilities == frozenset(Ability)
    assert sandbox.groups.abilities == frozenset(Ability) - {Ability.DEACTIVATE}
    assert (sandbox.users.ownership, sandbox.groups.ownership) == (Exclusive(), Exclusive())
    kinds = {type(rule.source) for rule in tree().declared.mappings["sandbox-users"].rules}
    assert kinds == {Direct, Constant, Expression}


def test_zpa_prod_is_written_by_this_repository_alone() -> None:
    zpa = tree().declared.targets["zpa-prod"]
    assert (zpa.profile, zpa.credential, zpa.scope) == ("zpa", "zpa-prod", Scope.ASSIGNED)
    assert zpa.base_url == "https://scim1.private.zscaler.com/scim/1/72057594037930000/v2"
    assert zpa.time_zone == "Europe/Lisbon"
    filter_of_people = tree().declared.filters["zpa-people"]
    assert any(group.clauses for group in filter_of_people.any_of)
    assert any(group.when for group in filter_of_people.any_of)


def test_in_zpa_shared_somebody_else_pushes_people_and_git_owns_marked_groups() -> None:
    shared = tree().declared.targets["zpa-shared"]
    assert (shared.users.manage, shared.groups.manage) == (Manage.LOOKUP, Manage.FULL)
    assert (shared.groups.ownership, shared.repository) == (Marked(), "zone-identities")
    assert shared.base_url != tree().declared.targets["zpa-prod"].base_url
    mapped = {str(rule.target) for rule in tree().declared.mappings["zpa-shared-groups"].rules}
    assert "externalId" not in mapped  # the mark stands there


def test_every_target_is_enabled() -> None:
    assert {t.name for t in tree().declared.targets.values() if t.enabled} == {
        "sandbox",
        "station-log",
        "zpa-prod",
        "zpa-shared",
    }


@pytest.mark.parametrize("target", ["sandbox", "station-log", "zpa-prod", "zpa-shared"])
def test_the_first_plan_has_no_conflict_and_passes_every_check(target: str) -> None:
    plan = first_plan(target)
    assert [n for n in plan.notes if n.note in {NoteKind.CONFLICT, NoteKind.SKIPPED}] == []
    assert judge(plan, tree().policies[0]).violations == ()
    assert {c.action for c in plan.changes} <= {"create", "addMembers", "setReferences"}
    assert plan.changes


# --- policies -------------------------------------------------------------------------------------


def test_guardrails_override_only_what_they_name() -> None:
    limits = tree().policies[0].limits
    assert {guard: limits[guard] for guard in limits if limits[guard] != DEFAULT_LIMITS[guard]} == {
        Guard.CREATES: Limit(15, 0.05, None),
        Guard.DEACTIVATIONS: Limit(5, 0.005, 15),
        Guard.DELETIONS: Limit(0, 0.0, 10),
        Guard.ATTRIBUTE_CHANGES: Limit(25, 0.05, None),
    }


def test_the_break_glass_account_and_a_pinned_group_are_protected() -> None:
    protections = {p.name: (p.users, p.groups) for p in tree().policies[0].protections}
    assert protections == {
        "break-glass": ({"e90001"}, frozenset()),
        "incident-bridge": (frozenset(), {"zpa-incident-bridge"}),
    }


def test_the_policies_readme_states_the_defaults_that_are_in_the_code() -> None:
    text = (POLICIES / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)` \| .+? \| (\S+) \| (\S+(?: %)?) \| (\S+) \|$", text, re.M)
    stated = {Guard(name): (floor, share, cap) for name, floor, share, cap in rows}
    dash = "–"  # noqa: RUF001  the README's own sign for a part that does not count
    assert stated == {
        guard: (
            str(limit.floor),
            f"{limit.share * 100:g} %" if limit.share else dash,
            dash if limit.cap is None else str(limit.cap),
        )
        for guard, limit in DEFAULT_LIMITS.items()
        if guard is not Guard.NOTHING_DESIRED
    }


def test_every_form_of_an_expectation_is_shown_with_its_reason() -> None:
    expectations = tree().declared.expectations.values()
    shown = {type(each) for expectation in expectations for each in expectation.assertions}
    assert shown == set(get_args(Assertion))
    assert {e.target is None for e in expectations} == {e.as_of is None for e in expectations}
    assert all(e.because for e in expectations)


# --- the stories ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("file", "person"),
    [
        ("people/contractors.yaml", "e20004"),
        ("people/contractors.yaml", "e20009"),
        ("people/contractors.yaml", "e20012"),
        ("people/contractors.yaml", "e20030"),
        ("people/contractors.yaml", "e20881"),
        ("people/platform-engineering.yaml", "e10997"),
        ("people/leavers.yaml", "e10019"),
        ("people/leavers.yaml", "e10058"),
        ("people/field-service.yaml", "e10923"),
        ("people/field-service.yaml", "e10359"),
        ("people/executive.yaml", "e10441"),
        ("people/firmware.yaml", "e10709"),
        ("people/firmware.yaml", "e10755"),
        ("people/manufacturing.yaml", "e10610"),
        ("people/forecasting.yaml", "e10945"),
        ("people/forecasting.yaml", "e10705"),
        ("people/netsec.yaml", "e10007"),
        ("people/guests.yaml", "e30001"),
        ("people/accounts.yaml", "e90001"),
    ],
)
def test_a_person_with_a_feature_has_a_story(file: str, person: str) -> None:
    assert story(file, f"metadata: {{name: {person}}}").startswith("Story: ")
    assert tree().declared.users[UserKey(person)].at.file.endswith(file)


@pytest.mark.parametrize(
    ("file", "line", "person"),
    [
        ("groups/access.yaml", "user: e10416", "Kauê Tapajós"),
        ("groups/access.yaml", "name: zpa-finance-ledger", "Mónica Espírito Santo"),
        ("groups/access.yaml", "name: zpa-incident-bridge", "Beatriz Nóbrega"),
        ("groups/privileged.yaml", "name: zpa-ops", "ZPA Operators"),
        ("groups/privileged.yaml", "user: e20881", "Mikkel Østergaard"),
        ("groups/teams.yaml", "name: engineering", "Katarzyna Dąbrowska"),
        ("groups/delta.yaml", "- e30001", "Marek Dvořák"),
        ("groups/delta.yaml", "name: delta-gateway-operators", "Anders Bjørnstad"),
        ("holds/open.yaml", "name: stolen-laptop-e10923", "Paweł Ćwikła"),
        ("holds/open.yaml", "name: inquiry-e10772", "Uğur Aksoy"),
    ],
)
def test_a_group_or_a_hold_tells_about_somebody(file: str, line: str, person: str) -> None:
    told = story(file, line)
    assert "Story: " in told
    assert person in told


def test_a_contractor_whose_time_is_over_is_out_everywhere() -> None:
    user = tree().declared.users[UserKey("e20004")]
    assert user.period == Period(None, date(2026, 10, 31))
    assert (excluded_by("sandbox", "e20004"), excluded_by("zpa-prod", "e20004")) == (
        Cause.ENDED,
        Cause.ENDED,
    )


def test_a_contractor_ends_within_two_weeks_and_is_still_there() -> None:
    ends = tree().declared.users[UserKey("e20009")].period.ends
    assert ends == date(2026, 12, 4)
    assert date(2026, 12, 4) - TODAY.date() < timedelta(days=14)
    assert excluded_by("zpa-prod", "e20009") is None


def test_a_contractor_may_end_at_a_minute() -> None:
    ends = tree().declared.users[UserKey("e20012")].period.ends
    assert isinstance(ends, datetime)
    assert ends == datetime(2026, 12, 31, 13, tzinfo=UTC)


def test_a_contractor_stays_until_next_year_but_not_in_a_group() -> None:
    declared = tree().declared
    assert declared.users[UserKey("e20881")].period == Period(None, date(2027, 6, 30))
    dated = declared.groups[GroupKey("zpa-ops")].dated
    assert [(m.kind, m.key, m.period) for m in dated] == [
        (Kind.USER, "e20881", Period(None, date(2026, 12, 31)))
    ]
    assert members("zpa-prod", "zpa-ops") == {"e10342", "e20881", "e10007", "e10491"}


def test_a_joiner_of_january_is_not_there_yet() -> None:
    assert tree().declared.users[UserKey("e10997")].period == Period(date(2027, 1, 11), None)
    assert excluded_by("sandbox", "e10997") is Cause.NOT_YET


@pytest.mark.parametrize("leaver", ["e10019", "e10058", "e10117", "e10203"])
def test_leavers_are_disabled_and_in_no_group(leaver: str) -> None:
    assert excluded_by("sandbox", leaver) is Cause.DISABLED
    assert source(leaver, "accountEnabled") is False
    assert not any(leaver in members("sandbox", group) for group in tree().declared.groups)


def test_a_hold_keeps_somebody_out_of_every_target_and_another_out_of_one() -> None:
    holds = tree().declared.holds
    assert (holds["stolen-laptop-e10923"].user, holds["stolen-laptop-e10923"].ticket) == (
        "e10923",
        "SEC-2291",
    )
    assert excluded_by("sandbox", "e10923") is Cause.HELD
    assert excluded_by("zpa-prod", "e10923") is Cause.HELD
    assert holds["inquiry-e10772"].targets == {"zpa-prod"}
    assert excluded_by("sandbox", "e10772") is None
    assert excluded_by("zpa-prod", "e10772") is Cause.HELD


def test_a_telephone_number_is_cleared_and_not_only_left_out() -> None:
    attributes = tree().declared.users[UserKey("e10359")].attributes
    assert "mobilePhone" in attributes
    assert attributes["mobilePhone"] is None
    values = wanted("sandbox").users[UserKey("e10359")].values
    assert values[parse_path('phoneNumbers[type eq "mobile"].value')].value is None


def test_somebody_has_no_department_and_is_assigned_in_person() -> None:
    assert "department" not in tree().declared.users[UserKey("e10441")].attributes
    assert excluded_by("zpa-prod", "e10441") is None
    assert UserKey("e10441") in tree().declared.assignments["zpa-prod-people"].users


def test_somebody_is_assigned_and_outside_the_scoping_filter() -> None:
    assert excluded_by("zpa-prod", "e10709") is Cause.OUT_OF_SCOPE
    assert excluded_by("zpa-prod", "e20030") is Cause.OUT_OF_SCOPE  # by the CEL condition
    assert excluded_by("sandbox", "e10709") is None


def test_somebody_is_not_assigned() -> None:
    assert excluded_by("zpa-prod", "e10610") is Cause.UNASSIGNED
    assert excluded_by("sandbox", "e10610") is None


def test_a_guest_is_only_named_where_somebody_else_pushes_people() -> None:
    assert source("e30001", "userType") == "Guest"
    assert excluded_by("sandbox", "e30001") is Cause.OUT_OF_SCOPE
    assert excluded_by("zpa-prod", "e30001") is Cause.UNASSIGNED
    assert "e30001" in members("zpa-shared", "delta-forecast-readers")
    assert "e30001" not in members("sandbox", "everyone")


def test_whom_somebody_else_has_not_pushed_yet_is_waited_for() -> None:
    plan = first_plan("zpa-shared")
    waiting = [note for note in plan.notes if note.note is NoteKind.WAITING]
    assert {(str(c.subject), c.action) for c in plan.changes} == {
        ("group:delta-forecast-readers", "create"),
        ("group:delta-gateway-operators", "create"),
        ("group:delta-on-call", "create"),
    }
    assert "e30001" in {note.key for note in waiting}


def test_names_that_join_differently_from_how_people_write_them() -> None:
    sandbox = wanted("sandbox").users
    shown = parse_path("displayName")
    assert sandbox[UserKey("e10755")].values[shown].value == "Zoltán Szűcs"
    assert wanted("zpa-prod").users[UserKey("e10755")].values[shown].value == "Szűcs Zoltán"
    assert sandbox[UserKey("e10705")].values[shown].value == "Suharti"
    assert source("e10709", "displayName") == "星野 愛子"


def test_a_changed_surname_leaves_the_sign_in_name_alone() -> None:
    assert source("e10945", "surname") == "Vandenbroucke"
    assert source("e10945", "userPrincipalName") == "zoe.maes@zone.example"
    assert source("e10945", "proxyAddresses") == ("zoe.maes@zone.example",)


def test_a_declared_object_id_is_kept_and_others_are_derived() -> None:
    assert source("e10007", "objectId") == "3d0b6f0c-5c0e-4a53-9a8e-6b0b7f2f1c84"
    assert source("e10342", "objectId") == object_id(Kind.USER, "e10342")


def test_groups_are_nested_twice_and_expanded() -> None:
    declared = tree().declared.groups
    assert GroupKey("engineering") in declared[GroupKey("product")].groups
    assert "e10484" in members("sandbox", "team-platform")
    assert members("sandbox", "team-platform") < members("sandbox", "engineering")
    assert members("sandbox", "engineering") < members("sandbox", "product")


def test_dated_memberships_of_a_person_and_of_a_group() -> None:
    laboratory = tree().declared.groups[GroupKey("zpa-forecast-lab")]
    assert [(m.kind, m.key, m.period) for m in laboratory.dated] == [
        (Kind.GROUP, "netsec-leads", Period(None, date(2026, 12, 18))),
        (Kind.USER, "e10416", Period(date(2026, 12, 1), date(2027, 2, 26))),
    ]
    now = members("zpa-prod", "zpa-forecast-lab")
    assert "e10416" not in now
    assert now >= {"e10007", "e10491", "e10484"}


def test_a_rule_fills_a_group_alone() -> None:
    ledger = tree().declared.groups[GroupKey("zpa-finance-ledger")]
    assert ledger.member_rule is not None
    assert (dict(ledger.users), dict(ledger.groups), ledger.dated) == ({}, {}, ())
    people = members("sandbox", "zpa-finance-ledger")
    assert {"e10015", "e10828", "e10772"} <= people
    assert len(people) == 8
    assert "e20012" not in people  # a contractor of the department


def test_additive_privileged_renamed_and_adopted_groups() -> None:
    groups = tree().declared.groups
    additive = {k for k, g in groups.items() if g.membership is MembershipMode.ADDITIVE}
    assert additive == {"zpa-incident-bridge", "delta-on-call"}
    assert {k for k, g in groups.items() if g.privileged} == {"zpa-ops", "zpa-break-glass"}
    assert {k: g.formerly for k, g in groups.items() if g.formerly} == {
        "zpa-ops": ("ZPA Operators",)
    }
    adopted = {k for k, g in groups.items() if g.adopt}
    assert adopted == {"delta-gateway-operators"}
    shared = tree().declared.assignments["zpa-shared-groups"]
    assert adopted <= set(shared.groups)


def test_team_groups_bring_people_to_zpa_without_going_there() -> None:
    wanted_groups = wanted("zpa-prod").groups
    there = {k for k, g in wanted_groups.items() if isinstance(g.standing, Provisioned)}
    assert there == {
        "zpa-ops",
        "zpa-break-glass",
        "zpa-field-gateways",
        "zpa-forecast-lab",
        "zpa-finance-ledger",
        "zpa-contractor-desk",
        "zpa-incident-bridge",
    }
    standing = wanted_groups[GroupKey("team-finance")].standing
    assert isinstance(standing, Excluded)
    assert standing.cause is Cause.OUT_OF_SCOPE


def test_the_break_glass_account_is_everywhere_and_in_no_rule() -> None:
    assert excluded_by("sandbox", "e90001") is None
    assert excluded_by("zpa-prod", "e90001") is None
    assert members("zpa-prod", "zpa-break-glass") == {"e90001"}
    assert "e90001" not in members("sandbox", "everyone")


def test_whoever_stands_in_the_table_of_features_is_there() -> None:
    text = (MANIFESTS / "README.md").read_text(encoding="utf-8")
    section = text.partition("## The sample organisation")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| .+? \| (`.+?) \| (`.+?) \|$", section, re.MULTILINE)
    assert len(rows) > 20
    declared = tree().declared
    known = {*declared.users, *declared.groups}
    for whom, commands in rows:
        keys = re.findall(r"`([^`]+)`", whom)
        assert set(keys) <= known, whom
        for explained, target in re.findall(r"`explain (\S+) (\S+?)[ `]", commands):
            assert explained in keys
            assert target in declared.targets
