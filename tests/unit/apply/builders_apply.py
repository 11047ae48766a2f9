"""A plan, a fake provider and a ledger in memory, joined into one run."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from reconciler.apply.brake import StopRequest
from reconciler.apply.execute import Applied, execute
from reconciler.apply.limits import UNLIMITED, Limits
from reconciler.errors import LedgerError
from reconciler.model.change import AttributeValue, Change, Create, Delete, Step, Update
from reconciler.model.desired import Cause
from reconciler.model.identity import Kind, ResourceId
from reconciler.model.ledger import Lease, Record, Result
from reconciler.model.outcome import Event, Outcome, Status
from reconciler.model.path import Value
from reconciler.model.plan import Plan, Population, Principal, Recheck, Settled
from reconciler.model.policy import Acknowledgement
from reconciler.model.profile import MembersIn, Profile
from reconciler.plan.estimate import recheck_for
from tests.builders import BECAUSE, NOON, a_plan
from tests.fakes.target import FakeTarget

PLAIN = Profile(name="plain", members_per_patch=2)
HIDES_MEMBERS = replace(PLAIN, members_in=MembersIn.RESOURCE)
FEW = Population(3, 3, 1, 1, 3, 1)
MANY = Population(5000, 5000, 500, 500, 5000, 500)


@dataclass
class MemoryLease:
    """Ends when it is told to, and counts how often it was renewed."""

    until: datetime | None = None
    renewals: int = 0

    def renew(self) -> None:
        self.renewals += 1


@dataclass
class MemoryLedger:
    """Keeps records; `dead` makes it the ledger of a process that is gone."""

    kept: list[Record] = field(default_factory=list)
    appends: int = 0
    dead: bool = False
    leased: bool = False
    batch: int = 50
    lease_ends: datetime | None = None

    def records(self) -> Iterator[Record]:
        return iter(self.kept)

    def append(self, records: Sequence[Record]) -> None:
        assert self.leased
        if not self.dead:
            self.kept.extend(records)
            self.appends += 1

    @contextmanager
    def lease(self) -> Iterator[Lease]:
        if self.leased:
            raise LedgerError("held")
        self.leased = True
        try:
            yield MemoryLease(self.lease_ends)
        finally:
            self.leased = False

    @property
    def results(self) -> list[Result]:
        return [record for record in self.kept if isinstance(record, Result)]


def the_plan(
    *changes: Change,
    profile: Profile = PLAIN,
    population: Population = FEW,
    settled: Iterable[Settled] = (),
    principals: Mapping[str, Principal] | None = None,
) -> Plan:
    """A plan as `reconciler.plan` would make it; each member key `k` is the live user `id-k`,
    unless this plan creates it."""
    made = {change.key for change in changes if isinstance(change, Create)}
    keys = {
        key
        for change in changes
        for key in (*getattr(change, "members", ()), *getattr(change, "named", ()))
    }
    people = {key: Principal(None if key in made else ResourceId(f"id-{key}"), key) for key in keys}
    plan = a_plan(*changes, principals={**people, **(principals or {})}, population=population)
    recheck, _ = recheck_for(plan.changes, population, profile)
    return replace(plan, estimate=replace(plan.estimate, recheck=recheck), settled=tuple(settled))


def listing(plan: Plan) -> Plan:
    """The same plan, looked at again by listings."""
    return replace(plan, estimate=replace(plan.estimate, recheck=Recheck.LISTING))


class Ticks:
    """A clock that goes on by a second each time it is read."""

    def __init__(self) -> None:
        self.time = NOON

    def __call__(self) -> datetime:
        self.time += timedelta(seconds=1)
        return self.time


@dataclass
class Heard:
    """What `progress` was told."""

    outcomes: list[Outcome] = field(default_factory=list)

    def __call__(self, event: Event) -> None:
        self.outcomes.append(event.outcome)


def carry_out(
    plan: Plan,
    target: FakeTarget,
    *,
    ledger: MemoryLedger | None = None,
    stop: StopRequest | None = None,
    progress: Heard | None = None,
    acknowledged: Sequence[Acknowledgement] = (),
    limits: Limits = UNLIMITED,
    now: Ticks | None = None,
) -> Applied:
    """One run over the fake, in the fake's own time."""
    return asyncio.run(
        execute(
            plan,
            provider=target,
            profile=target.profile,
            ledger=ledger if ledger is not None else MemoryLedger(),
            run="run-1",
            plan_digest="sha256:plan",
            acknowledged=acknowledged,
            now=now or Ticks(),
            sleep=target.sleep,
            stop=stop or StopRequest(),
            progress=progress,
            limits=limits,
        )
    )


def fates(applied: Applied) -> list[tuple[str, Status]]:
    """Each change's subject and status, in the plan's order."""
    return [(str(outcome.subject), outcome.status) for outcome in applied.outcomes]


def only(applied: Applied) -> Outcome:
    """The one outcome."""
    (outcome,) = applied.outcomes
    return outcome


def create_group(key: str = "ops", **values: Value) -> Create:
    wanted: Mapping[str, Value] = values or {"displayName": key}
    return Create(
        kind=Kind.GROUP,
        key=key,
        name=key,
        cause=Cause.ADDED,
        reason=BECAUSE,
        step=Step.CREATE_GROUPS,
        hash=f"create-group-{key}",
        values=tuple(AttributeValue(path, value) for path, value in wanted.items()),
    )


def renamed_first(update: Update) -> Update:
    """A rename that gives its name away."""
    return replace(update, step=Step.FREE)


def delete_user(key: str = "e1", step: Step = Step.DELETE_USERS, **seen: Value) -> Delete:
    wanted: Mapping[str, Value] = seen or {"userName": key}
    return Delete(
        kind=Kind.USER,
        key=key,
        name=key,
        id=ResourceId(f"id-{key}"),
        cause=Cause.REMOVED,
        reason=BECAUSE,
        step=step,
        hash=f"delete-{key}",
        seen=tuple(AttributeValue(path, value) for path, value in wanted.items()),
    )


def to_group(change: Change, id: ResourceId | None = None) -> Change:
    """The same change of members, for a group that this plan makes."""
    return replace(change, id=id)
