"""Guardrails and protections: what a plan may do without somebody saying so.

Defaults are on without any file in `policies/`; see `policies/README.md` for what each measures.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from math import ceil

from reconciler.model.canonical import digest
from reconciler.model.diagnostic import Position
from reconciler.model.identity import GroupKey, UserKey


class Guard(StrEnum):
    """The guardrails, by the name they have in a Guardrails manifest."""

    DEACTIVATIONS = "deactivations"
    DELETIONS = "deletions"
    GROUP_DELETIONS = "groupDeletions"
    MEMBER_REMOVALS = "memberRemovals"  # in one group
    ATTRIBUTE_CHANGES = "attributeChanges"  # of one attribute
    LEAVING_SCOPE = "leavingScope"
    CREATES = "creates"  # and re-enables
    PRIVILEGED_ADDITIONS = "privilegedAdditions"
    WIDENED_OWNERSHIP = "widenedOwnership"
    NOTHING_DESIRED = "nothingDesired"


@dataclass(frozen=True, slots=True)
class Limit:
    """Trips above max(floor, ⌈share times population⌉), or above the cap. `share` is a fraction."""

    floor: int = 0
    share: float = 0.0
    cap: int | None = None

    def allowed(self, population: int) -> int:
        """How many are let through for a population of that size."""
        # Rounded first: 0.005 times 1000 must not become 6 through a binary fraction.
        by_share = ceil(round(self.share * population, 9))
        allowed = max(self.floor, by_share)
        return allowed if self.cap is None else min(allowed, self.cap)


DEFAULT_LIMITS: Mapping[Guard, Limit] = {
    Guard.DEACTIVATIONS: Limit(3, 0.005, 25),
    Guard.DELETIONS: Limit(1, 0.002, 10),
    Guard.GROUP_DELETIONS: Limit(0),
    Guard.MEMBER_REMOVALS: Limit(5, 0.10),
    Guard.ATTRIBUTE_CHANGES: Limit(10, 0.05),
    Guard.LEAVING_SCOPE: Limit(3, 0.005),
    Guard.CREATES: Limit(50, 0.05),
    Guard.PRIVILEGED_ADDITIONS: Limit(5),
    Guard.WIDENED_OWNERSHIP: Limit(0),
    Guard.NOTHING_DESIRED: Limit(0),
}


@dataclass(frozen=True, slots=True)
class Protection:
    """People and groups from whom nothing is ever taken, whatever manifests say."""

    name: str
    users: frozenset[UserKey]
    groups: frozenset[GroupKey]
    at: Position


@dataclass(frozen=True, slots=True)
class Policies:
    """Everything in `policies/`; the defaults where a tree says nothing."""

    limits: Mapping[Guard, Limit] = field(default_factory=lambda: dict(DEFAULT_LIMITS))
    protections: tuple[Protection, ...] = ()


@dataclass(frozen=True, slots=True)
class Violation:
    """A check that a plan does not pass.

    `hashes` are the changes that tripped it, sorted; an acknowledgement is bound to them through
    `token`. `releasable` is False where nobody may wave it through (protections).
    """

    check: str
    message: str
    way_out: str
    hashes: tuple[str, ...]
    releasable: bool = True

    @property
    def token(self) -> str:
        """What an acknowledgement must quote: changes when any tripping change does."""
        return digest([self.check, *self.hashes]).removeprefix("sha256:")[:12]


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a plan may be carried out; no violations means yes."""

    violations: tuple[Violation, ...] = ()

    @property
    def accepted(self) -> bool:
        return not self.violations


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """Somebody releases one violation, for one run: bound to its token, with who and why."""

    token: str
    by: str
    because: str
