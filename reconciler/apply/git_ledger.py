"""The ledger as a Git ref: for CI, where the next run has another disk and the same repository.

`REF/TARGET` points to a commit whose files are the ledger: `NNNNNNNNNN.jsonl`, each with the lines
of some appends from line N on, and `lease.json` while a run writes. Each append is one commit upon
the last and one compare-and-swap of the ref: locally `git update-ref` with the old value, at a
remote a push with a lease. The lines are chained as in a directory, so the two forms are one.

An append costs a push, so a run makes few: all intents of a step go in one, with the results of
the step before; what waits is kept at each renewal of the lease too, and when the run ends, for
whatever reason that leaves it a moment. After many appends their files become one, so that the list
of files that every commit carries stays short.

The lease
=========

A run writes down who it is, since when, and until when, in the same commit that takes the ref, so
of two that race one wins. It is renewed by every append, and every minute or so. A run that ends
gives it back; one that was killed leaves it, and `SKEW` after its end somebody else may take it.
The holder sends nothing new from `keeper.MARGIN` before the end on. So two runs write at the same
time only where their clocks are further apart than both together. Somebody may take the lease away
from a run that is gone (`release`): whoever still holds it finds the ref moved when it next writes
there, and stops.
"""

from __future__ import annotations

import json
import logging
import re
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from reconciler.apply.chain import appends, first_link, forge
from reconciler.apply.git import Repository, SwapRefusedError
from reconciler.apply.keeper import LASTS, RENEWED_EVERY
from reconciler.errors import LedgerError, LedgerHeldError
from reconciler.model.ledger import Lease, Record
from reconciler.model.show import plain

_LOG: Final = logging.getLogger(__name__)

#: How far behind the holder's clock ours may be.
SKEW: Final = timedelta(minutes=1)
#: Within this time a run that lives tries to renew its lease, and finds that it was taken away.
NOTICED: Final = RENEWED_EVERY + timedelta(seconds=30)
#: Files of single appends, before they become one.
_FILES: Final = 64
#: How often a lease is tried to be taken away from somebody who writes.
_TRIES: Final = 5
_LEASE: Final = "lease.json"
#: A file of lines, by the number of its first.
_FILE: Final = re.compile(r"[0-9]{10}\.jsonl")


@dataclass(frozen=True, slots=True)
class Held:
    """Who may write, as it stands in `lease.json`; `released`: only until that moment."""

    holder: str
    since: datetime
    until: datetime
    released: bool = False

    @property
    def free(self) -> datetime:
        """From when on somebody else may take it, unless it is renewed before."""
        return self.until + SKEW

    def encode(self) -> bytes:
        """The file."""
        parts = {"holder": self.holder, "since": f"{self.since:%Y-%m-%dT%H:%M:%S.%f%z}"}
        parts["until"] = f"{self.until:%Y-%m-%dT%H:%M:%S.%f%z}"
        return json.dumps({**parts, "released": self.released}, sort_keys=True).encode() + b"\n"


def _decode(data: bytes) -> Held | None:
    try:
        match json.loads(data):
            case {"holder": str(holder), "since": str(since), "until": str(until), **more}:
                moments = datetime.fromisoformat(since), datetime.fromisoformat(until)
                held = Held(holder, *moments, released=more.get("released") is True)
                return held if held.since.tzinfo and held.free.tzinfo else None
            case _:
                return None
    except (ValueError, RecursionError, OverflowError):  # OverflowError: it never ends
        return None


def target_of_ref(ref: str) -> str:
    """Which target's ledger a ref is; see `GitLedger.ref`."""
    return ref.rpartition("/")[2].replace("%2e", ".")


@dataclass(frozen=True, slots=True)
class _State:
    """The ref as it was read: its commit, the files with lines, and where the chain ends."""

    tip: str | None = None
    files: dict[str, str] = field(default_factory=dict)
    held: Held | None = None
    content: bytes = b""
    lines: int = 0
    hash: str = ""


