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
from reconciler.model.identity import ResourceId
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
    """Subjects that are as Git wanted them when the run ended, and the rows of each source."""

    run: str
    settled: tuple[Settled, ...]
    rows: Mapping[str, int] = field(default_factory=dict)
    waiting: Mapping[ResourceId, datetime] | None = None  # None: nothing is said of them
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
    group → whom we added and have not taken out since, where a provider shows no members.
    """

    links: Mapping[str, ResourceId] = field(default_factory=dict)
    fingerprints: Mapping[str, str] = field(default_factory=dict)
    deactivated: Mapping[ResourceId, datetime] = field(default_factory=dict)
    last_commit: str | None = None
    rows: Mapping[str, int] = field(default_factory=dict)
    rows_of: Mapping[str, str] = field(default_factory=dict)
    waiting: Mapping[ResourceId, datetime] = field(default_factory=dict)
    joined: Mapping[ResourceId, frozenset[ResourceId]] = field(default_factory=dict)


def remember(records: Iterable[Record]) -> Memory:
    """The projection of a ledger that planning uses."""
    links: dict[str, ResourceId] = {}
    fingerprints: dict[str, str] = {}
    deactivated: dict[ResourceId, datetime] = {}
    last_commit: str | None = None
    rows: dict[str, int] = {}
    rows_of: dict[str, str] = {}
    taken_back: str | None = None
    waiting: Mapping[ResourceId, datetime] = {}
    joined: dict[ResourceId, set[ResourceId]] = {}
    for record in records:
        match record:
            case Opened(commit=commit, undoes=undone):
                last_commit = commit if commit is not None else last_commit
                taken_back = record.run if undone is not None else taken_back
            case Result(status=Status.APPLIED | Status.ALREADY_APPLIED) as result:
                _note(result, links, fingerprints, deactivated)
                _note_members(result, joined)
                if result.run == taken_back:  # live is not what Git wanted: that is no drift
                    fingerprints.pop(result.subject, None)
            case Remembered(settled=settled, rows=counted, waiting=held):
                rows.update(counted)
                waiting = waiting if held is None else held
                for entry in settled:
                    subject = f"{entry.kind}:{entry.key}"
                    fingerprints[subject] = entry.fingerprint
                    if entry.id is not None:
                        links[subject] = entry.id
                    if entry.row is None:
                        rows_of.pop(subject, None)
                    else:
                        rows_of[subject] = entry.row
            case Intent(joining=joining):
                _note_joining(joining, joined)
            case Result() | Closed():
                pass
            case _:
                assert_never(record)
    ours = {group: frozenset(members) for group, members in joined.items() if members}
    return Memory(links, fingerprints, deactivated, last_commit, rows, rows_of, waiting, ours)


def _note_joining(
    joining: Mapping[ResourceId, Sequence[ResourceId]], joined: dict[ResourceId, set[ResourceId]]
) -> None:
    """Already before the answer: a process that died then may have added them."""
    for group, members in joining.items():
        joined.setdefault(group, set()).update(members)


def _note_members(result: Result, joined: dict[ResourceId, set[ResourceId]]) -> None:
    if result.id in joined:
        joined[result.id].difference_update(result.left)
        if result.action == "delete":
            joined.pop(result.id)


def _note(
    result: Result,
    links: dict[str, ResourceId],
    fingerprints: dict[str, str],
    deactivated: dict[ResourceId, datetime],
) -> None:
    if result.id is None:
        return
    match result.action:
        case "delete":
            links.pop(result.subject, None)
            fingerprints.pop(result.subject, None)
            deactivated.pop(result.id, None)
        case "deactivate":
            # What Git wanted before is not what it wants now; for those whom it still declares,
            # the run's end says anew what that is.
            fingerprints.pop(result.subject, None)
            if result.at is not None:
                if result.status is Status.APPLIED:  # they were active until then
                    deactivated[result.id] = result.at
                else:
                    deactivated.setdefault(result.id, result.at)
        case "reactivate":
            deactivated.pop(result.id, None)
        case _:
            links[result.subject] = result.id
