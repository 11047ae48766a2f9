"""A plan carried out: what to send next, what to leave, and the one outcome of each change.

This module owns the order and the bookkeeping; what a single change needs is in `objects` and
`members`, what becomes of a request in `deliver`. The package's page draws the whole.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final, assert_never

from reconciler.apply.brake import Brake, StopRequest, unwritten
from reconciler.apply.canary import choose
from reconciler.apply.decide import decide
from reconciler.apply.deliver import Courier
from reconciler.apply.finding import Done, Due, Moved, Unclear
from reconciler.apply.journal import Journal
from reconciler.apply.keeper import has_run_out, kept
from reconciler.apply.known import Known
from reconciler.apply.late import still_due
from reconciler.apply.limits import UNLIMITED, Limits
from reconciler.apply.members import add_members, remove_members
from reconciler.apply.objects import create, deactivate, delete, update
from reconciler.apply.opening import open_seen, open_wanted
from reconciler.apply.parcels import Parcels, parcels
from reconciler.apply.provider import Provider
from reconciler.apply.read_back import is_checked, look_back, read_back
from reconciler.apply.references import set_references
from reconciler.apply.remembering import remembered
from reconciler.apply.run import FINE, Run, already, skipped, stale
from reconciler.apply.sight import look_again
from reconciler.apply.unseen import joining_unseen, left_unseen
from reconciler.apply.verdict import Halt, exit_code
from reconciler.errors import LedgerError, NotTogetherError
from reconciler.model.change import (
    AddMembers,
    Change,
    Create,
    Deactivate,
    Delete,
    Reactivate,
    RemoveMembers,
    SetReferences,
    Step,
    Update,
)
from reconciler.model.entry_code import EntryCode
from reconciler.model.exit import ExitCode
from reconciler.model.ledger import Ledger
from reconciler.model.outcome import Event, Outcome, Span, Status
from reconciler.model.plan import Plan
from reconciler.model.policy import Acknowledgement
from reconciler.model.profile import Profile
from reconciler.plan.order import Edge, edges, frees_seats, waves
from reconciler.plan.sealing import Vault

#: Nothing is under seal, or nothing can be opened.
EMPTY: Final = Vault()


@dataclass(frozen=True, slots=True)
class Applied:
    """One outcome per change, in the plan's order, and when. `halt`: why sending ended early, and
    `why` the same for people.

    `canary` are the hashes of the changes that went first and were read back; `budget` is how many
    failures the run would have borne. `bulk_refused` says why what was to go together went one by
    one.
    """

    outcomes: tuple[Outcome, ...]
    halt: Halt | None = None
    spans: tuple[Span, ...] = ()
    why: str | None = None
    budget: int = 0
    canary: tuple[str, ...] = ()
    bulk_refused: str | None = None

    @property
    def events(self) -> tuple[Event, ...]:
        """What became of each change, and when."""
        return tuple(map(Event, self.outcomes, self.spans))

    @property
    def exit_code(self) -> ExitCode:
        """What the run came to."""
        return exit_code(self.outcomes, self.halt)


async def execute(
    plan: Plan,
    *,
    provider: Provider,
    profile: Profile,
    ledger: Ledger,
    run: str,
    plan_digest: str,
    acknowledged: Sequence[Acknowledgement],
    now: Callable[[], datetime],
    sleep: Callable[[float], Awaitable[None]],
    stop: StopRequest,
    progress: Callable[[Event], None] | None,
    limits: Limits = UNLIMITED,
    vault: Vault = EMPTY,
) -> Applied:
    """Carry out `plan`; the only function of the product that writes to a service provider.

    The caller has checked that the plan may be carried out: digest, target, version, expiry,
    verdict. `run` names this run in the ledger, `progress` hears each outcome once, as it falls.
    `vault` opens what the plan has under seal; what it cannot open is not carried out.
    What goes wrong at the provider is an outcome, never an exception.

    Raises:
        LedgerError: another run holds the lease, or this run cannot be opened; nothing is sent.
    """
    journal = Journal(ledger, run, now)
    with ledger.lease() as lease:

        def overdue() -> Halt | None:
            if limits.until is not None and now() >= limits.until:
                return Halt.TIME
            return Halt.LEASE if has_run_out(lease, now) else None

        brake = Brake(stop, limits.budget(len(plan.changes)), overdue)
        opened = journal.open(plan, plan_digest, acknowledged)
        shared = parcels(plan, profile)
        try:
            plan = open_wanted(plan, vault)
            sight = await look_again(plan, provider, profile, brake)
            plan = open_seen(plan, vault, sight, profile)
            known = Known(plan, sight, at_once=profile.visible_within <= 0)
            courier = Courier(brake, sleep, profile.visible_within)
            executor = _Executor(
                plan=plan,
                run=Run(provider, profile, known, courier, brake),
                journal=journal,
                looked_at=opened,
                progress=progress,
                waits=edges(plan.changes, profile),
                connections=asyncio.Semaphore(profile.connections),
                reads_back=limits.read_back or profile.safety.read_back,
                parcels=shared,
            )
            async with kept(lease, journal, brake):
                outcomes = await executor.carry_out(limits.canary)
        except BaseException:
            journal.flush()
            raise
        applied = Applied(
            outcomes,
            halt=brake.pulled,
            spans=tuple(executor.spans[index] for index in range(len(plan.changes))),
            why=None if brake.pulled is None else brake.reason,
            budget=brake.budget,
            canary=tuple(executor.canary),
            bulk_refused=shared.refused,
        )
        try:
            journal.close(remembered(plan, outcomes, run), applied.exit_code)
        except LedgerError as error:
            applied = replace(applied, halt=Halt.LEDGER, why=unwritten(error.message))
    return applied


@dataclass(slots=True)
class _Executor:
    """The bookkeeping of one run: which change has its outcome, and what may be sent next.

    `looked_at`: no part of the second look is older.
    """

    plan: Plan
    run: Run
    journal: Journal
    looked_at: datetime
    progress: Callable[[Event], None] | None
    waits: tuple[tuple[Edge, ...], ...]
    connections: asyncio.Semaphore
    reads_back: bool
    parcels: Parcels
    outcomes: dict[int, Outcome] = field(default_factory=dict)
    began: dict[int, datetime] = field(default_factory=dict)
    spans: dict[int, Span] = field(default_factory=dict)
    due: dict[int, Due] = field(default_factory=dict)
    canary: list[str] = field(default_factory=list)

    async def carry_out(self, canary: int) -> tuple[Outcome, ...]:
        for index in range(len(self.plan.changes)):
            self._decide(index)
        await self._few_first(canary)
        for step in Step:
            left = [i for i in self._left() if self.plan.changes[i].step is step]
            for wave in waves(left, self.waits):
                for batch in self._batches(wave):
                    await self._send(batch)
        return tuple(self.outcomes[index] for index in range(len(self.plan.changes)))

    def _left(self) -> list[int]:
        return [index for index in self.due if index not in self.outcomes]

    async def _few_first(self, number: int) -> None:
        """The canary: one change after another, each read back before the next one is sent."""
        changes, run = self.plan.changes, self.run
        for index in choose(changes, self.due, self.waits, run.profile, number):
            change = changes[index]
            self.canary.append(change.hash)
            await self._intend([index])
            if (why := self._hindrance(index)) is not None:
                self._end(index, skipped(change, *why))
                continue
            outcome = await self._begin(index, run)
            if outcome.status is Status.APPLIED:
                outcome = await look_back(change, outcome, run)
            self._end(index, outcome)
            if outcome.status not in FINE:
                run.brake.canary_failed(f"{change.action} of {change.subject}")

    def _decide(self, index: int) -> None:
        change = self.plan.changes[index]
        if (why := self.run.brake.reason) is not None:
            self._end(index, skipped(change, why, EntryCode.RUN_HALTED))
            return
        givers = {self.plan.changes[edge.on].id for edge in self.waits[index]}
        freed_by = {giver for giver in givers if giver is not None}
        match decide(change, self.run.known, freed_by, self.run.profile):
            case Due() as due:
                self.due[index] = due
            case Done(id=live):
                if isinstance(change, Create) and live is not None:
                    self.run.known.created[change.subject] = live
                self._end(index, already(change, change.id or live))
            case Moved(reason=reason):
                self._end(index, stale(change, f"{reason}; plan again"))
            case Unclear(reason=reason):
                self._end(index, stale(change, f"it cannot be confirmed: {reason}"))

    def _batches(self, wave: Sequence[int]) -> Iterator[Sequence[int]]:
        """The first group that loses members goes alone: it shows how the provider removes. So does
        the first that loses them in a Bulk request.

        What goes in one request stays in one batch.
        """
        removals = (i for i in wave if isinstance(self.plan.changes[i], RemoveMembers))
        first = {next(removals, None), *(i for i in wave if i in self.parcels.trials)}
        yield from ([index] for index in wave if index in first)
        batch: list[int] = []
        for parcel in self.parcels.split([i for i in wave if i not in first]):
            batch += parcel
            if len(batch) >= self.journal.ledger.batch:
                yield batch
                batch = []
        if batch:
            yield batch

    async def _send(self, batch: Sequence[int]) -> None:
        for index in batch:
            if (why := self._hindrance(index)) is not None:
                self._end(index, skipped(self.plan.changes[index], *why))
        ready = [index for index in batch if index not in self.outcomes]
        if ready:
            await self._intend(ready)
        async with asyncio.TaskGroup() as group:
            for parcel in self.parcels.split(ready):
                group.create_task(self._parcel(parcel))

    async def _parcel(self, indexes: Sequence[int]) -> None:
        if len(indexes) == 1 and not self.parcels.is_shared(indexes):
            await self._one(indexes[0])
            return

        def ready() -> bool:
            free = all(self._hindrance(index) is None for index in indexes)
            return free and self.parcels.refused is None

        # Held until each of them has its outcome: what speaks against more is heard before the next
        # many are sent.
        async with self.parcels.at_once, asyncio.TaskGroup() as group:
            if self.parcels.is_shared(indexes):
                places = self.run.provider.together(len(indexes), ready)
                for index, place in zip(indexes, places, strict=True):
                    group.create_task(self._in_place(index, place, ready))
            else:
                for index in indexes:
                    group.create_task(self._one(index))

    async def _in_place(
        self, index: int, place: AbstractContextManager[Provider], ready: Callable[[], bool]
    ) -> None:
        try:
            with place as provider:
                await self._finish(index, replace(self.run, provider=provider))
        except NotTogetherError as error:
            if ready():
                self.parcels.refused = error.message
            await self._one(index)

    async def _intend(self, indexes: Sequence[int]) -> None:
        """Nothing is sent whose intent is not written down: without it the brake is pulled."""
        try:
            changes = [self.plan.changes[index] for index in indexes]
            await self.journal.intend(changes, joining_unseen(changes, self.run))
        except LedgerError as error:
            self.run.brake.unrecorded(error.message)

    async def _one(self, index: int) -> None:
        async with self.connections:
            await self._finish(index, self.run)

    async def _finish(self, index: int, run: Run) -> None:
        change = self.plan.changes[index]
        if (why := self._hindrance(index)) is not None:
            self._end(index, skipped(change, *why))
            return
        outcome = await self._begin(index, run)
        checked = self.reads_back or is_checked(change, run.profile)
        if outcome.status is Status.APPLIED and checked:
            outcome = await read_back(change, outcome, run)
        self._end(index, outcome)

    async def _begin(self, index: int, run: Run) -> Outcome:
        """Carry it out, if it still is what is due."""
        change = self.plan.changes[index]
        began = self.began.setdefault(index, self.journal.now())
        age = (began - self.looked_at).total_seconds()
        due = await still_due(change, self.due[index], run, age=age)
        return due if isinstance(due, Outcome) else await _carry_out(change, due, run)

    def _hindrance(self, index: int) -> tuple[str, EntryCode] | None:
        """Why this change must not be sent now; None when it may."""
        if (why := self.run.brake.reason) is not None:
            return why, EntryCode.RUN_HALTED
        for edge in self.waits[index]:
            before = self.outcomes.get(edge.on)  # none yet for those who wait in a circle
            if edge.unless is not None and before is not None and before.status not in FINE:
                return edge.unless, EntryCode.DEPENDENCY_FAILED
        match self.plan.changes[index]:
            case RemoveMembers():
                unsafe = self.run.brake.removals_unsafe
            case AddMembers():
                unsafe = self.run.brake.additions_unsafe
            case _:
                unsafe = None
        return None if unsafe is None else (unsafe, EntryCode.RUN_HALTED)

    def _end(self, index: int, outcome: Outcome) -> None:
        self.outcomes[index] = outcome
        change = self.plan.changes[index]
        if outcome.status in {Status.FAILED, Status.UNKNOWN}:
            self.run.brake.failed()
        if outcome.status not in FINE and frees_seats(change):
            self.run.known.crowded.update(change.members)
        ended = self.journal.note(outcome, left_unseen(change, outcome, self.run))
        span = self.spans[index] = Span(self.began.get(index, ended), ended)
        if self.progress is not None:
            self.progress(Event(outcome, span))


async def _carry_out(change: Change, due: Due, run: Run) -> Outcome:
    match change:
        case Create():
            return await create(change, due, run)
        case Update() | Reactivate():
            return await update(change, due, run)
        case Deactivate():
            return await deactivate(change, due, run)
        case Delete():
            return await delete(change, due, run)
        case SetReferences():
            return await set_references(change, due, run)
        case AddMembers():
            return await add_members(change, run)
        case RemoveMembers():
            return await remove_members(change, due, run)
        case _:
            assert_never(change)
