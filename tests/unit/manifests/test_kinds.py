"""What each kind means once it is read: defaults, conversions, order. Faults: see `test_broken`."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

import pytest

from reconciler.manifests.kinds.group import ATTRIBUTES as GROUP_FIELDS
from reconciler.manifests.kinds.user import ATTRIBUTES as USER_FIELDS
from reconciler.manifests.load import load
from reconciler.model.access import DEFAULT_ACCESS, Admission, AppRole, Exclusion
from reconciler.model.declared import Assignment, DatedMember, Group, Hold, MembershipMode, User
from reconciler.model.diagnostic import Position
from reconciler.model.expectation import (
    Disjoint,
    EveryMember,
    Expectation,
    HasAccount,
    Inside,
    MemberCount,
    MemberOf,
    NoMember,
    NotMemberOf,
    Way,
)
from reconciler.model.identity import GroupKey, Kind, UserKey, object_id, role_id
from reconciler.model.mapping import (
    Apply,
    AttributeMapping,
    Constant,
    Direct,
    Expression,
    MappingRule,
)
from reconciler.model.path import parse_path
from reconciler.model.period import Period
from reconciler.model.scoping import Clause, FilterGroup, Operator, ScopingFilter
from reconciler.model.source import GROUP_ATTRIBUTES, USER_ATTRIBUTES
from reconciler.model.target import (
    Ability,
    Deprovision,
    Exclusive,
    Handling,
    Manage,
    Marked,
    OwnedWhen,
    Removal,
    Scope,
    Target,
)
from tests.unit.manifests.builders_manifests import a_document, a_tree

LISBON_IN_SUMMER = timezone(timedelta(hours=1))
E1 = object_id(Kind.USER, "e1")


def a_user(root: Path, spec: str) -> User:
    """The user that a `spec` of indented lines means; its lines begin with 5."""
    text = a_document("User", "e1", f"  userPrincipalName: ada@zone.example\n{spec}")
    return load(a_tree(root, a=text)).declared.users[UserKey("e1")]


def test_user_with_nothing_but_a_name_to_sign_in(tmp_path: Path) -> None:
    assert a_user(tmp_path, "") == User(
        key=UserKey("e1"),
        attributes={"objectId": E1, "userPrincipalName": "ada@zone.example"},
        at=Position("a.yaml", 3, 12),
        places={"userPrincipalName": (5, 3)},
    )


def test_three_written_states_of_an_attribute(tmp_path: Path) -> None:
    user = a_user(
        tmp_path,
        "  mail:\n  surname: ''\n  city: null\n  country: ~\n  givenName: 'null'\n"
        "  otherMails: []\n  proxyAddresses:\n  manager: ~\n",
    )
    assert user.attributes == {
        "city": None,
        "country": None,
        "givenName": "null",
        "mail": None,
        "manager": None,
        "objectId": E1,
        "otherMails": (),
        "proxyAddresses": None,
        "surname": None,
        "userPrincipalName": "ada@zone.example",
    }
    assert list(user.attributes) == sorted(user.attributes)
    assert user.place("country") == Position("a.yaml", 9, 3)
    assert user.place("department") == user.at


def test_scalars_of_a_user_stay_text(tmp_path: Path) -> None:
    written = {"costCenter": "1e3", "country": "no", "division": "true", "employeeId": "007"}
    lines = "".join(f"  {name}: {text}\n" for name, text in written.items())
    attributes = a_user(tmp_path, lines).attributes
    assert {name: attributes[name] for name in written} == written
    assert {type(attributes[name]) for name in written} == {str}


def test_extension_attributes_are_text_booleans_or_lists(tmp_path: Path) -> None:
    user = a_user(
        tmp_path,
        "  extension_a: 007\n  extension_b: true\n  extension_c: 'true'\n  extension_d: [x, true]\n"
        "  extension_e:\n  extension_f: []\n  extensionAttribute7: 7\n",
    )
    extensions = {n: v for n, v in user.attributes.items() if n.startswith("extension")}
    assert extensions == {
        "extensionAttribute7": "7",
        "extension_a": "007",
        "extension_b": True,
        "extension_c": "true",
        "extension_d": ("x", "true"),
        "extension_e": None,
        "extension_f": (),
    }
    assert type(extensions["extension_a"]) is str


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("2027-06-30", date(2027, 6, 30)),
        ("'2027-06-30'", date(2027, 6, 30)),
        (
            "2027-06-30T18:00:00+01:00",
            datetime(2027, 6, 30, 18, tzinfo=timezone(timedelta(hours=1))),
        ),
        ("2027-06-30T18:00Z", datetime(2027, 6, 30, 18, tzinfo=UTC)),
        ("2027-06-30T18:00:00.5Z", datetime(2027, 6, 30, 18, 0, 0, 500_000, tzinfo=UTC)),
    ],
)
def test_day_and_instant(tmp_path: Path, written: str, moment: date) -> None:
    user = a_user(tmp_path, f"  until: {written}\n")
    assert user.period == Period(ends=moment)
    assert type(user.period.ends) is type(moment)


@pytest.mark.parametrize(
    ("begins", "ends", "is_empty"),
    [
        ("2027-01-02", "2027-01-02", False),
        ("2027-01-02", "2027-01-01", True),
        ("2027-01-02T10:00:00Z", "2027-01-02T10:00:01Z", False),
        ("2027-01-02T10:00:00Z", "2027-01-02T10:00:00Z", True),
        # Where days begin is not known here: only what is empty in every zone is refused.
        ("2027-01-03T11:59:59Z", "2027-01-02", False),
        ("2027-01-03T12:00:00Z", "2027-01-02", True),
        ("2027-01-02", "2027-01-01T10:00:01Z", False),
        ("2027-01-02", "2027-01-01T10:00:00Z", True),
    ],
)
def test_period_is_refused_only_when_it_is_empty(
    tmp_path: Path, begins: str, ends: str, is_empty: bool
) -> None:
    text = a_document("User", "e1", f"  userPrincipalName: a\n  from: {begins}\n  until: {ends}\n")
    codes = [found.code for found in load(a_tree(tmp_path, a=text)).diagnostics]
    assert codes == (["until-before-from"] if is_empty else [])


def test_declared_object_id_is_written_in_one_way(tmp_path: Path) -> None:
    user = a_user(tmp_path, "  objectId: 3D0B6F0C-5C0E-4A53-9A8E-6B0B7F2F1C84\n")
    assert user.attributes["objectId"] == "3d0b6f0c-5c0e-4a53-9a8e-6b0b7f2f1c84"


def test_labels_and_owner_are_text(tmp_path: Path) -> None:
    text = a_document("User", "e1", "{userPrincipalName: a}").replace(
        "name: e1", "name: e1, owner: 007, labels: {privileged: true, n: 1}"
    )
    user = load(a_tree(tmp_path, a=text)).declared.users[UserKey("e1")]
    assert (user.labels, user.owner) == ({"privileged": "true", "n": "1"}, "007")


def test_fields_are_the_source_attributes() -> None:
    assert set(USER_FIELDS.values()) == set(USER_ATTRIBUTES)
    assert set(GROUP_FIELDS.values()) == set(GROUP_ATTRIBUTES)


def test_group_sorts_its_members_by_what_they_are(tmp_path: Path) -> None:
    text = """\
