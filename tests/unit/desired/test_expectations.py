"""What an Expectation finds: who breaks it and by which line; doubt is never good enough."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.desired.assertions import Judge
from reconciler.desired.desire import desire_for, desire_from
from reconciler.desired.expectations import FAILED, failures
from reconciler.desired.roster import AtTarget, Roster
from reconciler.desired.suspects import Results
from reconciler.model.declared import Declared, MembershipMode, User
from reconciler.model.desired import Provisioned
from reconciler.model.diagnostic import Diagnostic, Position, Severity
from reconciler.model.expectation import (
    Assertion,
    Disjoint,
    EveryMember,
    Expectation,
    HasAccount,
    Inside,
    MemberCount,
    MemberOf,
    Mentions,
    NoMember,
    NotMemberOf,
    Way,
    mentions,
)
from reconciler.model.identity import GroupKey, Kind, UserKey
from reconciler.model.period import Moment, Period
from reconciler.model.profile import RFC7644, Nesting
from reconciler.model.target import Manage, Scope
from tests.unit.desired.builders_desired import (
    FUTURE,
    GROUP_NAME,
    NOW,
    PAST,
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
    expression,
    grounds_of,
)
from tests.unit.desired.test_properties import GROUP_KEYS, USER_KEYS, trees

HERE = Position("expectations.yaml", 9, 7)
E1, E2, OPS, AUDIT = UserKey("e1"), UserKey("e2"), GroupKey("ops"), GroupKey("audit")
UNCLEAR = "int(user.costCenter) > 1"  # fails for whoever has no number there
STAFF = 'user.employeeType == "Staff"'


def expecting(
    tree: Declared,
    *assertions: Assertion,
    target: str | None = None,
    as_of: Moment | None = None,
    owner: str | None = None,
) -> Declared:
    expectation = Expectation(
        "access", target, as_of, "auditors ask", assertions, Position("x.yaml", 3), owner
    )
    return replace(tree, expectations={"access": expectation})


def found(
    tree: Declared,
    *assertions: Assertion,
    target: str | None = None,
    as_of: Moment | None = None,
    now: datetime = NOW,
) -> list[str]:
    """What is said of each assertion that does not hold, without the name of the expectation."""
    said = failures(expecting(tree, *assertions, target=target, as_of=as_of), as_of=now)
    return [each.message.removeprefix("Expectation access: ") for each in said]


def with_profile(tree: Declared, nesting: Nesting) -> Declared:
    return replace(tree, profiles={"rfc7644": replace(RFC7644, nesting=nesting)})


def staff(*keys: str) -> list[User]:
    return [a_user(key, employeeType="Staff") for key in keys]


# --- the whole ------------------------------------------------------------------------------------


def test_what_holds_is_silent() -> None:
    tree = a_tree(
        users=[*staff("e1", "e2"), a_user("e3", employeeType="Contractor")],
        groups=[a_group("ops", users=["e1", "e2"]), a_group("audit", users=["e3"])],
    )
    assertions = (
        MemberOf(E1, OPS, None, HERE),
        NotMemberOf(UserKey("e3"), OPS, HERE),
        MemberCount(OPS, 2, 2, HERE),
        MemberCount(OPS, 1, None, HERE),
        MemberCount(OPS, None, 3, HERE),
        EveryMember(OPS, STAFF, HERE),
        NoMember(OPS, 'user.employeeType == "Contractor"', HERE),
        Disjoint(OPS, AUDIT, HERE),
    )
    accounts = (HasAccount(E1, True, HERE),)
    assert found(tree, *assertions) == []
    assert found(tree, *assertions, *accounts, target="app") == []
    assert failures(tree, as_of=NOW) == ()


def test_nothing_is_said_of_somebody_whom_a_source_has_let_go() -> None:
    tree = a_tree(users=staff("e1"), groups=[a_group("ops", users=["e1"])])
    gone = MemberOf(UserKey("e9"), OPS, None, HERE)
    assert found(tree, gone, MemberOf(E1, OPS, None, HERE)) == []


def test_what_does_not_hold_is_an_error_at_its_line_with_who_is_to_be_asked() -> None:
    tree = a_tree(users=staff("e1"), groups=[a_group("ops")])
    asked = expecting(tree, MemberOf(E1, OPS, None, HERE), owner="e7")
    assert failures(asked, as_of=NOW) == (
        Diagnostic(
            Severity.ERROR,
            FAILED,
            "Expectation access: e1 should be in ops, and is not: "
            "nothing in ops brings e1, groups.yaml:1:1",
            HERE,
            "change what is named here, or what is expected (ask e7); "
            "it is expected because: auditors ask",
        ),
    )


def test_what_cannot_be_decided_is_an_error_that_says_so() -> None:
    tree = a_tree(users=[a_user("e1", costCenter="R-D")], groups=[a_group("ops", rule=UNCLEAR)])
    (said,) = failures(expecting(tree, NotMemberOf(E1, OPS, HERE)), as_of=NOW)
    assert said.message == (
        "Expectation access: e1 should not be in ops, which is not certain: "
        "memberRule of ops failed for e1: cannot convert string to int, groups.yaml:60:1"
    )
    assert said.hint == (
        "what is not certain does not hold: mend what is named here, or change what is "
        "expected; it is expected because: auditors ask"
    )


def test_a_handful_is_named_and_the_others_are_counted() -> None:
    tree = a_tree(
        users=[a_user(f"e{n}") for n in range(7)],
        groups=[a_group("ops", users=[f"e{n}" for n in range(7)])],
    )
    (said,) = found(tree, NoMember(OPS, "user.employeeType == null", HERE))
    assert said.startswith("nobody in ops should satisfy `user.employeeType == null`, and 7 do: ")
    assert said.endswith("e4 (listed in ops, groups.yaml:24:1) and 2 more")
    assert said.count("listed in ops") == 5


def test_expectations_are_reported_in_the_order_of_their_lines() -> None:
    tree = a_tree(users=staff("e1"), groups=[a_group("ops", users=["e1"])])
    one = Expectation(
        "b", None, None, "x", (NotMemberOf(E1, OPS, Position("x.yaml", 2)),), Position("x.yaml", 1)
    )
    other = Expectation(
        "a",
        "app",
        None,
        "x",
        (HasAccount(E1, False, Position("x.yaml", 9)),),
        Position("x.yaml", 8),
    )
    said = failures(replace(tree, expectations={"a": other, "b": one}), as_of=NOW)
    assert [each.at for each in said] == [Position("x.yaml", 2), Position("x.yaml", 9)]


# --- when -----------------------------------------------------------------------------------------


def test_another_day_than_the_runs_is_asked_for() -> None:
    ended = dated("e1", Period(ends=PAST))
    tree = a_tree(users=staff("e1"), groups=[a_group("ops", dated=[ended])])
    member = MemberOf(E1, OPS, None, HERE)
    assert found(tree, member, as_of=PAST) == []
    assert found(tree, member, as_of=NOW - timedelta(days=300)) == []
    assert found(tree, member, now=NOW - timedelta(days=300)) == []
    assert found(tree, member, as_of=FUTURE) == [
        "e1 should be in ops as of 2026-12-31, and is not: "
        "nothing in ops brings e1, groups.yaml:1:1"
    ]
    assert found(tree, member) == [
        "e1 should be in ops, and is not: nothing in ops brings e1, groups.yaml:1:1"
    ]


def test_a_day_begins_where_the_target_is() -> None:
    day = date(2026, 7, 1)
    tree = a_tree(
        users=[a_user("e1", period=Period(begins=day))],
        target=a_target(time_zone="Pacific/Kiritimati"),
    )
    account = HasAccount(E1, True, HERE)
    assert found(tree, account, target="app", as_of=day) == []
    assert (
        found(tree, account, target="app", now=datetime(2026, 6, 30, 10, tzinfo=NOW.tzinfo)) == []
    )
    assert found(
        tree, account, target="app", as_of=datetime(2026, 6, 30, 9, tzinfo=NOW.tzinfo)
    ) == [
        "e1 should be provisioned at app as of 2026-06-30T09:00:00+00:00, and is not: "
        "from 2026-07-01, which is to come, users.yaml:7:3"
    ]


# --- membership as declared -----------------------------------------------------------------------


def test_membership_as_declared_does_not_ask_who_is_there() -> None:
    tree = a_tree(
        users=[a_user("e1", accountEnabled=False)],
        groups=[a_group("ops", users=["e1"])],
        holds=[a_hold("e1")],
    )
    assert found(tree, MemberOf(E1, OPS, None, HERE)) == []
    assert found(tree, MemberOf(E1, OPS, None, HERE), target="app") == [
        "e1 should be in ops at app, and is not: "
        "e1 is not at app: held by hold-e1 (INC-7), holds.yaml:3:1"
    ]


WAYS = a_tree(
    users=staff("e1", "e2"),
    groups=[
        a_group("ops", users=["e1"], groups=["inner"], rule='user.surname == "No"'),
        a_group("inner", groups=["deep"]),
        a_group("deep", rule=STAFF),
        a_group("other", users=["e1"]),
    ],
)


@pytest.mark.parametrize(
    ("user", "group", "way", "holds"),
    [
        ("e1", "ops", None, True),
        ("e1", "ops", Way.STATIC, True),
        ("e2", "ops", Way.STATIC, False),
        ("e1", "ops", Way.RULE, False),
        ("e1", "deep", Way.RULE, True),
        ("e1", "ops", Inside(GroupKey("inner")), True),
        ("e2", "ops", Inside(GroupKey("deep")), True),
        ("e1", "ops", Inside(GroupKey("other")), False),
        ("e1", "ops", Inside(GroupKey("ops")), False),
        ("e1", "deep", Inside(GroupKey("ops")), False),
    ],
)
@pytest.mark.parametrize("target", [None, "app"])
def test_the_way_into_a_group_is_asked_for(
    user: str, group: str, way: Way | Inside | None, holds: bool, target: str | None
) -> None:
    said = found(WAYS, MemberOf(UserKey(user), GroupKey(group), way, HERE), target=target)
    assert (said == []) is holds


def test_a_member_by_another_way_is_told_which_way_it_is() -> None:
    through: list[Way | Inside] = [Way.STATIC, Way.RULE, Inside(GroupKey("other"))]
    said = found(WAYS, *(MemberOf(E2, OPS, way, HERE) for way in through))
    really = (
        ", and is, but not that way: memberRule of deep is true, which is inside inner, "
        "which is inside ops, groups.yaml:60:1"
    )
    assert said == sorted(
        f"e2 should be in ops {way}{really}"
        for way in ("by a line of it", "by its memberRule", "through other")
    )


def test_nobody_is_in_an_empty_group_and_that_is_said() -> None:
    tree = a_tree(groups=[a_group("ops")])
    assert found(tree, MemberCount(OPS, 1, None, HERE), MemberCount(OPS, 1, 3, HERE)) == [
        "ops should have 1 to 3 people, and nobody is in it",
        "ops should have at least 1 person, and nobody is in it",
    ]


@pytest.mark.parametrize(
    ("least", "most", "wanted"),
    [
        (None, 1, "at most 1 person"),
        (3, None, "at least 3 people"),
        (0, 1, "0 to 1 person"),
        (3, 3, "exactly 3 people"),
    ],
)
def test_numbers_of_members_are_bounded_on_both_sides(
    least: int | None, most: int | None, wanted: str
) -> None:
    tree = a_tree(users=staff("e1", "e2"), groups=[a_group("ops", users=["e1", "e2"])])
    assert found(tree, MemberCount(OPS, least, most, HERE)) == [
        f"ops should have {wanted}, and it has 2: "
        "e1 (listed in ops, groups.yaml:20:1), e2 (listed in ops, groups.yaml:21:1)"
    ]


def test_one_counterexample_is_named_with_the_line_that_brings_it() -> None:
    tree = a_tree(
        users=[*staff("e1"), a_user("e2", employeeType="Contractor")],
        groups=[a_group("ops", users=["e1", "e2"])],
    )
    assert found(tree, EveryMember(OPS, STAFF, HERE), NoMember(OPS, STAFF, HERE)) == [
        f"everybody in ops should satisfy `{STAFF}`, and 1 does not: "
        "e2 (listed in ops, groups.yaml:21:1)",
        f"nobody in ops should satisfy `{STAFF}`, and 1 does: e1 (listed in ops, groups.yaml:20:1)",
    ]


def test_whoever_is_in_both_groups_is_named_with_both_lines() -> None:
    tree = a_tree(
        users=staff("e1", "e2"),
        groups=[a_group("ops", users=["e1", "e2"]), a_group("audit", rule=STAFF, users=["e2"])],
    )
    assert found(tree, Disjoint(OPS, AUDIT, HERE)) == [
        "nobody should be in both ops and audit, and 2 are: "
        "e1 (listed in ops, groups.yaml:20:1; memberRule of audit is true, groups.yaml:60:1), "
        "e2 (listed in ops, groups.yaml:21:1; listed in audit, groups.yaml:20:1)"
    ]


# --- doubt ----------------------------------------------------------------------------------------


def in_doubt(*keys: str, members: Iterable[str] = ()) -> Declared:
    """A group `ops` with these members, in which, by a rule that fails, the others may be."""
    users = [a_user(key, employeeType="Staff", costCenter="R-D") for key in keys]
    users += [a_user(key, employeeType="Staff", costCenter="1") for key in members]
    return a_tree(
        users=users,
        groups=[a_group("ops", users=members, rule=UNCLEAR), a_group("audit", users=keys)],
    )


DOUBT = "e9 (memberRule of ops failed for e9: cannot convert string to int, groups.yaml:60:1)"


def test_whoever_may_be_a_member_is_neither_one_nor_none() -> None:
    e9 = UserKey("e9")
    why = DOUBT.removeprefix("e9 (").removesuffix(")")
    tree = in_doubt("e9")
    assert found(tree, MemberOf(e9, OPS, None, HERE), NotMemberOf(e9, OPS, HERE)) == [
        f"e9 should be in ops, which is not certain: {why}",
        f"e9 should not be in ops, which is not certain: {why}",
    ]
    assert found(tree, Disjoint(OPS, AUDIT, HERE), Disjoint(AUDIT, OPS, HERE)) == [
        f"nobody should be in both {pair}, which is not certain: in both is perhaps {DOUBT}"
        for pair in ("audit and ops", "ops and audit")
    ]


def test_a_number_counts_when_doubt_cannot_change_it() -> None:
    tree = in_doubt("e9", members=["e1"])
    held = "it has 1: e1 (listed in ops, groups.yaml:20:1)"
    assert found(tree, MemberCount(OPS, 1, 2, HERE)) == []
    assert found(tree, MemberCount(OPS, 3, None, HERE)) == [
        f"ops should have at least 3 people, and {held}"
    ]
    assert found(tree, MemberCount(OPS, None, 0, HERE)) == [
        f"ops should have at most 0 people, and {held}"
    ]
    assert found(tree, MemberCount(OPS, 2, None, HERE), MemberCount(OPS, None, 1, HERE)) == [
        f"ops should have at least 2 people, which is not certain: it has 1, and perhaps {DOUBT}",
        f"ops should have at most 1 person, which is not certain: it has 1, and perhaps {DOUBT}",
    ]


def test_whoever_may_be_a_member_counts_only_where_it_matters() -> None:
    tree = in_doubt("e9", members=["e1"])
    assert found(tree, EveryMember(OPS, STAFF, HERE)) == []
    assert found(tree, NoMember(OPS, 'user.employeeType == "Guest"', HERE)) == []
    rich = 'user.costCenter == "1"'
    assert found(tree, EveryMember(OPS, rich, HERE), NoMember(OPS, f"!({rich})", HERE)) == [
        f"everybody in ops should satisfy `{rich}`, which is not certain: in it is perhaps {DOUBT}",
        f"nobody in ops should satisfy `!({rich})`, which is not certain: in it is perhaps {DOUBT}",
    ]


@pytest.mark.parametrize(
    ("condition", "why"),
    [
        ("int(user.surname) == 1", "cannot convert string to int"),
        ("user.nonsense == 1", "`user.nonsense` is not an attribute"),
    ],
)
def test_a_condition_that_fails_is_neither_true_nor_false(condition: str, why: str) -> None:
    tree = a_tree(users=[a_user("e1", surname="Ek")], groups=[a_group("ops", users=["e1"])])
    said = f"`{condition}`, which is not certain: the condition fails for e1 ({why}, groups.yaml"
    every, nobody = found(tree, EveryMember(OPS, condition, HERE), NoMember(OPS, condition, HERE))
    assert every.startswith(f"everybody in ops should satisfy {said}")
    assert nobody.startswith(f"nobody in ops should satisfy {said}")


# --- at a target ----------------------------------------------------------------------------------

ABOUT_OPS: tuple[Assertion, ...] = (
    MemberOf(E1, OPS, None, HERE),
    NotMemberOf(E2, OPS, HERE),
    MemberCount(OPS, 0, 9, HERE),
    EveryMember(OPS, STAFF, HERE),
    NoMember(OPS, 'user.employeeType == "Guest"', HERE),
    Disjoint(OPS, AUDIT, HERE),
    Disjoint(AUDIT, OPS, HERE),
)


def reasons(tree: Declared, *assertions: Assertion) -> set[str]:
    """Why each is undecided; fails when one of them is not."""
    said = found(tree, *assertions, target="app")
    assert len(said) == len(assertions)
    return {each.partition(", which is not certain: ")[2] for each in said}


def test_of_a_group_that_is_not_there_nothing_can_be_said() -> None:
    tree = a_tree(
        users=staff("e1", "e2"),
        groups=[a_group("ops", users=["e1"]), a_group("audit")],
        assignments=[an_assignment(users=["e1", "e2"], groups=["audit"])],
        target=a_target(scope=Scope.ASSIGNED),
    )
    why = "ops is not at app: no assignment to app reaches ops, groups.yaml:1:1"
    assert reasons(tree, *ABOUT_OPS) == {why}


def test_of_a_group_that_cannot_be_judged_nothing_can_be_said() -> None:
    entry = an_entry(when='group.description.matches("x")')
    tree = a_tree(
        users=staff("e1", "e2"),
        groups=[a_group("ops", users=["e1"]), a_group("audit", description="x")],
        filters=[a_filter(entry, kind=Kind.GROUP, name="teams")],
        target=a_target(groups=a_handling(mapping="groups", filter="teams")),
    )
    (why,) = reasons(tree, *ABOUT_OPS)
    assert why.startswith("whether ops belongs to app is not known: ")
    assert why.endswith("filters.yaml:4:1")


def test_where_membership_is_not_written_nothing_can_be_said() -> None:
    tree = a_tree(
        users=staff("e1", "e2"),
        groups=[a_group("ops", users=["e1"]), a_group("audit")],
        group_mapping=a_mapping(GROUP_NAME, kind=Kind.GROUP),
    )
    assert reasons(tree, *ABOUT_OPS) == {
        "app does not write the members of groups, targets.yaml:1:1"
    }


def test_who_is_not_in_an_additive_group_cannot_be_said_there() -> None:
    tree = a_tree(
        users=staff("e1", "e2"),
        groups=[
            a_group("ops", users=["e1"], membership=MembershipMode.ADDITIVE),
            a_group("audit"),
        ],
    )
    certain = (MemberOf(E1, OPS, None, HERE), MemberCount(OPS, 1, None, HERE))
    assert found(tree, *certain, target="app") == []
    assert reasons(tree, *ABOUT_OPS[1:]) == {
        "ops is additive, so whoever is added at the provider stays, groups.yaml:1:1"
    }
    assert found(tree, *ABOUT_OPS) == []


def test_where_people_are_looked_up_somebody_else_decides_who_is_there() -> None:
    tree = a_tree(
        users=staff("e1"),
        groups=[a_group("ops", users=["e1"])],
        target=a_target(users=a_handling(manage=Manage.LOOKUP)),
    )
    assert found(tree, MemberOf(E1, OPS, None, HERE), target="app") == []
    why = "app only looks people up: somebody else decides who is there, targets.yaml:1:1"
    assert reasons(tree, HasAccount(E1, True, HERE), HasAccount(E1, False, HERE)) == {why}


def test_an_account_is_there_or_not_or_undecided() -> None:
    tree = a_tree(
        users=[a_user("e1"), a_user("e2", accountEnabled=False), a_user("e3", accountEnabled=None)]
    )
    e3 = UserKey("e3")
    assert found(tree, HasAccount(E1, True, HERE), HasAccount(E2, False, HERE), target="app") == []
    assert found(tree, HasAccount(E1, False, HERE), HasAccount(E2, True, HERE), target="app") == [
        "e1 should not be provisioned at app, and is: app takes every declared user, "
        "targets.yaml:1:1",
        "e2 should be provisioned at app, and is not: accountEnabled is false, users.yaml:11:5",
    ]
    assert reasons(tree, HasAccount(e3, True, HERE), HasAccount(e3, False, HERE)) == {
        "accountEnabled of e3 is neither true nor false, users.yaml:11:5"
    }


def test_nobody_is_put_into_a_group_by_being_there() -> None:
    tree = a_tree(users=staff("e1"), groups=[a_group("ops")])
    assert found(tree, MemberOf(E1, OPS, None, HERE), target="app") == [
        "e1 should be in ops at app, and is not: nothing in ops brings e1, groups.yaml:1:1"
    ]


def test_without_a_target_there_are_no_accounts() -> None:
    (said,) = found(a_tree(users=[a_user("e1")]), HasAccount(E1, False, HERE))
    assert said.endswith("which is not certain: no target is named, users.yaml:1:1")


def test_two_people_with_one_name_are_undecided_although_only_one_is_asked_for() -> None:
    twins = [
        a_user("e1", userPrincipalName="x@x.example"),
        a_user("e2", userPrincipalName="X@x.example"),
    ]
    tree = a_tree(users=twins, groups=[a_group("ops", users=["e1"])])
    assert found(tree, MemberOf(E1, OPS, None, HERE), target="app") == [
        "e1 should be in ops at app, which is not certain: "
        "whether e1 belongs to app is not known: e1 has the same userName as e2, users.yaml:1:1"
    ]


def test_a_name_that_somebody_takes_when_leaving_counts() -> None:
    name = 'Switch([IsSoftDeleted], [userPrincipalName], "True", [mail])'
    leaver = a_user("e2", accountEnabled=False, mail="e1@zone.example")
    tree = a_tree(
        users=[a_user("e1"), leaver, *staff("e3", "e4")],
        user_mapping=a_mapping(expression("userName", name, match=1)),
    )
    assert reasons(tree, HasAccount(E1, True, HERE)) == {
        "e1 has the same userName as e2, users.yaml:1:1"
    }


def test_a_member_in_doubt_is_explained_at_a_target_too() -> None:
    assert found(in_doubt("e9"), NotMemberOf(UserKey("e9"), OPS, HERE), target="app") == [
        "e9 should not be in ops at app, which is not certain: "
        "memberRule of ops failed for e9: cannot convert string to int, groups.yaml:60:1"
    ]


# --- groups inside groups, where the provider takes them ------------------------------------------


def nested(inner_mode: MembershipMode = MembershipMode.AUTHORITATIVE) -> Declared:
    groups = [
        a_group("ops", users=["e1"], groups=["inner"]),
        a_group("inner", users=["e2"], groups=["ops"], membership=inner_mode),
        a_group("audit"),
    ]
    return with_profile(a_tree(users=staff("e1", "e2", "e3"), groups=groups), Nesting.NATIVE)


def test_people_in_a_group_inside_are_members_where_the_provider_nests() -> None:
    assert found(nested(), MemberOf(E2, OPS, None, HERE), target="app") == []
    assert found(nested(), MemberCount(OPS, 2, 2, HERE), target="app") == []
    inner_is_open = nested(MembershipMode.ADDITIVE)
    assert reasons(inner_is_open, NotMemberOf(UserKey("e3"), OPS, HERE)) == {
        "inner is additive, so whoever is added at the provider stays, groups.yaml:1:1"
    }


def test_a_group_inside_that_is_not_there_brings_nobody() -> None:
    entry = an_entry(when='group.displayName != "inner"')
    tree = replace(
        nested(),
        filters={"teams": a_filter(entry, kind=Kind.GROUP, name="teams")},
        targets={"app": a_target(groups=a_handling(mapping="groups", filter="teams"))},
    )
    assert found(tree, MemberOf(E2, OPS, None, HERE), target="app") == [
        "e2 should be in ops at app, and is not: listed in inner, which is inside ops, and a group "
        "on the way is not at app, groups.yaml:20:1"
    ]


def test_a_group_inside_that_cannot_be_judged_leaves_its_people_in_doubt() -> None:
    entry = an_entry(when='group.displayName == "ops" || group.description.matches("x")')
    tree = replace(
        nested(),
        filters={"teams": a_filter(entry, kind=Kind.GROUP, name="teams")},
        targets={"app": a_target(groups=a_handling(mapping="groups", filter="teams"))},
    )
    assert reasons(tree, MemberOf(E2, OPS, None, HERE), NotMemberOf(E2, OPS, HERE)) == {
        "whether a group inside ops belongs to app is not known, groups.yaml:1:1"
    }


# --- statements -----------------------------------------------------------------------------------


def crowded(tree: Declared) -> Declared:
    """With so many others that a few people are worth looking at alone."""
    others = {UserKey(f"x{n}"): a_user(f"x{n}") for n in range(20)}
    return replace(tree, users={**tree.users, **others})


@settings(deadline=None)
@given(trees(), st.sets(st.sampled_from(USER_KEYS)))
def test_looking_at_some_people_says_of_them_what_looking_at_all_says(
    tree: Declared, some: set[str]
) -> None:
    tree = crowded(tree)
    grounds = grounds_of(tree)
    users = [UserKey(key) for key in some]
    few, all_of_them = desire_for(grounds, users), desire_from(grounds)
    assert {key: few.users[key] for key in users} == {key: all_of_them.users[key] for key in users}
    for key, group in all_of_them.groups.items():
        assert few.groups[key].standing == group.standing
        assert few.groups[key].members & set(users) == group.members & set(users)
        assert few.groups[key].undetermined & set(users) == group.undetermined & set(users)


@settings(deadline=None)
@given(trees(), st.sampled_from(GROUP_KEYS))
def test_the_roster_of_a_group_is_whom_a_plan_would_put_there(tree: Declared, group: str) -> None:
    grounds = grounds_of(tree)
    wanted = desire_from(grounds).groups[GroupKey(group)]
    roster = AtTarget(grounds, desire_from(grounds)).roster(wanted.key)
    known = wanted.members_managed and isinstance(wanted.standing, Provisioned)
    assert isinstance(roster, Roster) is known
    if isinstance(roster, Roster):
        assert (roster.members, roster.uncertain) == (wanted.members, wanted.undetermined)


@settings(deadline=None)
@given(
    trees(),
    st.sampled_from(USER_KEYS),
    st.sampled_from(GROUP_KEYS),
    st.sampled_from((None, "app")),
    st.sampled_from(Nesting),
)
def test_a_statement_and_its_contrary_never_both_hold_and_each_failure_says_why(
    tree: Declared, user: str, group: str, target: str | None, nesting: Nesting
) -> None:
    key, of = UserKey(user), GroupKey(group)
    tree = with_profile(tree, nesting)
    pairs: list[tuple[Assertion, Assertion]] = [
        (MemberOf(key, of, None, HERE), NotMemberOf(key, of, HERE)),
        (HasAccount(key, True, HERE), HasAccount(key, False, HERE)),
        (MemberCount(of, 2, None, HERE), MemberCount(of, None, 1, HERE)),
    ]
    for one, contrary in pairs:
        said = found(tree, one, contrary, target=target)
        assert said
        assert all(", and " in each or ", which is not certain: " in each for each in said)


@settings(deadline=None)
@given(
    trees(),
    st.sampled_from(GROUP_KEYS),
    st.sampled_from(("int(user.country) > 1", 'user.country != "PT"', "user.mail == null")),
)
def test_looking_at_the_suspects_alone_changes_no_answer(
    tree: Declared, group: str, condition: str
) -> None:
    of, other = GroupKey(group), GroupKey(GROUP_KEYS[0])
    assertions: tuple[Assertion, ...] = (
        EveryMember(of, condition, HERE),
        NoMember(of, condition, HERE),
        MemberCount(of, 1, 2, HERE),
        Disjoint(of, other, HERE),
        *(MemberOf(UserKey(user), of, None, HERE) for user in USER_KEYS),
        *(HasAccount(UserKey(user), True, HERE) for user in USER_KEYS),
    )
    tree = crowded(tree)
    grounds = grounds_of(tree)
    knows_everybody = Judge(AtTarget(grounds, desire_from(grounds)), Results(tree, NOW))
    for assertion in assertions:
        holds = knows_everybody.answer(assertion) is None
        assert (found(tree, assertion, target="app") == []) is holds


def test_an_assertion_mentions_whatever_must_be_declared() -> None:
    inner = GroupKey("inner")
    assert [
        mentions(each)
        for each in (
            MemberOf(E1, OPS, Inside(inner), HERE),
            MemberOf(E1, OPS, Way.RULE, HERE),
            NotMemberOf(E1, OPS, HERE),
            HasAccount(E1, True, HERE),
            MemberCount(OPS, 1, None, HERE),
            EveryMember(OPS, STAFF, HERE),
            NoMember(OPS, STAFF, HERE),
            Disjoint(OPS, AUDIT, HERE),
        )
    ] == [
        Mentions((E1,), (OPS, inner)),
        Mentions((E1,), (OPS,)),
        Mentions((E1,), (OPS,)),
        Mentions((E1,)),
        Mentions(groups=(OPS,)),
        Mentions(groups=(OPS,), condition=STAFF),
        Mentions(groups=(OPS,), condition=STAFF),
        Mentions(groups=(OPS, AUDIT)),
    ]
