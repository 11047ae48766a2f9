"""What holds of every run: random plans, random providers, random faults; and kills everywhere."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.apply.run import FINE
from reconciler.model.change import (
    AddMembers,
    Change,
    Create,
    Deactivate,
    Delete,
    RemoveMembers,
    Step,
    Update,
)
from reconciler.model.identity import Kind, ResourceId
from reconciler.model.outcome import Outcome, Status
from reconciler.model.path import Json
from reconciler.model.plan import Plan
from reconciler.model.profile import MembersIn, Profile
from reconciler.model.resource import Resource
from tests.builders import a_create, a_deactivation, a_deletion, a_removal, an_addition, an_update
from tests.fakes.target import FakeTarget, Fault, a_live_group, a_person
from tests.unit.apply.builders_apply import (
    FEW,
    MANY,
    PLAIN,
    Heard,
    MemoryLedger,
    carry_out,
    create_group,
    delete_user,
    the_plan,
)

PROFILES = [
    replace(
        PLAIN, connections=connections, etags=etags, members_in=members_in, bulk_operations=bulk
    )
    for bulk in (None, 2)
    for connections in (1, 4)
    for etags in (False, True)
    for members_in in (MembersIn.LIST, MembersIn.RESOURCE)
]

# A provider that says "not found" of what is there lies; against that there is no truth to tell.
FAULTS = [f for f in Fault if f not in {Fault.KILLED, Fault.KILLED_AFTER, Fault.NOT_FOUND}]


@dataclass(frozen=True)
class World:
    """A plan, and the live state that it was made for."""

    plan: Plan
    live: tuple[Resource, ...]
    profile: Profile

    def target(self) -> FakeTarget:
        return FakeTarget(self.profile).holds(*self.live)


def _person_change(key: str, action: str) -> Change | None:
    match action:
        case "create":
            return a_create(key, userName=key, title="Lead")
        case "create with a freed name":
            return a_create(key, userName="freed", title="Lead")
        case "update":
            return an_update(key)
        case "rename away":
            change = an_update(key, "userName", "freed", f"{key}-renamed")
            return replace(change, step=Step.FREE)
        case "deactivate":
            return a_deactivation(key)
        case "delete":
            return delete_user(key)
        case _:
            return None


def _live_person(key: str, action: str) -> Resource | None:
    if action.startswith("create"):
        return None
    if action == "rename away":
        return a_person(key, userName="freed", title="Lead")
    return a_person(key, title="Lead")


@st.composite
def worlds(draw: st.DrawFn) -> World:
    keys = [f"e{n}" for n in range(6)]
    plain = st.sampled_from(["create", "update", "deactivate", "delete", "stay"])
    acts = {key: draw(plain) for key in keys[2:]}
    both = draw(st.booleans())
    acts["e0"] = "rename away" if both else "stay"
    acts["e1"] = "create with a freed name" if both else "stay"
    changes = [change for key in keys if (change := _person_change(key, acts[key])) is not None]
    live = [person for key in keys if (person := _live_person(key, acts[key])) is not None]
    lives = [key for key in keys if not acts[key].startswith("create")]
    stays = [key for key in keys if acts[key] != "delete"]
    for group in ("g0", "g1", "g2"):
        members = draw(st.lists(st.sampled_from(lives), unique=True))
        joining = [
            k for k in draw(st.lists(st.sampled_from(stays), unique=True)) if k not in members
        ]
        leaving = draw(st.lists(st.sampled_from(members), unique=True)) if members else []
        fate = draw(st.sampled_from(["change", "create", "delete"]))
        if fate == "create":
            changes.append(create_group(group))
            if joining:
                changes.append(replace(an_addition(group, sorted(joining)), id=None))
            continue
        live.append(a_live_group(group, members))
        if fate == "delete":
            seen = create_group(group).values
            changes.append(replace(a_deletion(group, sorted(members)), seen=seen))
            continue
        if joining:
            changes.append(an_addition(group, sorted(joining)))
        if leaving:
            changes.append(a_removal(group, sorted(leaving)))
    profile = draw(st.sampled_from(PROFILES))
    population = draw(st.sampled_from([FEW, MANY]))
    plan = the_plan(*changes, profile=profile, population=population)
    return World(plan, tuple(live), profile)


def faults(share: int) -> st.SearchStrategy[dict[int, Fault]]:
    return st.dictionaries(st.integers(1, 25), st.sampled_from(FAULTS), max_size=share)


def step_of(sent: Sequence[object], plan: Plan, made: Mapping[str, str]) -> Step:
    """Whose request this was."""
    method, what, *rest = sent
    for change in plan.changes:
        live = change.id or made.get(str(change.subject))
        match change, method:
            case (Create(), "create") if change.kind is what:
                if rest == [{v.path: v.value for v in change.values}]:
                    return change.step
            case (AddMembers(), "add") | (RemoveMembers(), "remove") if live == what:
                return change.step
            case (Delete(), "delete") if [change.kind, live] == [what, rest[0]]:
                return change.step
            case (Deactivate(), "update") if live == rest[0] and rest[1] == {"active": False}:
                return change.step
            case (Update(), "update") if live == rest[0] and rest[1] != {"active": False}:
                return change.step
            case _:
                pass
    raise AssertionError(sent)


def apart(sent: tuple[Any, ...]) -> Sequence[tuple[Any, ...]]:
    """Each of what was sent together, as if it had been alone."""
    return sent[1:] if sent[0] == "bulk" else [sent]


def in_effect(
    change: Change, outcome: Outcome, target: FakeTarget, made: Mapping[str, str]
) -> bool:
    """Whether the provider holds what the change wants."""
    whom = change.id or outcome.id
    live = target.state.get((change.kind, whom)) if whom is not None else None
    match change:
        case Create():
            wanted = {v.path.lower(): v.value for v in change.values}
            return live is not None and wanted.items() <= live.data.items()
        case Update():
            part = change.changes[0]
            return live is not None and live.data.get(part.path.lower()) == part.after
        case Deactivate():
            return live is not None and live.data["active"] is False
        case Delete():
            return live is None
        case AddMembers(members=members) | RemoveMembers(members=members):
            assert live is not None and isinstance(live.members, frozenset)
            ids = {made.get(f"user:{key}", f"id-{key}") for key in members}
            # An account that is deleted later in the same plan takes its memberships along.
            ids = {one for one in ids if (Kind.USER, one) in target.state}
            inside = ids & live.members
            return inside == ids if isinstance(change, AddMembers) else not inside
        case _:
            raise AssertionError(change)


@settings(max_examples=300, deadline=None)
@given(world=worlds(), writes=faults(4), reads=faults(2), yields=st.booleans(), data=st.data())
def test_every_change_ends_once_truthfully_and_in_order(
    world: World,
    writes: dict[int, Fault],
    reads: dict[int, Fault],
    yields: bool,
    data: st.DataObject,
) -> None:
    late = data.draw(st.sampled_from([0.0, 5.0]))
    profile = replace(world.profile, visible_within=late * 2)
    target = FakeTarget(
        profile, write_faults=writes, read_faults=reads, yields=yields, shows_after=late
    ).holds(*world.live)
    ledger, heard = MemoryLedger(), Heard()
    outcomes = carry_out(world.plan, target, ledger=ledger, progress=heard).outcomes
    hashes = [change.hash for change in world.plan.changes]
    made = {str(o.subject): o.id for o in outcomes if o.action == "create" and o.id is not None}

    # Exactly one outcome per change, told once, recorded once.
    assert [outcome.hash for outcome in outcomes] == hashes
    assert sorted(outcome.hash for outcome in heard.outcomes) == sorted(hashes)
    assert sorted(result.hash for result in ledger.results) == sorted(hashes)

    # In the order of the steps.
    made_by_name = dict(made)
    for change in world.plan.changes:
        if isinstance(change, Create) and str(change.subject) not in made_by_name:
            made_by_name |= {
                str(change.subject): r.id
                for r in target.state.values()
                if r.kind is change.kind
                and {v.path.lower(): v.value for v in change.values}.items() <= r.data.items()
            }
    steps = [
        [step_of(one, world.plan, made_by_name) for one in apart(sent)] for sent in target.sent
    ]
    assert all(len(set(together)) == 1 for together in steps)
    assert steps == sorted(steps, key=lambda together: together[0])

    # Nothing is sent again after it took effect.
    for position, effect in target.took_effect:
        assert effect not in [one for sent in target.sent[position + 1 :] for one in apart(sent)]

    # What is called done is done; what is called skipped has not happened by this run.
    for change, outcome in zip(world.plan.changes, outcomes, strict=True):
        if outcome.status in FINE:
            assert in_effect(change, outcome, target, made)
    skipped = {o.subject for o in outcomes if o.status is Status.SKIPPED}
    lonely = [s for s, n in Counter(o.subject for o in outcomes).items() if n == 1 and s in skipped]
    effects = [effect for _, effect in target.took_effect]
    touched = {str(sent[2]) for sent in effects if sent[0] in {"update", "delete"}}
    touched |= {str(sent[1]) for sent in effects if sent[0] in {"add", "remove"}}
    assert touched.isdisjoint(f"id-{subject.key}" for subject in lonely)


def people_and_groups(target: FakeTarget) -> tuple[dict[str, Json], dict[str, Json]]:
    """The state without ids: nothing may hide a double."""
    names = {r.id: str(r.data["username"]) for r in target.state.values() if r.kind is Kind.USER}
    assert len(set(names.values())) == len(names)
    people: dict[str, Json] = {
        names[r.id]: dict(r.data) for r in target.state.values() if r.kind is Kind.USER
    }
    groups: dict[str, Json] = {}
    for resource in target.state.values():
        if resource.kind is Kind.GROUP:
            assert isinstance(resource.members, frozenset)
            name = str(resource.data["displayname"])
            assert name not in groups
            groups[name] = tuple(sorted(names.get(one, one) for one in resource.members))
    return people, groups


def broken_off(world: World, at: int, fault: Fault) -> FakeTarget:
    """The provider after a run that was killed at its write number `at`."""
    ledger = MemoryLedger()
    target = FakeTarget(world.profile, write_faults={at: fault}).holds(*world.live)

    def look() -> None:
        ledger.dead = ledger.dead or len(target.sent) + 1 == at

    target.on_write = look
    with pytest.raises(BaseExceptionGroup):
        carry_out(world.plan, target, ledger=ledger)
    assert ledger.dead
    return target.healed()


@settings(max_examples=60, deadline=None)
@given(world=worlds())
def test_broken_off_at_any_write_the_next_run_of_the_plan_finishes_it(world: World) -> None:
    whole = world.target()
    assert {o.status for o in carry_out(world.plan, whole).outcomes} <= FINE
    for at in range(1, len(whole.sent) + 1):
        for fault in (Fault.KILLED, Fault.KILLED_AFTER):
            again = broken_off(world, at, fault)
            outcomes = carry_out(world.plan, again).outcomes
            assert {outcome.status for outcome in outcomes} <= FINE
            assert people_and_groups(again) == people_and_groups(whole)
            third = again.healed()
            assert {o.status for o in carry_out(world.plan, third).outcomes} <= {
                Status.ALREADY_APPLIED
            }
            assert third.sent == []


MEDDLING: dict[str, Callable[[FakeTarget, Resource], object]] = {
    "deletes": lambda target, one: target.loses(one.kind, one.id),
    "writes": lambda target, one: target.holds(
        replace(one, data={**one.data, "title": "Chief", "active": True}, version="7")
    ),
    "empties": lambda target, one: target.holds(
        replace(one, members=None if one.members is None else frozenset[ResourceId]())
    ),
}


@settings(max_examples=150, deadline=None)
@given(
    world=worlds(),
    when=st.integers(1, 8),
    who=st.integers(0, 99),
    how=st.sampled_from(sorted(MEDDLING)),
    writes=faults(2),
)
def test_a_second_writer_never_makes_an_outcome_go_missing(
    world: World, when: int, who: int, how: str, writes: dict[int, Fault]
) -> None:
    target = world.target()
    target.write_faults = writes

    def meddle(target: FakeTarget) -> None:
        present = sorted(target.state.values(), key=lambda r: (r.kind, r.id))
        if present:
            MEDDLING[how](target, present[who % len(present)])

    target.meanwhile = {when: meddle}
    outcomes = carry_out(world.plan, target).outcomes
    assert [o.hash for o in outcomes] == [change.hash for change in world.plan.changes]


def _names(world: World) -> Iterator[str]:
    yield from (change.action for change in world.plan.changes)


def test_the_random_worlds_have_everything_in_them() -> None:
    seen: set[str] = set()

    @settings(max_examples=100, database=None, derandomize=True)
    @given(worlds())
    def look(world: World) -> None:
        seen.update(_names(world))

    look()
    assert seen == {
        "create",
        "update",
        "deactivate",
        "delete",
        "addMembers",
        "removeMembers",
    }