@dataclass(slots=True)
class GitLedger:
    """Implements `reconciler.model.ledger.Ledger`. `holder` is what others are told of this run.

    Once an append has failed nothing more is appended: nobody knows then what the ref holds, and
    this run must not go on.
    """

    repository: Repository
    prefix: str
    target: str
    holder: str
    now: Callable[[], datetime]
    pauses: Sequence[float] = (1.0, 5.0)
    sleep: Callable[[float], None] = time.sleep
    _state: _State | None = field(default=None, init=False)
    _held: Held | None = field(default=None, init=False)
    _lost: LedgerError | None = field(default=None, init=False)

    @property
    def ref(self) -> str:
        """The target's own ref. Two dots, or `.lock` at the end, are no part of a ref's name."""
        return f"{self.prefix}/{self.target.replace('.', '%2e')}"

    @property
    def batch(self) -> int:
        """A whole step of a plan, since each append is a push."""
        return 100_000

    def records(self) -> Iterator[Record]:
        """See `Ledger.records`."""
        for append in appends(self.content(), self.target):
            yield from (link.record for link in append)

    def content(self) -> bytes:
        """All lines, as a directory would have them in its file; not verified."""
        return self._read().content

    def held_by(self) -> str | None:
        """Who holds the lease, since when and until when; None for nobody."""
        held = self._read().held
        if held is None:
            return None
        words = "released, and" if held.released else "unless it is renewed,"
        return (
            f"{held.holder} since {held.since:%Y-%m-%d %H:%M:%S} UTC; {words} free from "
            f"{held.free:%H:%M:%S} UTC on"
        )

    def place_of(self, line: int) -> str:
        """Where people find a line: which file of the ref, and the how manieth of it."""
        starts = [int(name.partition(".")[0]) for name in sorted(self._read().files)]
        start = max((start for start in starts if start <= line), default=1)
        return f"line {line - start + 1} of `git show {self.ref}:{start:010}.jsonl`"

    def way_back(self, sound: int) -> str:  # noqa: ARG002  a directory needs it, a commit is whole
        """How to go on with what is sound: the newest commit of which all is."""
        commit = self.repository.newest(self.ref, self._is_sound)
        if commit is None:
            words = "no commit of it is sound; without a ledger runs work, and are more cautious"
            remedy = f"git update-ref -d {self.ref}"
            there = f"git push {self.repository.remote} :{self.ref}"
        else:
            words = f"its newest sound commit is {commit}; what came after it is only in the log"
            remedy = f"git update-ref {self.ref} {commit}"
            there = f"git push {self.repository.remote} +{commit}:{self.ref}"
        return f"{words}: {remedy if self.repository.remote is None else there}"

    def _is_sound(self, commit: str) -> bool:
        try:
            for _ in appends(self._state_at(commit).content, self.target):
                pass
        except LedgerError:
            return False
        return True

    def append(self, records: Sequence[Record]) -> None:
        """See `Ledger.append`."""
        if not records:
            return
        if self._held is not None:
            self._append(records)
        else:
            with self.lease():
                self._append(records)

    @contextmanager
    def lease(self) -> Iterator[Lease]:
        """See `Ledger.lease`."""
        now = self.now()
        state = self._read()
        self._refuse_if_held(state, now)
        state = self._verified(state)
        try:
            self._commit(state, Held(self.holder, now, now + LASTS), "a run begins")
        except SwapRefusedError:
            self._refuse_if_held(self._read(), now)
            raise
        try:
            yield _Renewable(self)
        finally:
            self._give_back()

    def renew(self) -> None:
        """Make the lease that is held last longer."""
        self._under_lease(lambda state, held: self._commit(state, held, "the run goes on"))

    def release(self, words: str, *, dead: bool) -> Held | None:
        """Take the lease away from whoever holds it; None where nobody does.

        Its holder cannot renew it any more, and sends nothing new once it has tried: so the ledger
        is free only when that must have been, or at once where the holder is known to be `dead`.
        `until` of what is given is when that is.

        Raises:
            LedgerError: it could not be taken, because its holder is busy writing.
        """
        for _ in range(_TRIES):  # a holder that lives may write to the ref in between
            state, now = self._read(), self.now()
            if state.held is None:
                return None
            free = now if dead else min(state.held.free, now + NOTICED)
            left = None if dead else replace(state.held, until=free - SKEW, released=True)
            try:
                self._commit(state, left, f"released: {plain(words)}")
            except SwapRefusedError:
                continue
            return replace(state.held, until=free)
        raise LedgerError(
            f"the lease on the ledger of {self.target} cannot be taken: its holder is at work",
            hint="wait for that run, or end it",
        )

    @property
    def held_until(self) -> datetime | None:
        """When the lease that is held ends."""
        return None if self._held is None else self._held.until

    def _append(self, records: Sequence[Record]) -> None:
        def write(state: _State, held: Held) -> None:
            lines, last = forge(state.hash, records)
            name, content = f"{state.lines + 1:010}.jsonl", state.content + lines
            if max(state.files, default=name) < name and len(state.files) < _FILES:
                files = {**state.files, name: self.repository.keep(lines)}
            else:  # also where somebody has named the files otherwise, or left half a line
                files = {f"{1:010}.jsonl": self.repository.keep(content)}
            count = state.lines + len(records)
            after = replace(state, files=files, content=content, lines=count, hash=last)
            self._commit(after, held, f"{len(records)} records")

        self._under_lease(write)

    def _under_lease(self, write: Callable[[_State, Held], None]) -> None:
        if self._lost is not None:
            raise self._lost
        if self._state is None or self._held is None:
            raise LedgerError(f"the ledger of {self.target} is written under a lease only")
        try:
            write(self._state, replace(self._held, until=self.now() + LASTS))
        except SwapRefusedError as error:
            self._lost = LedgerError(
                f"the lease on the ledger of {self.target} was lost: {error.message}",
                hint="see who has it: `reconciler ledger show`",
            )
            raise self._lost from error
        except LedgerError as error:
            self._lost = error
            raise

    def _commit(self, state: _State, held: Held | None, words: str) -> None:
        files = dict(state.files)
        if held is not None:
            files[_LEASE] = self.repository.keep(held.encode())
        words = f"ledger of {self.target}: {words}"
        made = self.repository.commit(files, state.tip, words, self.now())
        self._swap(state.tip, made)
        self._state, self._held = replace(state, tip=made), held

    def _swap(self, old: str | None, new: str) -> None:
        """At a remote, a push whose answer is lost is made again: it is the same one."""
        for pause in self.pauses if self.repository.remote is not None else ():
            try:
                return self.repository.swap(self.ref, old, new)
            except SwapRefusedError:
                raise
            except LedgerError:
                self.sleep(pause)
        return self.repository.swap(self.ref, old, new)

    def _give_back(self) -> None:
        """A run has ended. If this fails the lease ends by itself, and that is worth a word."""
        state, held = self._state, self._held
        self._held = None
        try:
            if state is not None and held is not None and self._lost is None:
                self._commit(state, None, "the run has ended")
        except LedgerError as error:
            _LOG.warning(
                "the lease on the ledger of %s is not given back, and ends by itself at %s: %s",
                self.target,
                f"{held.until:%H:%M:%S} UTC" if held else "once",
                error.message,
            )

    def _refuse_if_held(self, state: _State, now: datetime) -> None:
        held = state.held
        if held is not None and now < held.free:
            free = f"{held.free:%H:%M:%S} UTC"
            hint = f"it was released, and is free from {free} on; `apply --wait 10m` waits for that"
            if not held.released:
                hint = (
                    "`apply --wait 10m` waits until it has ended; if it was killed, its lease ends "
                    f"at {free}, and `reconciler ledger release {plain(self.target)} --because …` "
                    "takes it away sooner"
                )
            raise LedgerHeldError(
                f"the ledger of {self.target} is held by another run ({plain(held.holder)}) since "
                f"{held.since:%Y-%m-%d %H:%M:%S} UTC",
                hint=hint,
            )

    def _verified(self, state: _State) -> _State:
        lines, end, last = 0, 0, first_link(self.target)
        for append in appends(state.content, self.target):
            lines, end, last = lines + len(append), append[-1].end, append[-1].hash
        whole = end == len(state.content)
        files = state.files if whole else {}  # half an append does not count
        return replace(state, files=files, content=state.content[:end], lines=lines, hash=last)

    def _read(self) -> _State:
        tip = self.repository.tip(self.ref)
        return _State() if tip is None else self._state_at(tip)

    def _state_at(self, tip: str) -> _State:
        files = self.repository.files(tip)
        held = None
        if (lease := files.pop(_LEASE, None)) is not None:
            held = _decode(*self.repository.contents([lease]))
            if held is None:
                raise LedgerError(
                    f"the lease on the ledger of {self.target} cannot be read, so nobody can tell "
                    "whether a run holds it",
                    hint=f"see `git show {self.ref}:{_LEASE}`",
                )
        if strange := [name for name in files if not _FILE.fullmatch(name)]:
            raise LedgerError(
                f"{plain(strange[0])} in {self.ref} is no part of a ledger",
                hint=f"somebody else writes there: see `git log {self.ref}`",
            )
        content = b"".join(self.repository.contents([files[name] for name in sorted(files)]))
        return _State(tip, files, held, content)


@dataclass(frozen=True, slots=True)
class _Renewable:
    """The lease of one run."""

    ledger: GitLedger

    @property
    def until(self) -> datetime | None:
        return self.ledger.held_until

    def renew(self) -> None:
        self.ledger.renew()