apiVersion: reconciler/v1
kind: Group
metadata: {name: ops, labels: {privileged: "true"}}
spec:
  displayName: Ops
  description:
  extension_x: true
  formerly: [Old, 007]
  membership: additive
  memberRule: user.department == "NetSec"
  adopt: true
  members:
    - e2
    - {user: e1}
    - {group: b, until: 2026-12-31}
    - {group: a}
    - {user: e3, from: 2026-01-01}
    - {user: e3, from: 2027-01-01}
"""
    group = load(a_tree(tmp_path, a=text)).declared.groups[GroupKey("ops")]
    until_new_year = Period(ends=date(2026, 12, 31))
    assert group == Group(
        key=GroupKey("ops"),
        attributes={
            "description": None,
            "displayName": "Ops",
            "extension_x": True,
            "objectId": object_id(Kind.GROUP, "ops"),
        },
        at=Position("a.yaml", 3, 12),
        membership=MembershipMode.ADDITIVE,
        users={UserKey("e1"): 14, UserKey("e2"): 13},
        groups={GroupKey("a"): 16},
        dated=(
            DatedMember(Kind.GROUP, "b", until_new_year, Position("a.yaml", 15, 7)),
            DatedMember(Kind.USER, "e3", Period(date(2026, 1, 1)), Position("a.yaml", 17, 7)),
            DatedMember(Kind.USER, "e3", Period(date(2027, 1, 1)), Position("a.yaml", 18, 7)),
        ),
        member_rule='user.department == "NetSec"',
        member_rule_at=Position("a.yaml", 10, 3),
        formerly=("Old", "007"),
        adopt=True,
        labels={"privileged": "true"},
    )
    assert (list(group.users), group.privileged) == (["e1", "e2"], True)


def a_target(root: Path, spec: str) -> Target:
    text = "apiVersion: reconciler/v1\nkind: Target\nmetadata: {name: t}\nspec:\n" + spec
    return load(a_tree(root, a=text)).declared.targets["t"]


def test_target_by_defaults(tmp_path: Path) -> None:
    users = "  users: {ownership: exclusive, mapping: people}\n"
    target = a_target(tmp_path, f"  profile: rfc7644\n  baseUrl: embedded:t\n{users}")
    keep = Deprovision(Removal.KEEP, Removal.KEEP, Removal.KEEP, Removal.KEEP)
    at = Position("a.yaml", 3, 12)
    assert target == Target(
        name="t",
        profile="rfc7644",
        base_url="embedded:t",
        credential=None,
        enabled=True,
        time_zone="UTC",
        scope=Scope.ASSIGNED,
        repository=None,
        users=Handling(
            manage=Manage.FULL,
            abilities=frozenset({Ability.CREATE, Ability.UPDATE, Ability.DEACTIVATE}),
            ownership=Exclusive(),
            mapping="people",
            filter=None,
            deprovision=Deprovision(),
            at=Position("a.yaml", 7, 3),
        ),
        # Groups are not mentioned: nothing is read, written or owned.
        groups=Handling(Manage.LOOKUP, frozenset(), OwnedWhen("false", at), None, None, keep, at),
        at=at,
    )


def test_target_with_everything_said(tmp_path: Path) -> None:
    target = a_target(
        tmp_path,
        """\
  profile: zpa
  baseUrl: https://scim.example/v2
  credential: zpa-prod
  enabled: false
  timeZone: Europe/Lisbon
  scope: all
  repository: zone/identities
  requestsPerSecond: 2.5
  users:
    manage: lookup
    mapping: people
  groups:
    actions: [create, delete]
    ownership:
      rule: resource.displayName.startsWith("ZPA")
    filter: teams
    mapping: teams
    deprovision: {removed: delete}
