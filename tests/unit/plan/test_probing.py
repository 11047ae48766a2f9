"""Where a provider shows no members: who is asked for, and what follows from the answers."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reconciler.model.change import AddMembers, Delete, RemoveMembers
from reconciler.model.declared import MembershipMode
from reconciler.model.desired import Cause, DesiredGroup, DesiredUser
from reconciler.model.dialect import MemberRemoval
from reconciler.model.identity import ResourceId
from reconciler.model.ledger import Memory
from reconciler.model.plan import Plan
from reconciler.model.profile import RFC7644, MembersIn
from reconciler.model.resource import Probed, Unread, known_members
from reconciler.model.target import Ability, Target
from reconciler.plan.explain.members import Presence, presence
from reconciler.plan.probing import to_ask, witnesses_of
from tests.unit.plan.builders_plan import (
    DELETE_GROUPS,
    LOOKUP,
    NOTHING_KNOWN,
    a_group,
    a_handling,
    a_person,
    a_target,
    excluded,
    holding,
    live_group,
    live_user,
    message,
    plan_of,
    scene_of,
    wanting,
)

PROBED = replace(RFC7644, members_in=MembersIn.PROBED)
PEOPLE = [a_person("ada"), a_person("bob"), a_person("cyd")]
LIVE = [live_user("u-ada"), live_user("u-bob"), live_user("u-cyd")]
OPS = ResourceId("g-ops")


def ours(*members: str) -> Memory:
    return Memory(joined={OPS: frozenset(map(ResourceId, members))})


def asked(
    *subjects: DesiredUser | DesiredGroup,
    memory: Memory | None = None,
    target: Target | None = None,
) -> dict[str, set[str]]:
    scene = scene_of(
        wanting(*subjects),
        holding(*LIVE, live_group("g-ops", unread="nobody asked")),
        target=target,
        profile=PROBED,
        memory=memory or NOTHING_KNOWN,
    )
    return {group: set(members) for group, members in to_ask(scene).items()}


def test_who_is_declared_is_asked_for_and_who_is_ours() -> None:
    group = a_group("ops", "ada", "nobody-yet", nested=["net"])
    assert asked(*PEOPLE, group) == {"g-ops": {"u-ada"}}
    memory = ours("u-bob", "u-gone")
    assert asked(*PEOPLE, group, memory=memory) == {"g-ops": {"u-ada", "u-bob"}}


@pytest.mark.parametrize(
    "group",
    [
        a_group("ops", members_managed=False),
        a_group("ops", standing=excluded()),
        a_group("net", "ada"),
        a_group("ops", membership=MembershipMode.ADDITIVE),
    ],
    ids=["members not managed", "leaving", "not live", "additive"],
)
def test_nobody_is_asked_for_whom_no_plan_could_touch(group: DesiredGroup) -> None:
    assert asked(*PEOPLE, group, memory=ours("u-ada")) == {}


def test_nobody_is_asked_for_where_groups_are_only_looked_up() -> None:
    assert asked(*PEOPLE, a_group("ops", "ada"), target=a_target(groups=LOOKUP)) == {}


def planned(
    *held: str, absent: tuple[str, ...] = (), gap: str | None = None, profile: object = PROBED
) -> Plan:
    return plan_of(
        wanting(*PEOPLE, a_group("ops", "ada", "bob")),
        holding(*LIVE, live_group("g-ops", *held, absent=absent, gap=gap)),
        profile=profile,  # type: ignore[arg-type]  # a Profile
        memory=ours("u-cyd"),
    )


def test_who_is_absent_joins_and_who_is_ours_and_present_leaves() -> None:
    added, removed = planned("u-ada", "u-cyd", absent=("u-bob",)).changes
    assert isinstance(added, AddMembers)
    assert added.members == ("bob",)
    assert isinstance(removed, RemoveMembers)
    assert (removed.members, removed.held) == (("cyd",), 2)


def test_a_reading_that_asks_costs_a_request_each() -> None:
    plan = planned("u-ada", "u-bob", "u-cyd")
    assert plan.estimate.reading == 1 + 1 + 3
    # The group, the one who leaves and two who stay; all of them once more after the request.
    assert (plan.estimate.gets, plan.estimate.patches) == (1 + 3 + 3, 1)
    assert plan.gaps == ()


def test_who_did_not_get_an_answer_is_left_alone_and_the_plan_says_so() -> None:
    plan = planned("u-ada", absent=(), gap="a time-out")
    assert plan.changes == ()
    assert plan.gaps == ("members of group ops: a time-out",)
    assert "a time-out" in message(plan, "members-unread")


def test_a_list_that_would_have_to_be_replaced_is_left_alone() -> None:
    replacing = replace(PROBED, member_removal=MemberRemoval.REPLACE)
    plan = planned("u-ada", "u-bob", "u-cyd", profile=replacing)
    assert plan.changes == ()
    assert "nobody can see" in message(plan, "no-removal")


def test_a_group_is_never_emptied_of_those_whom_nobody_sees() -> None:
    plan = plan_of(
        wanting(*PEOPLE, a_group("ops")),
        holding(*LIVE, live_group("g-ops", "u-cyd", absent=())),
        profile=replace(PROBED, bare_remove=True),
        memory=ours("u-cyd"),
    )
    (removal,) = plan.changes
    assert isinstance(removal, RemoveMembers)
    assert removal.by == "each"


DELETING = a_target(groups=a_handling(deprovision=DELETE_GROUPS, mapping="groups"))
LEAVING = a_group("ops", standing=excluded(Cause.UNASSIGNED))
MADE = replace(ours("u-cyd", "u-gone"), made=frozenset({OPS}))


def leaving(
    memory: Memory, *held: str, absent: tuple[str, ...] = (), gap: str | None = None
) -> Plan:
    return plan_of(
        wanting(*PEOPLE, LEAVING),
        holding(*LIVE, live_group("g-ops", *held, absent=absent, gap=gap)),
        target=DELETING,
        profile=PROBED,
        memory=memory,
    )


def test_a_group_that_leaves_is_kept_for_those_whom_nobody_sees() -> None:
    for memory in (NOTHING_KNOWN, ours("u-cyd")):
        plan = leaving(memory, "u-cyd")
        assert plan.changes == ()
        assert "does not show who would lose it" in message(plan, "members-unseen")


@pytest.mark.parametrize(
    ("held", "absent", "members"), [(("u-cyd",), (), ("cyd",)), ((), ("u-cyd",), ())]
)
def test_a_group_that_we_have_made_goes_and_takes_those_along_who_are_known_to_be_in_it(
    held: tuple[str, ...], absent: tuple[str, ...], members: tuple[str, ...]
) -> None:
    (deletion,) = leaving(MADE, *held, absent=absent).changes
    assert isinstance(deletion, Delete)
    assert deletion.members == members
    assert "whoever else is in it" in (deletion.irreversible or "")


@pytest.mark.parametrize(("gap", "why"), [("a time-out", "a time-out"), (None, "nobody was asked")])
def test_a_group_stays_while_it_is_not_known_who_of_ours_is_in_it(
    gap: str | None, why: str
) -> None:
    plan = leaving(MADE, gap=gap)
    assert plan.changes == ()
    assert why in message(plan, "members-unseen")


def test_of_a_group_that_may_go_those_are_asked_for_whom_we_have_added() -> None:
    assert asked(*PEOPLE, LEAVING, memory=MADE, target=DELETING) == {"g-ops": {"u-cyd"}}
    assert asked(*PEOPLE, memory=MADE, target=DELETING) == {"g-ops": {"u-cyd"}}
    assert asked(*PEOPLE, LEAVING, memory=MADE) == {}
    no_deletions = replace(DELETING.groups, abilities=frozenset({Ability.UPDATE}))
    target = replace(DELETING, groups=no_deletions)
    assert asked(*PEOPLE, LEAVING, memory=MADE, target=target) == {}


def test_a_few_who_stay_are_named_as_witnesses() -> None:
    six = [a_person(f"p{n}") for n in range(6)]
    plan = plan_of(
        wanting(*six, a_group("ops", *(f"p{n}" for n in range(5)))),
        holding(
            *(live_user(f"u-p{n}") for n in range(6)),
            live_group("g-ops", *(f"u-p{n}" for n in range(6)), absent=()),
        ),
        profile=PROBED,
        memory=ours("u-p5"),
    )
    (removal,) = plan.changes
    assert isinstance(removal, RemoveMembers)
    assert plan.witnesses == {"g-ops": ("u-p0", "u-p1", "u-p2")}
    assert witnesses_of(removal) == 3
    assert planned("u-cyd", absent=("u-ada", "u-bob")).witnesses == {}


def test_who_is_no_member_any_more_is_not_ours_any_more_but_who_joins_again() -> None:
    def left(*joined: str) -> object:
        return plan_of(
            wanting(*PEOPLE, a_group("ops", "ada")),
            holding(*LIVE, live_group("g-ops", "u-bob", absent=("u-ada", "u-cyd"))),
            profile=PROBED,
            memory=ours(*joined),
        ).left

    assert left("u-ada", "u-bob", "u-cyd") == {"g-ops": ("u-cyd",)}
    assert left("u-ada", "u-bob") == {}


def test_of_those_alone_who_were_asked_for_it_is_known_whether_they_are_in_it() -> None:
    group = live_group("g-ops", "u-ada", absent=["u-bob"])
    people = [ResourceId(name) for name in ("u-ada", "u-bob", "u-cyd")]
    assert [presence(group, one) for one in people] == [Presence.YES, Presence.NO, Presence.UNKNOWN]


def test_who_is_known_to_be_a_member() -> None:
    ada, bob = ResourceId("ada"), ResourceId("bob")
    one = frozenset({ada})
    assert known_members(one) == known_members(Probed(one, frozenset({bob}))) == one
    assert known_members(Unread("why")) == known_members(None) == frozenset()
