"""Random small organisations, their live state, and what a provider makes of a plan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TypeVar, assert_never

from hypothesis import strategies as st

from reconciler.model.attributes import MANAGER
from reconciler.model.change import (
    AddMembers,
    Create,
    Deactivate,
    Delete,
    Reactivate,
    RemoveMembers,
    SetReferences,
    Update,
)
from reconciler.model.declared import MembershipMode
from reconciler.model.desired import Cause, Desired, DesiredGroup, DesiredUser, Standing
from reconciler.model.identity import Kind, ResourceId
from reconciler.model.ledger import Memory
from reconciler.model.path import ENTERPRISE_USER, Json, Value
from reconciler.model.plan import Plan
from reconciler.model.profile import RFC7644, ZPA, Profile
from reconciler.model.resource import Actual, Resource
from reconciler.model.target import (
    Deprovision,
    Exclusive,
    Manage,
    Marked,
    Ownership,
    Removal,
    Target,
)
from tests.builders import in_the_clear
from tests.unit.plan.builders_plan import (
    NOBODY_SAYS,
    PROVISIONED,
    UNDETERMINED,
    a_group,
    a_handling,
    a_person,
    a_target,
    address,
    excluded,
    holding,
    live_group,
    live_user,
    plan_of,
    wanting,
)

T = TypeVar("T")

# Few of everything, so that members overlap, and now and then names collide and marks meet.
KEYS = ("ada", "bob", "cyd", "dan")
GROUP_KEYS = ("net", "ops")
NAMES = tuple(address(key) for key in (*KEYS, "eve"))
GROUP_NAMES = ("Net", "Ops", "Past")
OBJECT_IDS = (None, "o-0", "o-1", "o-2", "o-3")
MARKS = ("reconciler:org/people/box:", "reconciler:org/other/box:")


@dataclass(frozen=True)
class Organisation:
    """Everything that a plan is made of."""

    desired: Desired
    actual: Actual
    target: Target
    profile: Profile
    memory: Memory

    def plan(self) -> Plan:
        return plan_of(
            self.desired,
            self.actual,
            target=self.target,
            profile=self.profile,
            memory=self.memory,
        )


def mostly(usual: T, *others: T) -> st.SearchStrategy[T]:
    """The usual value in three of four cases, one of the others in the fourth."""
    return st.sampled_from([usual] * 3 * len(others) + list(others))


STANDINGS: st.SearchStrategy[Standing] = mostly(
    PROVISIONED,
    UNDETERMINED,
    excluded(Cause.DISABLED),
    excluded(Cause.HELD, managed=True),
    excluded(Cause.ENDED),
    excluded(Cause.UNASSIGNED, managed=True),
)


@st.composite
def people(draw: st.DrawFn, key: str, *, with_ids: bool) -> DesiredUser:
    own = OBJECT_IDS[1 + KEYS.index(key)]
    return a_person(
        key,
        draw(STANDINGS),
        user_name=draw(mostly(address(key), *NAMES)),
        object_id=draw(mostly(own, *OBJECT_IDS)) if with_ids else None,
        title=draw(st.sampled_from([None, "Head", "Lead"])),
        manager=draw(mostly(NOBODY_SAYS, None, *KEYS)),
    )


@st.composite
def groups(draw: st.DrawFn, key: str) -> DesiredGroup:
    return a_group(
        key,
        *draw(st.sets(st.sampled_from(KEYS))),
        standing=draw(STANDINGS),
        name=draw(mostly(key.title(), *GROUP_NAMES)),
        formerly=draw(mostly((), ("Past",))),
        undetermined=draw(mostly((), ("ada",), ("eve",))),
        membership=draw(mostly(*MembershipMode)),
        adopt=draw(st.booleans()),
    )


@st.composite
def live_people(draw: st.DrawFn, number: int, prefix: str) -> Resource:
    return live_user(
        f"u-{number}",
        draw(mostly(NAMES[number], *NAMES)),
        externalId=draw(external(prefix, KEYS[number], OBJECT_IDS[1 + number])),
        active=draw(mostly(True, False, "True", None)),
        title=draw(st.sampled_from([None, "head", "Lead"])),
        **manager(draw(mostly(None, "u-0", "u-1", "u-gone"))),
    )


@st.composite
def live_groups(draw: st.DrawFn, number: int, prefix: str) -> Resource:
    key = (*GROUP_KEYS, "past")[number]
    return live_group(
        f"g-{number}",
        *draw(st.sets(st.sampled_from(["u-0", "u-1", "u-2", "u-3", "u-gone"]))),
        name=draw(mostly(key.title(), *GROUP_NAMES)),
        externalId=draw(external(prefix, key, None)),
        unread=draw(mostly(None, None, "timed out")),
    )


def external(prefix: str, key: str, identity: str | None) -> st.SearchStrategy[str | None]:
    """What stands where marks do: the own mark or identity, nothing, or somebody else's."""
    usual = f"{prefix}{key}" if prefix else identity
    return mostly(usual, None, identity, f"{MARKS[0]}gone", f"{MARKS[0]}{key}", f"{MARKS[1]}{key}")


