"""Standings, values and members at one target: the semantics that the manifests promise."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from reconciler.desired.desire import desire
from reconciler.model.attributes import Characteristics, Uniqueness
from reconciler.model.declared import Declared, Hold, MembershipMode
from reconciler.model.desired import (
    Cause,
    DesiredGroup,
    DesiredUser,
    DesiredValue,
    Excluded,
    MatchKey,
    Provisioned,
    Reason,
    Undetermined,
)
from reconciler.model.diagnostic import Position
from reconciler.model.identity import GroupKey, Kind, UserKey
from reconciler.model.mapping import MappingRule
from reconciler.model.note_code import NoteCode
from reconciler.model.path import Value, parse_path
from reconciler.model.period import Period
from reconciler.model.profile import RFC7644, Nesting
from reconciler.model.resource_type import USER_ATTRIBUTES, ResourceType
from reconciler.model.scoping import Operator
from reconciler.model.target import Manage, Scope, Target
from tests.builders import A_KEY
from tests.unit.desired.builders_desired import (
    ASSIGNMENT_AT,
    FUTURE,
    GROUP_NAME,
    GROUPS_AT,
    MEMBERS,
    NOW,
    PAST,
    TARGET_AT,
    USER_NAME,
    USERS_AT,
    a_clause,
    a_filter,
    a_group,
    a_handling,
    a_hold,
    a_mapping,
    a_target,
    a_tree,
    a_user,
    an_assignment,
    an_entry,
    dated,
    desired,
    desired_group,
    desired_user,
    direct,
    expression,
)

ASSIGNED = a_target(scope=Scope.ASSIGNED)
IN_PT = a_filter(an_entry(a_clause("country", Operator.EQUALS, "PT"), name="PT"))
FILTERED = a_target(users=a_handling(filter="people"))
EVERYBODY = Provisioned(Reason("app takes every declared user", TARGET_AT))
ACTIVE = expression("active", 'Switch([IsSoftDeleted], , "False", "True", "True", "False")')


def assigned(line: int, name: str = "a", through: str = "") -> Reason:
    way = f" through group {through}" if through else ""
    return Reason(f"assigned by {name}{way}", Position(ASSIGNMENT_AT.file, line))


def test_person_is_provisioned_with_values_keys_and_the_lines_that_decided() -> None:
    tree = a_tree(
        users=[a_user("e1", displayName="Ada", objectId="77")],
        assignments=[an_assignment(users=["e1"])],
        user_mapping=a_mapping(USER_NAME, direct("externalId", "objectId")),
        target=ASSIGNED,
    )
    name, external = parse_path("userName"), parse_path("externalId")
    assert desired_user(tree) == DesiredUser(
        key=UserKey("e1"),
        name="Ada",
        standing=Provisioned(assigned(5)),
        at=USERS_AT,
        values={
            name: DesiredValue("e1@zone.example", Position("users.yaml", 10, 5)),
            external: DesiredValue("77", Position("users.yaml", 12, 5)),
        },
        match=(MatchKey(name, "e1@zone.example", 1),),
        identity=MatchKey(external, "77", 0),
    )


def standing(tree: Declared) -> object:
    return desired_user(tree).standing


def test_hold_beats_everything_else() -> None:
    tree = a_tree(
        users=[a_user(period=Period(FUTURE, None), accountEnabled=False)],
        holds=[a_hold("e1"), a_hold("e2")],
    )
    reason = Reason("held by hold-e1 (INC-7)", Position("holds.yaml", 3))
    assert standing(tree) == Excluded(Cause.HELD, reason)


@pytest.mark.parametrize(
    ("hold", "held"),
    [
        (a_hold("e1", ends=Period(None, FUTURE)), True),
        (a_hold("e1", ends=Period(None, PAST)), False),
        (a_hold("e1", targets=["app"]), True),
        (a_hold("e1", targets=["other"]), False),
    ],
)
def test_hold_counts_until_its_end_and_at_its_targets(hold: Hold, held: bool) -> None:
    tree = a_tree(users=[a_user()], holds=[hold])
    assert isinstance(standing(tree), Excluded if held else Provisioned)


def test_first_hold_by_name_is_the_reason() -> None:
    one, other = replace(a_hold("e1"), name="b"), replace(a_hold("e1"), name="a")
    tree = a_tree(users=[a_user()], holds=[one, other])
    reason = Reason("held by a (INC-7)", Position("holds.yaml", 3))
    assert standing(tree) == Excluded(Cause.HELD, reason)


def test_dates_come_before_everything_but_a_hold() -> None:
    coming = a_tree(users=[a_user(period=Period(FUTURE, None), accountEnabled=False)])
    gone = a_tree(users=[a_user(period=Period(None, PAST), accountEnabled=False)])
    assert standing(coming) == Excluded(
        Cause.NOT_YET, Reason("from 2026-12-31, which is to come", Position("users.yaml", 7, 3))
    )
    assert standing(gone) == Excluded(
        Cause.ENDED, Reason("until 2026-01-31, which is over", Position("users.yaml", 8, 3))
    )


def test_last_day_counts_to_its_end_in_the_zone_of_the_target() -> None:
    late = datetime(2026, 1, 31, 23, 30, tzinfo=UTC)
    user = a_user(period=Period(None, PAST))
    causes = {}
    for zone in ("UTC", "Asia/Tokyo"):
        tree = a_tree(users=[user], target=a_target(time_zone=zone))
        causes[zone] = type(desired(tree, as_of=late).users[user.key].standing)
    assert causes == {"UTC": Provisioned, "Asia/Tokyo": Excluded}


def test_last_day_there_is_never_ends() -> None:
    assert standing(a_tree(users=[a_user(period=Period(None, date.max))])) == EVERYBODY


DISABLED = Reason("accountEnabled is false", Position("users.yaml", 11, 5))


@pytest.mark.parametrize(
    ("target", "country", "managed"),
    [
        (a_target(), None, True),
        (ASSIGNED, None, False),  # nobody assigned them
        (FILTERED, "PT", True),
        (FILTERED, "DE", False),
        (a_target(users=a_handling(manage=Manage.LOOKUP)), None, False),
    ],
)
def test_disabled_person_stays_managed_when_otherwise_in_scope(
    target: Target, country: Value, managed: bool
) -> None:
    person = a_user(accountEnabled=False, country=country)
    user = desired_user(a_tree(users=[person], filters=[IN_PT], target=target))
    assert user.standing == Excluded(Cause.DISABLED, DISABLED, managed)
    assert bool(user.values) is managed
    assert user.match == (MatchKey(parse_path("userName"), "e1@zone.example", 1),)


def test_disabled_person_is_mapped_as_soft_deleted() -> None:
    tree = a_tree(users=[a_user(accountEnabled=False)], user_mapping=a_mapping(USER_NAME, ACTIVE))
    assert desired_user(tree).values[parse_path("active")].value is False
    tree = a_tree(users=[a_user()], user_mapping=a_mapping(USER_NAME, ACTIVE))
    assert desired_user(tree).values[parse_path("active")].value is True


def test_account_that_is_neither_enabled_nor_disabled_is_undetermined() -> None:
    said = "accountEnabled of e1 is neither true nor false"
    tree = a_tree(users=[a_user(accountEnabled=None)])
    assert standing(tree) == Undetermined(
        NoteCode.ACCOUNT_ENABLED, Reason(said, Position("users.yaml", 11, 5))
    )


def test_nobody_is_provisioned_without_an_assignment() -> None:
    tree = a_tree(
        users=[a_user()],
        assignments=[an_assignment(users=["e1"], target="other")],
        target=ASSIGNED,
    )
    reason = Reason("no assignment to app reaches e1", USERS_AT)
    assert standing(tree) == Excluded(Cause.UNASSIGNED, reason)


def test_assigned_group_assigns_its_own_members_however_they_got_in() -> None:
    tree = a_tree(
        users=[a_user(f"e{n}", department="Ops" if n == 3 else "Lab") for n in range(1, 7)],
        groups=[
            a_group(
                "top",
                users=["e1"],
                groups=["inner"],
                dated=[dated("e2", Period(None, FUTURE)), dated("e4", Period(None, PAST))],
                rule='user.department == "Ops"',
            ),
            a_group("inner", users=["e5"]),
        ],
        assignments=[
            an_assignment(groups=["nowhere", "top"], name="b"),
            an_assignment(users=["e1", "ghost"], name="c"),
            an_assignment(groups=["top"], name="a"),
        ],
        target=ASSIGNED,
    )
    through = Provisioned(assigned(15, "a", "top"))
    assert {
        key: user.standing
        for key, user in desired(tree).users.items()
        if isinstance(user.standing, Provisioned)
    } == {"e1": Provisioned(assigned(5, "c")), "e2": through, "e3": through}


def test_rule_that_fails_leaves_an_assignment_open() -> None:
    group = a_group("g", rule="int(user.department) == 1")
    tree = a_tree(
        users=[a_user("e1"), a_user("e2", department="1"), a_user("e3", department="2")],
        groups=[group],
        assignments=[an_assignment(groups=["g"])],
        target=ASSIGNED,
    )
    standings = {str(key): user.standing for key, user in desired(tree).users.items()}
    said = "memberRule of g failed, so a is unclear"
    at = Position("assignments.yaml", 15)
    assert standings["e1"] == Undetermined(NoteCode.MEMBER_RULE_FAILED, Reason(said, at))
    assert isinstance(standings["e2"], Provisioned)
    assert isinstance(standings["e3"], Excluded)


def test_filter_lets_in_keeps_out_or_leaves_open() -> None:
    tree = a_tree(users=[a_user(country="PT")], filters=[IN_PT], target=FILTERED)
    said = 'app takes every declared user; passes "PT" of filter people'
    assert standing(tree) == Provisioned(Reason(said, TARGET_AT))

    tree = a_tree(users=[a_user(country="DE")], filters=[IN_PT], target=FILTERED)
    said = 'fails filter people ("PT": country EQUALS "PT" does not hold)'
    at = Position("filters.yaml", 5)
    assert standing(tree) == Excluded(Cause.OUT_OF_SCOPE, Reason(said, at))

    odd = a_filter(an_entry(when="int(user.country) == 1"))
    tree = a_tree(users=[a_user(country="DE")], filters=[odd], target=FILTERED)
    found = standing(tree)
    assert isinstance(found, Undetermined)
    assert found.code == "filter-undetermined"


def test_filter_that_is_not_there_lets_nobody_in_and_nobody_out() -> None:
    said = "there is no ScopingFilter people, so nobody can be judged by it"
    tree = a_tree(users=[a_user()], target=FILTERED)
    assert standing(tree) == Undetermined(NoteCode.MISSING_FILTER, Reason(said, TARGET_AT))


def test_mapping_that_is_not_there_leaves_everybody_undetermined() -> None:
    tree = a_tree(users=[a_user()], target=a_target(users=a_handling(mapping=None)))
    said = "userName is required, and e1 has no value for it"
    assert standing(tree) == Undetermined(NoteCode.REQUIRED_VALUE_MISSING, Reason(said, TARGET_AT))


def test_failed_mapping_leaves_a_person_undetermined_and_findable() -> None:
    tree = a_tree(
        users=[a_user(jobTitle="x")],
        user_mapping=a_mapping(USER_NAME, direct("active", "jobTitle")),
    )
    user = desired_user(tree)
    assert isinstance(user.standing, Undetermined)
    assert user.standing.code == "mapping-type"
    assert user.values == {}
    assert user.match == (MatchKey(parse_path("userName"), "e1@zone.example", 1),)


def test_undecided_filter_stays_the_reason_when_the_mapping_fails_too() -> None:
    tree = a_tree(
        users=[a_user(jobTitle="x")],
        user_mapping=a_mapping(USER_NAME, direct("active", "jobTitle")),
        target=FILTERED,
    )
    found = standing(tree)
    assert isinstance(found, Undetermined)
    assert found.code == "missing-filter"


def test_failed_mapping_keeps_nobody_in_who_has_to_leave() -> None:
    tree = a_tree(
        users=[a_user(accountEnabled=False, jobTitle="x")],
        user_mapping=a_mapping(USER_NAME, direct("active", "jobTitle")),
    )
    user = desired_user(tree)
    assert user.standing == Excluded(Cause.DISABLED, DISABLED, managed=False)
    assert (user.values, len(user.match)) == ({}, 1)


def test_leaver_whose_account_an_error_hides_is_undetermined() -> None:
    tree = a_tree(
        users=[a_user(accountEnabled=False, mail="a@x.example")],
        user_mapping=a_mapping(expression("userName", 'Left([mail], "x")', match=1)),
    )
    found = standing(tree)
    assert isinstance(found, Undetermined)
    assert found.code == "mapping-error"


def test_lookup_asks_for_no_assignment_and_writes_nothing() -> None:
    handling = a_handling(manage=Manage.LOOKUP)
    tree = a_tree(
        users=[
            a_user("e1"),
            a_user("e2", accountEnabled=False),
            a_user("e3", period=Period(None, PAST)),
            a_user("e4"),
            a_user("e5", userPrincipalName=None),
        ],
        holds=[a_hold("e4")],
        user_mapping=a_mapping(USER_NAME, direct("active", "userPrincipalName")),
        target=a_target(users=handling, scope=Scope.ASSIGNED),
    )
    found = desired(tree).users
    assert found[UserKey("e1")].standing == Provisioned(
        Reason("app only looks people up", TARGET_AT)
    )
    assert found[UserKey("e1")].values == {}
    assert {key: type(user.standing) for key, user in found.items()} == {
        "e1": Provisioned,
        "e2": Excluded,
        "e3": Excluded,
        "e4": Excluded,
        "e5": Undetermined,
    }


def test_person_is_called_by_the_name_that_people_use() -> None:
    nameless = a_user("e3", userPrincipalName=None)
    tree = a_tree(users=[a_user("e1", displayName="Ada"), a_user("e2"), nameless])
    names = {key: user.name for key, user in desired(tree).users.items()}
    assert names == {"e1": "Ada", "e2": "e2@zone.example", "e3": "e3"}


def test_keys_are_sorted() -> None:
    tree = a_tree(
        users=[a_user("b"), a_user("a")], groups=[a_group("z"), a_group("y")], target=a_target()
    )
    found = desired(tree)
    assert (list(found.users), list(found.groups)) == (["a", "b"], ["y", "z"])


# Two people for one account


def test_two_people_with_one_user_name_are_both_undetermined() -> None:
    tree = a_tree(
        users=[
            a_user("e1", userPrincipalName="Stra\u00dfe@x.example"),
            a_user("e2", userPrincipalName="STRASSE@x.example"),
            a_user("e3", userPrincipalName="e\u0301@x.example"),
            a_user("e4", userPrincipalName="\u00c9@x.example"),
            a_user("e5"),
        ]
    )
    found = {key: user.standing for key, user in desired(tree).users.items()}

    def shares(key: str, other: str) -> Undetermined:
        said = f"{key} has the same userName as {other}"
        return Undetermined(NoteCode.DUPLICATE_VALUE, Reason(said, USERS_AT))

    assert found == {
        "e1": shares("e1", "e2"),
        "e2": shares("e2", "e1"),
        "e3": shares("e3", "e4"),
        "e4": shares("e4", "e3"),
        "e5": EVERYBODY,
    }


@pytest.mark.parametrize("exact", [False, True])
def test_a_profile_says_what_else_is_unique_and_whether_case_counts(*, exact: bool) -> None:
    """Slack gives an e-mail address to one person only; elsewhere two may share it."""
    mail = direct('emails[type eq "work"].value', "mail")
    tree = a_tree(
        users=[a_user("e1", mail="Team@x.example"), a_user("e2", mail="team@x.example")],
        user_mapping=a_mapping(USER_NAME, mail),
    )
    once = Characteristics(uniqueness=Uniqueness.SERVER, case_exact=exact)
    users = ResourceType({**USER_ATTRIBUTES, "emails.value": once})
    shared = desired(tree, replace(RFC7644, users=users)).users[UserKey("e1")].standing
    assert isinstance(shared, Provisioned if exact else Undetermined)
    assert isinstance(desired(tree).users[UserKey("e1")].standing, Provisioned)


def test_many_who_share_a_name_are_not_all_listed() -> None:
    tree = a_tree(users=[a_user(f"e{n}", userPrincipalName="x@x.example") for n in range(9)])
    found = desired(tree).users[UserKey("e2")].standing
    assert isinstance(found, Undetermined)
    assert found.reason.text == "e2 has the same userName as e0, e1, e3, e4, e5 and 3 more"


def test_matching_attribute_is_unique_too_and_keeps_its_case() -> None:
    by_id = a_mapping(USER_NAME, direct("externalId", "employeeId", match=2))
    tree = a_tree(
        users=[
            a_user("e1", employeeId="A1"),
            a_user("e2", employeeId="A1"),
            a_user("e3", employeeId="a1"),
        ],
        user_mapping=by_id,
    )
    found = {key: type(user.standing) for key, user in desired(tree).users.items()}
    assert found == {"e1": Undetermined, "e2": Undetermined, "e3": Provisioned}


def test_somebody_without_access_claims_no_name() -> None:
    tree = a_tree(
        users=[
            a_user("e1", userPrincipalName="x@x.example", period=Period(None, PAST)),
            a_user("e2", userPrincipalName="x@x.example"),
        ]
    )
    found = {key: type(user.standing) for key, user in desired(tree).users.items()}
    assert found == {"e1": Excluded, "e2": Provisioned}


def test_disabled_person_with_the_name_of_another_loses_access_and_is_not_written() -> None:
    tree = a_tree(
        users=[
            a_user("e1", userPrincipalName="x@x.example", accountEnabled=False),
            a_user("e2", userPrincipalName="x@x.example"),
        ]
    )
    found = desired(tree).users
    assert found[UserKey("e1")].standing == Excluded(Cause.DISABLED, DISABLED, managed=False)
    assert found[UserKey("e1")].values == {}
    assert isinstance(found[UserKey("e2")].standing, Undetermined)


def test_two_groups_with_one_display_name_are_both_undetermined() -> None:
    tree = a_tree(
        groups=[a_group("g1", displayName="Ops"), a_group("g2", displayName="OPS"), a_group("g3")]
    )
    found = {key: type(group.standing) for key, group in desired(tree).groups.items()}
    assert found == {"g1": Undetermined, "g2": Undetermined, "g3": Provisioned}


# Groups


def test_group_is_provisioned_with_members_keys_and_what_its_manifest_says() -> None:
    tree = a_tree(
        users=[a_user("e1"), a_user("e2", accountEnabled=False)],
        groups=[
            a_group(
                users=["e1", "e2"],
                displayName="ZPA Ops",
                formerly=["Operators", "ZPA Ops"],
                labels={"privileged": "true"},
                adopt=True,
                membership=MembershipMode.ADDITIVE,
            )
        ],
        assignments=[an_assignment(groups=["g1"])],
        target=ASSIGNED,
    )
    name = parse_path("displayName")
    assert desired_group(tree) == DesiredGroup(
        key=GroupKey("g1"),
        name="ZPA Ops",
        standing=Provisioned(assigned(15)),
        at=GROUPS_AT,
        values={name: DesiredValue("ZPA Ops", Position("mappings.yaml", 10))},
        match=(MatchKey(name, "ZPA Ops", 1), MatchKey(name, "Operators", 1)),
        members_managed=True,
        membership=MembershipMode.ADDITIVE,
        members=frozenset({UserKey("e1")}),
        privileged=True,
        adopt=True,
    )


def test_group_needs_an_assignment_and_passes_its_own_filter() -> None:
    groups = a_handling(mapping="groups", filter="people")
    by_name = a_filter(an_entry(a_clause("displayName", Operator.ENDS_WITH, "1")), kind=Kind.GROUP)
    tree = a_tree(
        groups=[a_group("g1"), a_group("g2"), a_group("h1")],
        assignments=[an_assignment(groups=["g1", "g2"])],
        filters=[by_name],
        target=a_target(groups=groups, scope=Scope.ASSIGNED),
    )
    standings = [group.standing for group in desired(tree).groups.values()]
    assert isinstance(standings[0], Provisioned)
    assert [s.cause for s in standings[1:] if isinstance(s, Excluded)] == [
        Cause.OUT_OF_SCOPE,
        Cause.UNASSIGNED,
    ]


@pytest.mark.parametrize("scope", Scope)
def test_target_without_groups_has_nothing_to_do_with_them(scope: Scope) -> None:
    tree = a_tree(
        users=[a_user("e1")],
        groups=[a_group("g1", users=["e1"])],
        assignments=[an_assignment(groups=["g1"])],
        target=a_target(groups=a_handling(manage=Manage.LOOKUP, mapping=None), scope=scope),
    )
    standing = desired_group(tree).standing
    said = Reason("app has nothing to do with groups", TARGET_AT)
    assert standing == Excluded(Cause.UNASSIGNED, said)
    assert isinstance(
        desired_user(tree).standing, Provisioned
    )  # the group brings people all the same


def test_members_are_only_those_who_are_to_be_there() -> None:
    tree = a_tree(
        users=[
            a_user("in", country="PT"),
            a_user("out", country="DE"),
            a_user("held", country="PT"),
            a_user("unclear", accountEnabled=None, country="PT"),
            a_user("odd", country="PT", department="x"),
            a_user("odd-and-out", country="DE", department="x"),
            a_user("odd-and-unclear", country="PT", department="x", accountEnabled=None),
        ],
        groups=[
            a_group(
                users=["in", "out", "held", "unclear"],
                rule="user.department != null && int(user.department) == 1",
            )
        ],
        filters=[IN_PT],
        holds=[a_hold("held")],
        target=FILTERED,
    )
    group = desired_group(tree)
    assert group.members == {"in"}
    assert group.undetermined == {"unclear", "odd", "odd-and-unclear"}


def nested_tree() -> Declared:
    return a_tree(
        users=[a_user("e1"), a_user("e2"), a_user("e3")],
        groups=[
            a_group("top", users=["e1"], groups=["mid", "outside", "twin"]),
            a_group("mid", users=["e2"], groups=["low"]),
            a_group("low", users=["e3"]),
            a_group("outside"),
            a_group("twin", displayName="Same"),
            a_group("twin2", displayName="Same"),
        ],
        assignments=[
            an_assignment(groups=["top", "mid", "twin", "twin2"], users=["e1", "e2", "e3"])
        ],
        target=ASSIGNED,
    )


def test_groups_inside_are_expanded_to_their_people() -> None:
    top = desired(nested_tree()).groups[GroupKey("top")]
    assert top.members == {"e1", "e2", "e3"}
    assert not top.nested | top.undetermined_nested


def test_groups_inside_stay_groups_where_the_provider_takes_them() -> None:
    native = replace(RFC7644, nesting=Nesting.NATIVE)
    top = desired(nested_tree(), native).groups[GroupKey("top")]
    assert top.members == {"e1"}
    assert top.nested == {"mid"}
    assert top.undetermined_nested == {"twin"}


@pytest.mark.parametrize(
    ("rules", "manage", "managed"),
    [
        ((GROUP_NAME, MEMBERS), Manage.FULL, True),
        ((GROUP_NAME,), Manage.FULL, False),
        ((GROUP_NAME, MEMBERS), Manage.LOOKUP, False),
    ],
)
def test_membership_is_ours_only_when_members_are_mapped_and_groups_written(
    rules: tuple[MappingRule, ...], manage: Manage, managed: bool
) -> None:
    tree = a_tree(
        users=[a_user("e1")],
        groups=[a_group(users=["e1"])],
        group_mapping=a_mapping(*rules, kind=Kind.GROUP),
        target=a_target(groups=a_handling(mapping="groups", manage=manage)),
    )
    group = desired_group(tree)
    assert group.members_managed is managed
    assert group.members == ({"e1"} if managed else set())


def test_group_that_is_not_to_be_there_has_no_members() -> None:
    tree = a_tree(users=[a_user("e1")], groups=[a_group(users=["e1"])], target=ASSIGNED)
    assert desired_group(tree).members == set()


def test_desire_names_its_target() -> None:
    tree = a_tree()
    assert desire(tree, tree.targets["app"], RFC7644, as_of=NOW, key=A_KEY).target == "app"
