"""The plan: everything that an apply would do, and everything that it decided not to.

Contract:

* `changes` is sorted by (step, kind, key, action) when the plan is made; renderers, digest and
  executor inherit the order. It describes *everything* that apply will write.
* `gaps` are the parts of the actual state that could not be read, and the sources of people that
  are not believed whole. No deactivation, deletion or member removal follows from what is missing
  there. `feeds` are all sources, with the digests of their tables.
* Nothing in a plan depends on when or how fast it was made, only on manifests, live state, ledger
  and `as_of`.
* `waiting` are the live groups that are to be deleted later, and since when that is known; None
  where the ledger knows that already.
* `left` are members of ours who were taken out by somebody else, by the live id of the group, where
  a provider shows no members: the ledger forgets that they were ours.
* `witnesses` are a few members who stay in a group that others leave, by its live id, where a
  provider shows no members: whoever carries the plan out sees by them that it was not emptied.
* `settled` is what the ledger will remember of subjects that are as they should be once this plan
  is carried out; it influences no write. `found_by` says of those subjects, and of whoever is
  changed, how the live resource was found: mark, ledger, objectId, or the matching attributes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Annotated, ClassVar, Final, Literal

from pydantic import Field

from reconciler.model.change import Change
from reconciler.model.diagnostic import Position
from reconciler.model.feed import FeedState
from reconciler.model.identity import Kind, ResourceId, Subject
from reconciler.model.note_code import NoteCode
from reconciler.model.provenance import Basis

FORMAT_VERSION: Literal["1"] = "1"


@dataclass(frozen=True, slots=True)
class TargetIdentity:
    """Which service provider a plan is for. `fingerprint` covers url, profile and credential."""

    name: str
    profile: str
    base_url: str
    fingerprint: str
    row: str | None = None

    __pydantic_config__: ClassVar = {"extra": "forbid"}


@dataclass(frozen=True, slots=True)
class Principal:
    """Who a member key stands for: the live resource (None until it is created) and its name."""

    id: ResourceId | None
    name: str

    __pydantic_config__: ClassVar = {"extra": "forbid"}


class NoteKind(StrEnum):
    """Why something is in the plan's notes and not among its changes."""

    SKIPPED = "skipped"  # could not be decided, or is refused for this one object
    CONFLICT = "conflict"  # matching is ambiguous or hits somebody else's resource
    WAITING = "waiting"  # a declared member whom somebody else has yet to push
    STRANGER = "stranger"  # live, not ours, left alone
    HELD = "held"  # a Hold keeps this person out
    UPCOMING = "upcoming"  # nothing yet: a date brings it
    ADVICE = "advice"  # worth knowing, nothing to do


#: Codes of skipped changes that the target is configured never to make.
_SETTLED_BY_SETTINGS: Final = frozenset(
    {NoteCode.ACTION_OFF, NoteCode.NO_DEACTIVATION, NoteCode.NO_DELETION}
)


@dataclass(frozen=True, slots=True)
class Note:
    """Somebody for whom nothing is planned, and why.

    `due` is the instant at which something upcoming comes.
    """

    note: NoteKind
    code: NoteCode
    kind: Kind
    key: str
    name: str
    message: str
    at: Position | None = None
    due: datetime | None = None

    __pydantic_config__: ClassVar = {"extra": "forbid"}

    @property
    def subject(self) -> Subject:
        return Subject(self.kind, self.key)


@dataclass(frozen=True, slots=True)
class Population:
    """What the guardrails measure against, counted before anything changes."""

    users_live: int
    users_owned_active: int
    groups_live: int
    groups_owned: int
    users_desired: int
    groups_desired: int

    __pydantic_config__: ClassVar = {"extra": "forbid"}


class Recheck(StrEnum):
    """How apply looks again at what it will touch, whichever costs fewer requests."""

    NONE = "none"  # nothing to do
    EACH = "each"  # one GET per touched resource
    LISTING = "listing"  # list users and groups again, and GET touched groups where needed


#: Seconds for which apply acts upon its second look. Where no version guards a write, whatever is
#: sent later is looked at once more right before: long enough that the next request after a look
#: never needs another, short enough that somebody else's change of the last minute is seen.
LOOK_LASTS: Final = 30


@dataclass(frozen=True, slots=True)
class Estimate:
    """What carrying out the plan costs without faults: requests by method, and seconds if the
    target has a declared rate. `reading` is what reading everything costs; not part of the sum.

    `late` is how many GET requests more it can be when the apply takes longer than `LOOK_LASTS`:
    one for each change that is sent after that and has to be looked at once more.
    """

    recheck: Recheck
    gets: int
    posts: int
    patches: int
    deletes: int
    seconds: float | None
    reading: int = 0
    puts: int = 0
    late: int = 0

    __pydantic_config__: ClassVar = {"extra": "forbid"}

    @property
    def requests(self) -> int:
        return self.gets + self.posts + self.patches + self.puts + self.deletes


@dataclass(frozen=True, slots=True)
class Settled:
    """A subject's live resource, and the fingerprint of what Git wanted of it.

    `row` is the source of a person's row and a digest of what it said.
    """

    kind: Kind
    key: str
    id: ResourceId | None
    fingerprint: str
    row: str | None = None

    __pydantic_config__: ClassVar = {"extra": "forbid"}


@dataclass(frozen=True, slots=True)
class Undoes:
    """The apply that a plan takes back: its run, and the commit that it carried out.

    `back`: the run that this one had taken back itself, if it had.
    """

    run: str
    commit: str | None
    at: datetime
    back: str | None = None

    __pydantic_config__: ClassVar = {"extra": "forbid"}


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Plan:
    """See the module's contract."""

    target: TargetIdentity
    as_of: datetime
    expires: datetime
    tool_version: str
    commit: str | None
    selection: tuple[str, ...]
    changes: tuple[Annotated[Change, Field(discriminator="action")], ...]
    principals: Mapping[str, Principal]
    notes: tuple[Note, ...]
    gaps: tuple[str, ...]
    population: Population
    widened: tuple[str, ...]
    estimate: Estimate
    settled: tuple[Settled, ...] = ()
    feeds: tuple[FeedState, ...] = ()
    waiting: Mapping[ResourceId, datetime] | None = None
    left: Mapping[ResourceId, tuple[ResourceId, ...]] = field(default_factory=dict)
    witnesses: Mapping[ResourceId, tuple[ResourceId, ...]] = field(default_factory=dict)
    rests_on: tuple[Basis, ...] = ()  # guesses about the provider that its changes depend on
    undoes: Undoes | None = None
    found_by: Mapping[str, str] = field(default_factory=dict)
    remembered: bool = True  # a ledger said what was last applied; without it nothing is drift
    format_version: Literal["1"] = field(default=FORMAT_VERSION)

    __pydantic_config__: ClassVar = {"extra": "forbid"}

    def __repr__(self) -> str:
        # Libraries put reprs into messages; this one must be short and name nobody.
        return f"<Plan for {self.target.name}: {len(self.changes)} changes>"

    @property
    def undecided(self) -> tuple[Note, ...]:
        """The notes about those who are not as Git wants them until somebody decides or mends.

        What the target's own settings refuse is decided.
        """
        return tuple(
            note
            for note in self.notes
            if note.note is NoteKind.CONFLICT
            or (note.note is NoteKind.SKIPPED and note.code not in _SETTLED_BY_SETTINGS)
        )

    @property
    def complete(self) -> bool:
        """Everything in scope was read; False forbids removals of what was not."""
        return not self.gaps