""",
    )
    keep = Deprovision(Removal.KEEP, Removal.KEEP, Removal.KEEP, Removal.KEEP)
    assert (target.enabled, target.scope, target.requests_per_second) == (False, Scope.ALL, 2.5)
    assert (target.credential, target.repository) == ("zpa-prod", "zone/identities")
    users_at = Position("a.yaml", 13, 3)
    assert target.users == Handling(
        Manage.LOOKUP, frozenset(), OwnedWhen("false", users_at), "people", None, keep, users_at
    )
    rule = OwnedWhen('resource.displayName.startsWith("ZPA")', Position("a.yaml", 19, 7))
    assert target.groups == Handling(
        manage=Manage.FULL,
        abilities=frozenset({Ability.CREATE, Ability.DELETE}),
        ownership=rule,
        mapping="teams",
        filter="teams",
        deprovision=Deprovision(Removal.KEEP, Removal.KEEP, Removal.KEEP, Removal.DELETE),
        at=Position("a.yaml", 16, 3),
    )


def test_roles_of_a_target_and_who_counts(tmp_path: Path) -> None:
    target = a_target(
        tmp_path,
        """\
  profile: rfc7644
  baseUrl: embedded:t
  roles:
    - {value: user}
    - {value: admin, displayName: Administrator, id: 5A0C0E0E-6F7B-5D0C-9A52-2F4D1F8B7C11}
  users:
    ownership: exclusive
    mapping: people
    entitledRoles: [admin, user]
    excludedRoles: [Default Access]
    exclude:
      - {name: guests, when: user.userType == "Guest"}
