"""Which changes a row brought: told by what it gave, and by whether it moved."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import pytest

from reconciler.model.change import AddMembers, Change, RemoveMembers
from reconciler.model.declared import DatedMember, Declared, Group, User
from reconciler.model.desired import Cause, Desired
from reconciler.model.feed import Row
from reconciler.model.identity import GroupKey, Kind, ResourceId, UserKey
from reconciler.model.ledger import Memory
from reconciler.model.mapping import Constant, Direct, Expression, MappingRule, ValueSource
from reconciler.model.path import parse_path
from reconciler.model.period import ALWAYS
from tests.unit.desired.test_feeds import a_feed
from tests.unit.plan.builders_plan import (
    HERE,
    NOTHING_KNOWN,
    a_declared,
    a_group,
    a_person,
    excluded,
    holding,
    live_group,
    live_user,
    plan_of,
    wanting,
)

GIVEN = frozenset({"userPrincipalName", "jobTitle", "accountEnabled", "until", "from"})
THEN = Memory(
    links={"user:ada": ResourceId("u-ada")},
    fingerprints={"user:ada": "f"},
    rows_of={"user:ada": "hr:then"},
)
SAME = replace(THEN, rows_of={"user:ada": "hr:now"})
UNKNOWN = replace(THEN, rows_of={})
TITLE_OF_ROW = Expression('Join("", [jobTitle])')


def ada(*, written: Iterable[str] = (), left: bool = False) -> User:
    """Somebody with a row; `written` are the attributes that a manifest gives over it."""
    over = frozenset(written)
    row = Row("hr", HERE, GIVEN - over, "now", left)
    attributes = dict.fromkeys(GIVEN - {"until", "from"}, "x")
    places = dict.fromkeys(over, (9, 9))
    return User(UserKey("ada"), dict(attributes), HERE, places=places, row=row)


def declaring(
    *users: User, groups: Iterable[Group] = (), title: ValueSource | None = TITLE_OF_ROW
) -> Declared:
    """These people and groups; `title` is where that attribute comes from, None: from nowhere."""
    declared = a_declared()
    mapping = declared.mappings["people"]
    others = tuple(rule for rule in mapping.rules if rule.target.text != "title")
    titled = () if title is None else (MappingRule(parse_path("title"), title, HERE),)
    return replace(
        declared,
        users={user.key: user for user in users},
        groups={group.key: group for group in groups},
        mappings={"people": replace(mapping, rules=(*others, *titled))},
        feeds={"hr": a_feed()},
    )


def the_change(*args: object, **kwargs: object) -> Change:
    (change,) = plan_of(*args, **kwargs).changes  # type: ignore[arg-type]  # passed through
    return change


def a_title(title: str = "Head") -> Desired:
    return wanting(a_person("ada", title=title))


LIVE = holding(live_user("u-ada", title="Lead"))


@pytest.mark.parametrize(
    ("memory", "written", "source", "brought"),
    [
        (THEN, (), TITLE_OF_ROW, True),
        (THEN, (), Direct("jobTitle"), True),
        (UNKNOWN, (), TITLE_OF_ROW, True),
        (NOTHING_KNOWN, (), TITLE_OF_ROW, True),
        (SAME, (), TITLE_OF_ROW, False),  # so the mapping did it
        (THEN, ("jobTitle",), TITLE_OF_ROW, False),
        (THEN, (), Constant("Head"), False),
        (THEN, (), Expression("Nonsense("), False),
        (THEN, (), None, False),
    ],
)
def test_an_update_is_a_rows_when_the_row_moved_and_gave_every_value(
    memory: Memory, written: tuple[str, ...], source: ValueSource | None, brought: bool
) -> None:
    declared = declaring(ada(written=written), title=source)
    change = the_change(a_title(), LIVE, declared=declared, memory=memory)
    assert change.sources == (("hr",) if brought else ())


@pytest.mark.parametrize(
    ("cause", "written", "left", "memory", "brought"),
    [
        (Cause.DISABLED, (), False, SAME, True),
        (Cause.DISABLED, ("accountEnabled",), False, SAME, False),
        (Cause.DISABLED, ("accountEnabled",), True, SAME, True),
        (Cause.ENDED, (), False, SAME, True),
        (Cause.ENDED, ("until",), False, SAME, False),
        (Cause.NOT_YET, (), False, SAME, True),
        (Cause.NOT_YET, ("from",), False, SAME, False),
        (Cause.OUT_OF_SCOPE, (), False, THEN, True),
        (Cause.UNASSIGNED, (), False, SAME, False),
        (Cause.NOT_ENTITLED, (), False, NOTHING_KNOWN, False),
        (Cause.HELD, (), True, THEN, False),
    ],
)
def test_a_leaving_is_a_rows_when_the_row_says_so(
    cause: Cause, written: tuple[str, ...], left: bool, memory: Memory, brought: bool
) -> None:
    declared = declaring(ada(written=written, left=left))
    desired = wanting(a_person("ada", excluded(cause)))
    change = the_change(desired, LIVE, declared=declared, memory=memory)
    assert change.sources == (("hr",) if brought else ())


def test_a_create_is_a_rows_when_the_person_stands_on_it() -> None:
    def sources(user: User) -> tuple[str, ...]:
        return the_change(wanting(a_person("ada")), holding(), declared=declaring(user)).sources

    assert sources(ada()) == ("hr",)
    assert sources(ada(written=("jobTitle",))) == ("hr",)
    assert sources(ada(written=("userPrincipalName",))) == ()
    assert sources(replace(ada(), row=None)) == ()


def test_whoever_has_no_row_any_more_left_by_it() -> None:
    gone = the_change(wanting(), LIVE, declared=declaring(), memory=THEN)
    assert (gone.key, gone.sources) == ("ada", ("hr",))
    unknown = the_change(wanting(), LIVE, declared=declaring(), memory=UNKNOWN)
    assert unknown.sources == ()


def test_somebody_comes_back_by_a_row_that_moved() -> None:
    switched_off = holding(live_user("u-ada", active=False))

    def sources(memory: Memory) -> tuple[str, ...]:
        desired = wanting(a_person("ada"))
        return the_change(desired, switched_off, declared=declaring(ada()), memory=memory).sources

    assert sources(THEN) == ("hr",)
    assert sources(SAME) == ()


def a_team(**kwargs: object) -> Group:
    return Group(GroupKey("ops"), {"displayName": "Ops"}, HERE, **kwargs)  # type: ignore[arg-type]  # passed through


INNER = Group(GroupKey("inner"), {"displayName": "Inner"}, HERE, users={UserKey("ada"): 3})


@pytest.mark.parametrize(
    ("memory", "groups", "brought"),
    [
        (THEN, (a_team(),), ("ada",)),
        (SAME, (a_team(),), ()),
        (THEN, (a_team(users={UserKey("ada"): 3}),), ()),
        (THEN, (a_team(dated=(DatedMember(Kind.USER, "ada", ALWAYS, HERE),)),), ()),
        (THEN, (a_team(groups={GroupKey("inner"): 4, GroupKey("ops"): 5}), INNER), ()),
        (THEN, (a_team(dated=(DatedMember(Kind.GROUP, "inner", ALWAYS, HERE),)), INNER), ()),
        (THEN, (), ("ada",)),
    ],
)
def test_a_member_joins_by_a_row_that_moved_and_no_line(
    memory: Memory, groups: tuple[Group, ...], brought: tuple[str, ...]
) -> None:
    desired = wanting(a_person("ada"), a_person("bob"), a_group("ops", "ada", "bob"))
    actual = holding(live_user("u-ada"), live_user("u-bob"), live_group("g-ops"))
    bob = User(UserKey("bob"), {}, HERE)
    change = the_change(
        desired, actual, declared=declaring(ada(), bob, groups=groups), memory=memory
    )
    assert isinstance(change, AddMembers)
    assert (change.members, change.brought) == (("ada", "bob"), brought)
    assert change.sources == (("hr",) if brought else ())


@pytest.mark.parametrize(("memory", "brought"), [(THEN, ("ada",)), (SAME, ()), (NOTHING_KNOWN, ())])
def test_a_member_leaves_by_a_row_that_moved(memory: Memory, brought: tuple[str, ...]) -> None:
    desired = wanting(a_person("ada"), a_group("ops"))
    actual = holding(live_user("u-ada"), live_group("g-ops", "u-ada"))
    change = the_change(desired, actual, declared=declaring(ada()), memory=memory)
    assert isinstance(change, RemoveMembers)
    assert change.brought == brought


def test_what_somebody_did_behind_gits_back_is_no_rows() -> None:
    desired = a_title()
    settled = plan_of(desired, holding(live_user("u-ada", title="Head"))).settled
    remembered = replace(THEN, fingerprints={"user:ada": settled[0].fingerprint})
    change = the_change(desired, LIVE, declared=declaring(ada()), memory=remembered)
    assert (change.cause, change.sources) == (Cause.DRIFT, ())


def test_a_member_who_joins_without_a_row_joins_by_git() -> None:
    desired = wanting(a_person("bob"), a_group("ops", "bob"))
    actual = holding(live_user("u-bob"), live_group("g-ops"))
    bob = User(UserKey("bob"), {}, HERE)
    change = the_change(desired, actual, declared=declaring(ada(), bob), memory=THEN)
    assert change.sources == ()


@pytest.mark.parametrize(("who", "brought"), [("eve", ()), ("ada", ("ada",))])
def test_a_member_whom_nobody_declares_leaves_by_the_row_that_went(
    who: str, brought: tuple[str, ...]
) -> None:
    desired = wanting(a_group("ops"))
    actual = holding(live_user(f"u-{who}"), live_group("g-ops", f"u-{who}"))
    plan = plan_of(desired, actual, declared=declaring(), memory=THEN)
    (removal,) = (change for change in plan.changes if isinstance(change, RemoveMembers))
    assert removal.brought == brought


def test_without_sources_nothing_is_theirs() -> None:
    change = the_change(a_title(), LIVE, memory=NOTHING_KNOWN)
    assert change.sources == ()