OWNERSHIPS: st.SearchStrategy[Ownership] = st.one_of(st.just(Exclusive()), st.just(Marked()))
REMOVALS = st.sampled_from(Removal)
DEPROVISIONS = st.builds(Deprovision, REMOVALS, REMOVALS, REMOVALS, REMOVALS)


@st.composite
def organisations(draw: st.DrawFn) -> Organisation:
    """Any organisation, read completely but for some groups' members."""
    ownership = draw(OWNERSHIPS)
    of_groups = draw(OWNERSHIPS)
    users = a_handling(
        ownership,
        manage=draw(mostly(Manage.FULL, Manage.LOOKUP)),
        deprovision=draw(DEPROVISIONS),
    )
    target = a_target(
        users=users,
        groups=a_handling(
            of_groups,
            deprovision=draw(DEPROVISIONS),
            mapping="groups",
        ),
    )
    with_ids = isinstance(ownership, Exclusive) and draw(st.booleans())
    desired = wanting(
        *(
            draw(people(key, with_ids=with_ids))
            for key in draw(st.sets(st.sampled_from(KEYS), min_size=2))
        ),
        *(draw(groups(key)) for key in draw(st.sets(st.sampled_from(GROUP_KEYS)))),
    )
    actual = holding(
        *(draw(live_people(n, mark(ownership))) for n in range(draw(st.integers(0, 4)))),
        *(draw(live_groups(n, mark(of_groups))) for n in range(draw(st.integers(0, 3)))),
    )
    links = draw(
        st.dictionaries(
            st.sampled_from([f"user:{key}" for key in (*KEYS, "gone")]),
            st.sampled_from([ResourceId(f"u-{n}") for n in range(5)]),
            max_size=3,
        )
    )
    marking = replace(ZPA, users=replace(ZPA.users, mark="externalId"))
    profile = draw(st.sampled_from([RFC7644, marking]))
    return Organisation(desired, actual, target, profile, Memory(links=links))


def mark(ownership: Ownership) -> str:
    """Our mark's prefix where ownership is told by marks."""
    return MARKS[0] if isinstance(ownership, Marked) else ""


def carried_out(plan: Plan, actual: Actual) -> Actual:
    """What a provider holds that does exactly what a plan says, in its order."""
    live = {
        Kind.USER: dict(actual.users.resources),
        Kind.GROUP: dict(actual.groups.resources),
    }

    def ids(keys: tuple[str, ...]) -> set[ResourceId]:
        return {plan.principals[key].id or ResourceId(f"new-{key}") for key in keys}

    for change in plan.changes:
        resources = live[change.kind]
        live_id = change.id or ResourceId(f"new-{change.key}")
        match change:
            case Create(values=values):
                members = frozenset[ResourceId]() if change.kind is Kind.GROUP else None
                data = _with({}, {value.path: in_the_clear(value.value) for value in values})
                assert live_id not in resources
                resources[live_id] = Resource(live_id, change.kind, data, members)
            case Update(changes=parts) | Reactivate(changes=parts):
                after = {part.path: in_the_clear(part.after) for part in parts}
                resources[live_id] = replace(
                    resources[live_id], data=_with(resources[live_id].data, after)
                )
            case Deactivate():
                off = _with(resources[live_id].data, {"active": False})
                resources[live_id] = replace(resources[live_id], data=off)
            case Delete():
                del resources[live_id]
            case SetReferences(references=references):
                named = {
                    part.path: None if part.after is None else min(ids((part.after,)))
                    for part in references
                }
                resources[live_id] = replace(
                    resources[live_id], data=_with(resources[live_id].data, named)
                )
            case AddMembers(members=members_):
                held = _held(resources[live_id])
                resources[live_id] = replace(resources[live_id], members=held | ids(members_))
            case RemoveMembers(members=members_):
                held = _held(resources[live_id])
                assert ids(members_) <= held
                resources[live_id] = replace(resources[live_id], members=held - ids(members_))
            case _:
                assert_never(change)
    return holding(*live[Kind.USER].values(), *live[Kind.GROUP].values())


def _held(group: Resource) -> frozenset[ResourceId]:
    assert isinstance(group.members, frozenset)
    return group.members


def _with(data: Mapping[str, Json], given: Mapping[str, Value]) -> dict[str, Json]:
    simple = {path.lower(): value for path, value in given.items() if path != MANAGER.text}
    if MANAGER.text not in given:
        return {**data, **simple}
    return {**data, **simple, **manager(given[MANAGER.text])}


def manager(id: Value) -> dict[str, Json]:
    """The enterprise extension of somebody with that manager, names folded."""
    return {ENTERPRISE_USER.lower(): {"manager": {"value": id} if id else None}}


def recalled(plan: Plan, memory: Memory) -> Memory:
    """What the ledger knows once the plan is carried out."""
    links = dict(memory.links)
    fingerprints = dict(memory.fingerprints)
    for change in plan.changes:
        links[str(change.subject)] = change.id or ResourceId(f"new-{change.key}")
    for entry in plan.settled:
        subject = f"{entry.kind}:{entry.key}"
        links[subject] = entry.id or ResourceId(f"new-{entry.key}")
        fingerprints[subject] = entry.fingerprint
    for change in plan.changes:
        if isinstance(change, Delete):
            links.pop(str(change.subject), None)
            fingerprints.pop(str(change.subject), None)
    return Memory(links=links, fingerprints=fingerprints)