""",
    )
    assert target.roles == (
        AppRole(
            "admin",
            "Administrator",
            "5a0c0e0e-6f7b-5d0c-9a52-2f4d1f8b7c11",
            Position("a.yaml", 9, 7),
        ),
        AppRole("user", "user", role_id("t", "user"), Position("a.yaml", 8, 7)),
    )
    assert target.users.admission == Admission(
        entitled=frozenset({"admin", "user"}),
        not_entitled=frozenset({DEFAULT_ACCESS}),
        exclusions=(Exclusion("guests", 'user.userType == "Guest"', Position("a.yaml", 16, 9)),),
    )


def test_deprovision_of_users(tmp_path: Path) -> None:
    for written, days in (("90", 90), ("never", None)):
        fields = f"disabled: keep, outOfScope: delete, removed: delete, deleteAfterDays: {written}"
        users = f"  users: {{ownership: marked, mapping: people, deprovision: {{{fields}}}}}\n"
        target = a_target(tmp_path, f"  profile: rfc7644\n  baseUrl: embedded:t\n{users}")
        assert target.users.ownership == Marked()
        assert target.users.deprovision == Deprovision(
            Removal.KEEP, Removal.DELETE, Removal.DEACTIVATE, Removal.DELETE, days
        )


@pytest.mark.parametrize(
    "url",
    [
        "https://scim.example",
        "https://SCIM.example:8443/a/b/",
        "http://localhost:8080/scim",
        "http://127.0.0.9/scim",
        "http://[::1]:8080/scim",
        "embedded:zpa-prod.1",
    ],
)
def test_base_url_that_a_token_may_be_sent_to(tmp_path: Path, url: str) -> None:
    users = "  users: {ownership: exclusive, mapping: people}\n"
    target = a_target(tmp_path, f"  profile: rfc7644\n  baseUrl: {url}\n  credential: a\n{users}")
    assert target.base_url == url


@pytest.mark.parametrize(
    "url",
    [
        "scim.example/v2",
        "https:///v2",
        "https://scim.example:port/v2",
        "https://scim.example:99999/v2",
        "https://[::1/v2",
        "https://scim example/v2",
        "'https://scim.example/v2\\n'",
        "https://scim.exämple/v2",
        "https://token@scim.example/v2",
        "https://:token@scim.example/v2",
        "https://scim.example/v2#",
        "https://scim.example/v2?",
        "http://localhost.example/v2",
        "http://10.0.0.1/v2",
        "file:///etc/passwd",
        "'embedded:'",
        "embedded:A",
        "''",
    ],
)
def test_base_url_that_is_refused_is_not_repeated(tmp_path: Path, url: str) -> None:
    users = "  users: {ownership: exclusive, mapping: people}\n"
    spec = f"\n  profile: rfc7644\n  baseUrl: {url}\n  credential: a\n{users}"
    text = "apiVersion: reconciler/v1\nkind: Target\nmetadata: {name: t}\nspec:" + spec
    (found,) = load(a_tree(tmp_path, a=text)).diagnostics
    assert (found.code, found.at) == ("invalid-url", Position("a.yaml", 6, 3))
    assert "token" not in found.message


def test_assignment_keeps_the_first_line_of_each(tmp_path: Path) -> None:
    spec = "  target: t\n  role: User\n  users:\n  - e2\n  - e1\n  - e2\n  groups: [g]\n"
    text = a_document("Assignment", "a", spec)
    assert load(a_tree(tmp_path, a=text)).declared.assignments["a"] == Assignment(
        name="a",
        target="t",
        role="User",
        users={UserKey("e1"): 9, UserKey("e2"): 8},
        groups={GroupKey("g"): 11},
        at=Position("a.yaml", 3, 12),
    )


@pytest.mark.parametrize(
    ("written", "role", "nested"),
    [("", None, False), ("role: Default Access, ", None, False), ("nested: true, ", None, True)],
)
def test_assignment_without_a_role_gives_default_access(
    tmp_path: Path, written: str, role: str | None, nested: bool
) -> None:
    text = a_document("Assignment", "a", f"{{{written}target: t, users: [e1]}}")
    found = load(a_tree(tmp_path, a=text)).declared.assignments["a"]
    assert (found.role, found.nested) == (role, nested)


def test_hold(tmp_path: Path) -> None:
    text = a_document("Hold", "h", "{user: e1, ticket: 007, until: 2026-12-31, targets: [b, a]}")
    assert load(a_tree(tmp_path, a=text)).declared.holds["h"] == Hold(
        name="h",
        user=UserKey("e1"),
        ticket="007",
        ends=Period(ends=date(2026, 12, 31)),
        targets=frozenset({"a", "b"}),
        at=Position("a.yaml", 3, 12),
    )


def test_scoping_filter(tmp_path: Path) -> None:
    text = a_document(
        "ScopingFilter",
        "f",
        """\
  for: groups
  anyOf:
    - name: some
      allOf:
        - {attribute: displayName, operator: "!&", value: 007}
        - {attribute: description, operator: IS NULL}
      when: group.displayName != ""
    - {name: others, when: "true"}
