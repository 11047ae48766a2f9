"""The ledger's records and its protocol: what is remembered between runs, and by whom.

One append-only, hash-chained list of records per target. It makes runs sharper, never possible:
a run with an empty ledger is only more cautious. It holds our keys, resource ids, attribute names
and hashes; no personal value ever.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar, Literal, Protocol, assert_never

from reconciler.model.entry_code import EntryCode
from reconciler.model.identity import Kind, ResourceId, Subject
from reconciler.model.outcome import Status
from reconciler.model.plan import Settled


@dataclass(frozen=True, slots=True)
class Opened:
    """An apply began. `run` names it; everything up to its `Closed` belongs to it.

    `undoes` is the run that its plan was made to undo.
    """

    run: str
    plan: str  # the plan's digest
    commit: str | None
    at: datetime
    acknowledged: tuple[str, ...] = ()  # "token by: because", as given
    undoes: str | None = None
    record: Literal["opened"] = "opened"

    __pydantic_config__: ClassVar = {"extra": "forbid"}


@dataclass(frozen=True, slots=True)
class Intent:
    """The changes that are about to be sent; a lost result is *unknown*, never *not done*.

    `about` has the words for each hash: "create user:e5". Older ledgers have none. `joining`: who
    is about to be added to which group, where a provider shows no members; nothing else would tell
    later whose doing it was.
    """

    run: str
    hashes: tuple[str, ...]
    about: tuple[str, ...] = ()
    joining: Mapping[ResourceId, tuple[ResourceId, ...]] = field(default_factory=dict)
    record: Literal["intent"] = "intent"

    __pydantic_config__: ClassVar = {"extra": "forbid"}


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one change, in the words of its `Outcome` that name nobody.

    `left`: who is no member of the group `id` any more, where a provider shows no members.
    """

    run: str
    hash: str
    action: str
    subject: str
    status: Status
    id: ResourceId | None = None
    request_ids: tuple[str, ...] = ()
    at: datetime | None = None
    left: tuple[ResourceId, ...] = ()
    code: EntryCode | None = None
    not_kept: tuple[str, ...] = ()
    record: Literal["result"] = "result"

    __pydantic_config__: ClassVar = {"extra": "forbid"}


@dataclass(frozen=True, slots=True)
class Remembered:
    """Subjects that are as Git wanted them when the run ended, and the rows of each source.

    `left`: who was found to be no member any more, by the live id of the group, where a provider
    shows no members.
    """

    run: str
    settled: tuple[Settled, ...]
    rows: Mapping[str, int] = field(default_factory=dict)
    waiting: Mapping[ResourceId, datetime] | None = None  # None: nothing is said of them
    left: Mapping[ResourceId, tuple[ResourceId, ...]] = field(default_factory=dict)
    record: Literal["remembered"] = "remembered"

    __pydantic_config__: ClassVar = {"extra": "forbid"}


@dataclass(frozen=True, slots=True)
class Closed:
    """An apply ended by itself, with the exit code that it gave."""

    run: str
    at: datetime
    exit_code: int
    record: Literal["closed"] = "closed"

    __pydantic_config__: ClassVar = {"extra": "forbid"}


Record = Opened | Intent | Result | Remembered | Closed


class Lease(Protocol):
    """The right to write to a target, while it lasts."""

    @property
    def until(self) -> datetime | None:
        """When it ends unless it is renewed before; None where it ends with the process."""
        ...

    def renew(self) -> None:
        """Make it last longer; every append does, too. May be called from another thread.

        Raises:
            LedgerError: it cannot be renewed: nothing more may be sent.
        """
        ...


class Ledger(Protocol):
    """Where records are kept: a directory (`apply.ledger`) or a Git ref (`apply.git_ledger`)."""

    @property
    def batch(self) -> int:
        """How many changes are intended by one append at most: as many as an append is worth."""
        ...

    def records(self) -> Iterator[Record]:
        """Every record in order, the chain verified on the way.

        Raises:
            LedgerError: it cannot be read, or the chain is broken.
        """
        ...

    def append(self, records: Sequence[Record]) -> None:
        """Write records durably, all or none; returns when they are kept. Not from two threads."""
        ...

    def lease(self) -> AbstractContextManager[Lease]:
        """The right to write to the target, exclusive while the context lasts.

        Raises:
            LedgerError: another run holds it; the message says which, and since when.
        """
        ...


