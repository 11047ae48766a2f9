"""Who is in which group, in Git and live, and by which line; and why somebody stays."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reconciler.desired.truth import Truth
from reconciler.model.declared import MembershipMode
from reconciler.model.desired import Reason
from reconciler.model.diagnostic import Position
from reconciler.model.identity import Kind, Subject
from reconciler.model.period import Period
from reconciler.model.profile import RFC7644, Nesting
from reconciler.model.scoping import Operator
from reconciler.model.target import Ability, Deprovision, Manage, OwnedWhen, Removal, Scope
from reconciler.plan.explain.members import Move, Part, Presence
from tests.unit.desired.builders_desired import (
    FUTURE,
    GROUP_NAME,
    GROUPS_AT,
    TARGET_AT,
    USER_NAME,
    USERS_AT,
    a_clause,
    a_filter,
    a_group,
    a_handling,
    a_mapping,
    a_target,
    a_tree,
    a_user,
    an_assignment,
    an_entry,
    constant,
    dated,
    direct,
    expression,
)
from tests.unit.plan.builders_plan import holding, live_group, live_user
from tests.unit.plan.explain.builders_explain import OPS, explained, story

YES, NO, UNKNOWN = Truth.TRUE, Truth.FALSE, Truth.UNDETERMINED
LIVE, ABSENT, UNREAD = Presence.YES, Presence.NO, Presence.UNKNOWN
NATIVE = replace(RFC7644, nesting=Nesting.NATIVE)


def at(line: int) -> Position:
    return Position("groups.yaml", line)


def test_a_persons_groups_are_those_of_git_and_those_that_are_live() -> None:
    tree = a_tree(
        users=[a_user("ada"), a_user("bo")],
        groups=[
            a_group("listed", users=["ada"]),
            a_group("nesting", groups=["listed"]),
            a_group("others", users=["bo"]),
            a_group("stale"),
        ],
    )
    actual = holding(
        live_user("u-ada"),
        live_user("u-bo"),
        live_group("g-1", "u-ada", name="listed"),
        live_group("g-4", "u-ada", name="stale"),
        live_group("g-9", "u-ada", name="by hand"),
        live_group("g-8", "u-bo", name="not hers"),
    )
    found = explained(tree, actual)
    assert story(found) == [
        ("listed", "ada", YES, LIVE, Move.NONE, None),
        ("nesting", "ada", YES, ABSENT, Move.ADDED, None),
        ("stale", "ada", NO, LIVE, Move.REMOVED, None),
        ("id:g-9", "ada", NO, LIVE, Move.NONE, None),
    ]
    assert [m.belonging.why for m in found.memberships] == [
        Reason("listed in listed", at(20)),
        Reason("listed in listed, which is inside nesting", at(20)),
        Reason("Git does not have it", GROUPS_AT),
        Reason("no manifest declares this group"),
    ]
    assert [m.belonging.declared for m in found.memberships] == [
        Reason("listed in listed", at(20)),
        Reason("listed in listed, which is inside nesting", at(20)),
        None,
        None,
    ]
    assert (found.memberships[0].group, found.memberships[3].group, found.mode) == (
        Part("listed", "listed"),
        Part("id:g-9", "by hand"),
        None,
    )


def test_a_group_that_is_deleted_loses_its_members() -> None:
    handling = replace(
        a_handling(mapping="groups"), deprovision=Deprovision(removed=Removal.DELETE)
    )
    tree = a_tree(users=[a_user("ada")], target=a_target(groups=handling))
    actual = holding(live_user("u-ada"), live_group("g-1", "u-ada", name="ops"))
    assert story(explained(tree, actual)) == [("id:g-1", "ada", NO, LIVE, Move.REMOVED, None)]


def test_whoever_is_not_live_is_in_no_live_group() -> None:
    tree = a_tree(users=[a_user("ada")], groups=[a_group("ops", users=["ada"])])
    actual = holding(live_group("g-1", "u-7", name="ops"), live_group("g-2", "u-7", name="x"))
    assert story(explained(tree, actual)) == [("ops", "ada", YES, ABSENT, Move.ADDED, None)]


@pytest.mark.parametrize(
    ("groups_gap", "unread"), [("page 2 failed", None), (None, "too large an answer")]
)
def test_what_was_not_read_is_not_known(groups_gap: str | None, unread: str | None) -> None:
    tree = a_tree(users=[a_user("ada")], groups=[a_group("ops", users=["ada"])])
    groups = [] if groups_gap else [live_group("g-1", name="ops", unread=unread)]
    actual = holding(live_user("u-ada"), *groups, groups_gap=groups_gap)
    expected = [("ops", "ada", YES, UNREAD, Move.NONE, None)]
    assert story(explained(tree, actual)) == expected
    assert story(explained(tree, actual, OPS)) == expected
    assert story(explained(tree)) == expected
    assert story(explained(tree, None, OPS)) == expected


def test_a_member_of_git_who_is_not_at_the_target_is_told_why() -> None:
    tree = a_tree(
        users=[a_user("ada", accountEnabled=False)], groups=[a_group("ops", users=["ada"])]
    )
    (found,) = explained(tree, holding()).memberships
    assert (found.belonging.declared, found.belonging.wanted, found.belonging.why) == (
        Reason("listed in ops", at(20)),
        NO,
        Reason("ada is not at app: accountEnabled is false", Position("users.yaml", 11, 5)),
    )


def test_a_group_that_does_not_go_to_the_target_has_no_members_there() -> None:
    tree = a_tree(
        users=[a_user("ada")],
        groups=[a_group("ops", users=["ada"])],
        assignments=[an_assignment(users=["ada"])],
        target=a_target(scope=Scope.ASSIGNED),
    )
    actual = holding(live_user("u-ada"), live_group("g-1", "u-ada", name="ops"))
    (mine,), (ops,) = explained(tree, actual).memberships, explained(tree, actual, OPS).memberships
    assert mine == ops
    assert mine.belonging.why == Reason(
        "ops is not at app: no assignment to app reaches ops", GROUPS_AT
    )
    assert (mine.live, mine.move, mine.stays) == (LIVE, Move.NONE, None)


def test_a_group_that_cannot_be_decided_decides_about_nobody() -> None:
    pattern = a_clause("displayName", Operator.REGEX_MATCH, "(", 6)
    tree = a_tree(
        users=[a_user("ada")],
        groups=[a_group("ops", users=["ada"])],
        filters=[a_filter(an_entry(pattern), kind=Kind.GROUP)],
        target=a_target(groups=a_handling(mapping="groups", filter="people")),
    )
    (found,) = explained(tree, subject=OPS).memberships
    assert found.belonging.wanted is UNKNOWN
    assert found.belonging.why.text.startswith("whether ops belongs to app is not known: ")


def test_a_target_that_does_not_write_members_wants_none() -> None:
    tree = a_tree(
        users=[a_user("ada")],
        groups=[a_group("ops", users=["ada"])],
        group_mapping=a_mapping(GROUP_NAME, kind=Kind.GROUP),
    )
    actual = holding(live_user("u-ada"), live_user("u-b"), live_group("g-1", "u-b", name="ops"))
    found = explained(tree, actual, OPS)
    unwritten = Reason("app does not write the members of groups", TARGET_AT)
    assert [(m.member.key, m.belonging.wanted, m.belonging.why) for m in found.memberships] == [
        ("ada", NO, unwritten),
        ("id:u-b", NO, unwritten),
    ]


def test_a_rule_that_fails_for_somebody_leaves_their_membership_undetermined() -> None:
    rule = 'user.department > "x"'
    tree = a_tree(
        users=[a_user("ada"), a_user("bo", department="y")],
        groups=[a_group("inner", rule=rule), a_group("ops", groups=["inner"])],
    )
    actual = holding(live_user("u-ada"), live_user("u-bo"), live_group("g-1", "u-ada", name="ops"))
    found = explained(tree, actual)
    assert story(found) == [
        ("inner", "ada", UNKNOWN, ABSENT, Move.NONE, None),
        ("ops", "ada", UNKNOWN, LIVE, Move.NONE, None),
    ]
    for membership in found.memberships:
        assert membership.belonging.declared is None
        assert membership.belonging.why.text.startswith("memberRule of inner failed for ada: ")
        assert membership.belonging.why.at == at(60)


def test_whose_own_standing_is_undetermined_keeps_their_membership() -> None:
    tree = a_tree(
        users=[a_user("ada", surname="x")],
        groups=[a_group("ops", users=["ada"])],
        user_mapping=a_mapping(USER_NAME, direct("active", "surname", line=12)),
    )
    actual = holding(live_user("u-ada"), live_group("g-1", "u-ada", name="ops"))
    (found,) = explained(tree, actual, OPS).memberships
    assert (found.belonging.declared, found.belonging.wanted, found.belonging.why.at) == (
        Reason("listed in ops", at(20)),
        UNKNOWN,
        Position("mappings.yaml", 12),
    )


def test_a_groups_members_are_those_of_git_first_then_live_ones() -> None:
    tree = a_tree(
        users=[a_user("ada"), a_user("bo"), a_user("cy")],
        groups=[a_group("ops", users=["bo", "ada"])],
    )
    actual = holding(
        live_user("u-ada"),
        live_user("u-bo"),
        live_user("u-cy"),
        live_user("u-9", "stray", displayName="Stray"),
        live_group("g-1", "u-ada", "u-cy", "u-9", name="ops"),
    )
    found = explained(tree, actual, OPS)
    assert story(found) == [
        ("ops", "ada", YES, LIVE, Move.NONE, None),
        ("ops", "bo", YES, ABSENT, Move.ADDED, None),
        ("ops", "cy", NO, LIVE, Move.REMOVED, None),
        ("ops", "id:u-9", NO, LIVE, Move.REMOVED, None),
    ]
    assert [m.member.name for m in found.memberships] == [
        "ada@zone.example",
        "bo@zone.example",
        "cy@zone.example",
        "Stray",
    ]
    assert found.mode is MembershipMode.AUTHORITATIVE


STRAY = live_user("u-9", "stray")


def test_additive_membership_says_why_somebody_stays() -> None:
    tree = a_tree(groups=[a_group("ops", membership=MembershipMode.ADDITIVE)])
    actual = holding(STRAY, live_group("g-1", "u-9", name="ops"))
    assert story(explained(tree, actual, OPS)) == [
        ("ops", "id:u-9", NO, LIVE, Move.NONE, "additive membership removes nobody")
    ]


def test_a_member_who_is_not_ours_stays() -> None:
    rule = OwnedWhen('resource.title == "ours"', TARGET_AT)
    tree = a_tree(groups=[a_group("ops")], target=a_target(users=a_handling(ownership=rule)))
    actual = holding(STRAY, live_group("g-1", "u-9", name="ops"))
    assert story(explained(tree, actual, OPS)) == [
        ("ops", "id:u-9", NO, LIVE, Move.NONE, "it is not ours to remove")
    ]


def test_a_member_in_a_conflict_stays() -> None:
    tree = a_tree(
        users=[a_user("ada", mail="stray")],
        groups=[a_group("ops")],
        user_mapping=a_mapping(USER_NAME, direct("nickName", "mail", match=2)),
    )
    actual = holding(
        live_user("u-ada"),
        live_user("u-9", "x", nickName="stray"),
        live_group("g-1", "u-9", name="ops"),
    )
    assert story(explained(tree, actual, OPS)) == [
        ("ops", "id:u-9", NO, LIVE, Move.NONE, "who is in a conflict is left alone")
    ]


def test_a_note_about_the_group_says_why_somebody_stays() -> None:
    handling = replace(a_handling(mapping="groups"), abilities=frozenset({Ability.CREATE}))
    tree = a_tree(groups=[a_group("ops")], target=a_target(groups=handling))
    actual = holding(STRAY, live_group("g-1", "u-9", name="ops"))
    assert story(explained(tree, actual, OPS)) == [
        (
            "ops",
            "id:u-9",
            NO,
            LIVE,
            Move.NONE,
            "would remove id:u-9, but the target's actions have no update",
        )
    ]


def test_a_member_who_may_be_somebody_else_stays_while_a_name_is_in_conflict() -> None:
    """The live holder of a name that a joiner needs is spared until that is settled."""
    tree = a_tree(
        users=[a_user("ada", mail="ada@zone.example")],
        groups=[a_group("ops")],
        user_mapping=a_mapping(constant("userName", "stray"), direct("nickName", "mail", match=1)),
    )
    actual = holding(STRAY, live_group("g-1", "u-9", name="ops"))
    found = explained(tree, actual, OPS)
    assert story(found) == [
        ("ops", "id:u-9", NO, LIVE, Move.NONE, "something about it is still open")
    ]


def test_where_groups_are_members_the_people_inside_are_not() -> None:
    tree = a_tree(
        users=[a_user("ada"), a_user("bo")],
        groups=[
            a_group("inner", users=["ada"]),
            a_group("later"),
            a_group(
                "ops",
                users=["bo"],
                groups=["inner"],
                dated=[dated("later", Period(ends=FUTURE), Kind.GROUP)],
            ),
        ],
    )
    actual = holding(
        live_user("u-ada"), live_user("u-bo"), live_group("g-2", "u-ada", name="inner"),
        live_group("g-1", "u-bo", "g-2", name="ops"),
    )  # fmt: skip
    found = explained(tree, actual, OPS, profile=NATIVE)
    assert story(found) == [
        ("ops", "bo", YES, LIVE, Move.NONE, None),
        ("ops", "group:inner", YES, LIVE, Move.NONE, None),
        ("ops", "group:later", YES, ABSENT, Move.ADDED, None),
    ]
    assert [m.belonging.why for m in found.memberships] == [
        Reason("listed in ops", at(20)),
        Reason("listed in ops", at(40)),
        Reason("listed in ops", at(80)),
    ]
    hers = explained(tree, actual, profile=NATIVE).memberships
    assert [(m.group.key, m.belonging.wanted, m.belonging.why.text) for m in hers] == [
        ("inner", YES, "listed in inner"),
        (
            "ops",
            NO,
            "a group inside it brings them, and the provider takes that group as a member",
        ),
    ]


@pytest.mark.parametrize(
    ("inner", "members", "wanted", "why"),
    [
        (
            "ZPA",
            True,
            YES,
            "listed in ops",
        ),
        (
            "no",
            True,
            NO,
            "inner is not at app: fails filter people "
            '("staff": displayName REGEX MATCH "^(ZPA|ops)" does not hold)',
        ),
        ("ZPA", False, NO, "app does not write the members of groups"),
    ],
)
def test_a_group_inside_a_group_has_to_be_at_the_target_as_well(
    inner: str, members: bool, wanted: Truth, why: str
) -> None:
    clause = a_clause("displayName", Operator.REGEX_MATCH, "^(ZPA|ops)", 6)
    rules = (GROUP_NAME, direct("members", "members")) if members else (GROUP_NAME,)
    tree = a_tree(
        groups=[a_group("inner", displayName=inner), a_group("ops", groups=["inner"])],
        filters=[a_filter(an_entry(clause), kind=Kind.GROUP)],
        group_mapping=a_mapping(*rules, kind=Kind.GROUP),
        target=a_target(groups=a_handling(mapping="groups", filter="people")),
    )
    (found,) = explained(tree, None, OPS, profile=NATIVE).memberships
    assert (found.belonging.wanted, found.belonging.why.text) == (wanted, why)


def test_a_group_inside_a_group_that_cannot_be_decided_keeps_its_place() -> None:
    tree = a_tree(
        groups=[
            a_group("inner", description="x"),
            a_group("ops", groups=["inner"], description="dup"),
        ],
        group_mapping=a_mapping(
            GROUP_NAME,
            direct("members", "members"),
            expression("externalId", 'IIF([description]="x", NumFromDate("x"), "y")'),
            kind=Kind.GROUP,
        ),
    )
    (found,) = explained(tree, None, OPS, profile=NATIVE).memberships
    assert (found.member.key, found.belonging.wanted) == ("group:inner", UNKNOWN)


def test_people_who_are_only_looked_up_are_members_all_the_same() -> None:
    tree = a_tree(
        users=[a_user("ada")],
        groups=[a_group("ops", users=["ada"])],
        target=a_target(users=a_handling(manage=Manage.LOOKUP)),
    )
    actual = holding(live_user("u-ada"), live_group("g-1", name="ops"))
    assert story(explained(tree, actual)) == [("ops", "ada", YES, ABSENT, Move.ADDED, None)]
    assert explained(tree, actual, Subject(Kind.GROUP, "ops")).memberships == (
        explained(tree, actual).memberships
    )


def test_somebody_in_no_group_has_no_memberships() -> None:
    found = explained(a_tree(users=[a_user("ada")], groups=[a_group("ops")]), holding())
    assert (found.at, found.name, found.memberships) == (USERS_AT, "ada@zone.example", ())