""",
    )
    assert load(a_tree(tmp_path, a=text)).declared.filters["f"] == ScopingFilter(
        name="f",
        kind=Kind.GROUP,
        any_of=(
            FilterGroup(
                "some",
                (
                    Clause("displayName", Operator.NOT_IN, "007", Position("a.yaml", 9, 11)),
                    Clause("description", Operator.IS_NULL, None, Position("a.yaml", 10, 11)),
                ),
                'group.displayName != ""',
                Position("a.yaml", 7, 7),
                when_at=Position("a.yaml", 11, 7),
            ),
            FilterGroup(
                "others",
                (),
                "true",
                Position("a.yaml", 12, 7),
                when_at=Position("a.yaml", 12, 22),
            ),
        ),
        at=Position("a.yaml", 3, 12),
    )


def test_attribute_mapping(tmp_path: Path) -> None:
    text = a_document(
        "AttributeMapping",
        "m",
        """\
  for: users
  attributes:
    - {target: userName, source: userPrincipalName, match: 1}
    - {target: active, constant: true}
    - {target: title, constant: "true", apply: onCreate}
    - {target: nickName, constant: null}
    - {target: locale, constant: ""}
    - {target: displayName, expression: 'Trim([surname])', default: 007}
    - {target: name.givenName, source: givenName, default: false}
""",
    )

    def rule(line: int, path: str, source: Direct | Constant | Expression) -> MappingRule:
        return MappingRule(parse_path(path), source, Position("a.yaml", line, 7))

    mapping = load(a_tree(tmp_path, a=text)).declared.mappings["m"]
    assert mapping == AttributeMapping(
        name="m",
        kind=Kind.USER,
        rules=(
            MappingRule(
                parse_path("userName"),
                Direct("userPrincipalName"),
                Position("a.yaml", 7, 7),
                match=1,
            ),
            rule(8, "active", Constant(True)),
            MappingRule(
                parse_path("title"),
                Constant("true"),
                Position("a.yaml", 9, 7),
                apply=Apply.ON_CREATE,
            ),
            rule(10, "nickName", Constant(None)),
            rule(11, "locale", Constant(None)),
            MappingRule(
                parse_path("displayName"),
                Expression("Trim([surname])"),
                Position("a.yaml", 12, 7),
                default="007",
            ),
            MappingRule(
                parse_path("name.givenName"),
                Direct("givenName"),
                Position("a.yaml", 13, 7),
                default=False,
            ),
        ),
        at=Position("a.yaml", 3, 12),
    )
    assert type(mapping.rules[2].source) is Constant
    assert mapping.rules[1].source != mapping.rules[2].source


def test_membership_of_groups_is_mapped_as_a_whole(tmp_path: Path) -> None:
    text = a_document(
        "AttributeMapping",
        "m",
        "{for: groups, attributes: [{target: displayName, source: displayName, match: 1}, "
        "{target: Members, source: members}]}",
    )
    loaded = load(a_tree(tmp_path, a=text))
    assert loaded.diagnostics == ()
    assert loaded.declared.mappings["m"].rules[1].source == Direct("members")


def test_expectation_in_every_form(tmp_path: Path) -> None:
    text = a_document(
        "Expectation",
        "access",
        "  target: zpa\n  asOf: 2027-01-01\n  because: auditors ask\n  expect:\n"
        "    - {user: e1, memberOf: ops, through: static}\n"
        "    - user: e1\n      memberOf: [ops, net]\n      through: group:leads\n"
        "      notMemberOf: audit\n      provisioned: false\n"
        "    - group: ops\n      members: {atLeast: 2, atMost: 5}\n"
        "      everyMember: user.mail != null\n      noMember: user.city == null\n"
        "      disjointFrom: [audit]\n",
    )
    e1, ops, net = UserKey("e1"), GroupKey("ops"), GroupKey("net")
    audit, leads = GroupKey("audit"), Inside(GroupKey("leads"))
    assert load(a_tree(tmp_path, a=text)).declared.expectations == {
        "access": Expectation(
            name="access",
            target="zpa",
            as_of=date(2027, 1, 1),
            because="auditors ask",
            assertions=(
                MemberOf(e1, ops, Way.STATIC, Position("a.yaml", 9, 18)),
                MemberOf(e1, ops, leads, Position("a.yaml", 11, 18)),
                MemberOf(e1, net, leads, Position("a.yaml", 11, 23)),
                NotMemberOf(e1, audit, Position("a.yaml", 13, 7)),
                HasAccount(e1, wanted=False, at=Position("a.yaml", 14, 7)),
                MemberCount(ops, 2, 5, Position("a.yaml", 16, 7)),
                EveryMember(ops, "user.mail != null", Position("a.yaml", 17, 7)),
                NoMember(ops, "user.city == null", Position("a.yaml", 18, 7)),
                Disjoint(ops, audit, Position("a.yaml", 19, 22)),
            ),
            at=Position("a.yaml", 3, 12),
        )
    }