@dataclass(frozen=True, slots=True)
class Memory:
    """What planning may use of the ledger. All empty is a valid, cautious memory.

    `links`: subject → live id. `fingerprints`: subject → what Git wanted when it was last as it
    should be. `deactivated`: live id → since when, by us. `rows`: source → how many it
    had. `rows_of`: subject → the source of their row, and a digest of what it said.
    `waiting`: live id of a group that is to be deleted later → since when. `joined`: live id of a
    group → whom we added and nobody has taken out since, where a provider shows no members.
    `made`: the groups that we created; they began without members.
    """

    links: Mapping[str, ResourceId] = field(default_factory=dict)
    fingerprints: Mapping[str, str] = field(default_factory=dict)
    deactivated: Mapping[ResourceId, datetime] = field(default_factory=dict)
    last_commit: str | None = None
    rows: Mapping[str, int] = field(default_factory=dict)
    rows_of: Mapping[str, str] = field(default_factory=dict)
    waiting: Mapping[ResourceId, datetime] = field(default_factory=dict)
    joined: Mapping[ResourceId, frozenset[ResourceId]] = field(default_factory=dict)
    made: frozenset[ResourceId] = frozenset()


def remember(records: Iterable[Record]) -> Memory:
    """The projection of a ledger that planning uses."""
    learnt = _Learnt()
    for record in records:
        learnt.hear(record)
    ours = {group: frozenset(members) for group, members in learnt.joined.items() if members}
    return Memory(
        links=learnt.links,
        fingerprints=learnt.fingerprints,
        deactivated=learnt.deactivated,
        last_commit=learnt.last_commit,
        rows=learnt.rows,
        rows_of=learnt.rows_of,
        waiting=learnt.waiting,
        joined=ours,
        made=frozenset(learnt.made),
    )


@dataclass(slots=True)
class _Learnt:
    """A memory while the records are read, oldest first."""

    links: dict[str, ResourceId] = field(default_factory=dict)
    fingerprints: dict[str, str] = field(default_factory=dict)
    deactivated: dict[ResourceId, datetime] = field(default_factory=dict)
    last_commit: str | None = None
    rows: dict[str, int] = field(default_factory=dict)
    rows_of: dict[str, str] = field(default_factory=dict)
    waiting: Mapping[ResourceId, datetime] = field(default_factory=dict)
    joined: dict[ResourceId, set[ResourceId]] = field(default_factory=dict)
    made: set[ResourceId] = field(default_factory=set)
    _undoing: str | None = None  # the run that takes another back

    def hear(self, record: Record) -> None:
        match record:
            case Opened():
                self.last_commit = record.commit or self.last_commit
                self._undoing = self._undoing if record.undoes is None else record.run
            case Intent():
                # Already before the answer: a process that died then may have added them.
                for group, members in record.joining.items():
                    self.joined.setdefault(group, set()).update(members)
            case Result(status=Status.APPLIED | Status.ALREADY_APPLIED):
                self._done(record)
            case Remembered():
                self._settled(record)
            case Result() | Closed():
                pass
            case _:
                assert_never(record)

    def _done(self, result: Result) -> None:
        if result.id is not None:
            self._changed(result, result.id)
        if result.run == self._undoing:  # live is not what Git wanted: that is no drift
            self.fingerprints.pop(result.subject, None)

    def _changed(self, result: Result, id: ResourceId) -> None:
        if id in self.joined:
            self.joined[id].difference_update(result.left)
        match result.action:
            case "delete":
                self.links.pop(result.subject, None)
                self.fingerprints.pop(result.subject, None)
                self.deactivated.pop(id, None)
                self.joined.pop(id, None)
                self.made.discard(id)
            case "deactivate":
                # What Git wanted before is not what it wants now; for those whom it still declares,
                # the run's end says anew what that is.
                self.fingerprints.pop(result.subject, None)
                if result.at is not None and result.status is Status.APPLIED:
                    self.deactivated[id] = result.at  # they were active until then
                elif result.at is not None:
                    self.deactivated.setdefault(id, result.at)
            case "reactivate":
                self.deactivated.pop(id, None)
            case _:
                self.links[result.subject] = id
        if result.action == "create" and result.subject.startswith(f"{Kind.GROUP}:"):
            self.made.add(id)

    def _settled(self, run: Remembered) -> None:
        self.rows.update(run.rows)
        self.waiting = self.waiting if run.waiting is None else run.waiting
        for group in run.left.keys() & self.joined.keys():
            self.joined[group].difference_update(run.left[group])
        for entry in run.settled:
            subject = str(Subject(entry.kind, entry.key))
            self.fingerprints[subject] = entry.fingerprint
            if entry.id is not None:
                self.links[subject] = entry.id
            if entry.row is None:
                self.rows_of.pop(subject, None)
            else:
                self.rows_of[subject] = entry.row
