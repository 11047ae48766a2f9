"""Where a value of a profile comes from, and which changes of a plan rest on it.

A quirk is a field of a profile that says two things about itself: what it means, and what an apply
does differently because of it. So whoever reads a plan learns which of its changes rest on a guess,
and of nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from enum import StrEnum
from typing import ClassVar, Final, TypeVar

from reconciler.model.diagnostic import Position

T = TypeVar("T")


class Grade(StrEnum):
    """How much a value is worth."""

    PROBED = "probed"  # seen at the provider
    DOCUMENTED = "documented"  # its maker says so
    DECLARED = "declared"  # a manifest says so, without saying why
    STANDARD = "standard"  # nobody says anything: the RFC's way, or the careful one
    GUESSED = "guessed"


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where one value comes from: `where` in words, `at` in a manifest, `on` the day it was seen.

    `on` is text, as it is only ever shown.
    """

    grade: Grade
    where: str
    at: Position | None = None
    on: str | None = None

    def __str__(self) -> str:
        said = self.grade if self.on is None else f"{self.grade} {self.on}"
        place = "" if self.at is None else f" ({self.at})"
        return f"{said}: {self.where}{place}"


STANDARD: Final = Provenance(
    Grade.STANDARD, "RFC 7643 and RFC 7644, or the careful reading of them"
)


class Act(StrEnum):
    """What an apply does that can rest on a quirk."""

    READ = "read"
    CREATE = "create"
    UPDATE = "update"
    RENAME = "rename"
    DEACTIVATE = "deactivate"
    REACTIVATE = "reactivate"
    DELETE = "delete"
    ADD_MEMBERS = "add members"
    REMOVE_MEMBERS = "remove members"


WRITES: Final = tuple(act for act in Act if act is not Act.READ)


def quirk(default: T, says: str, *acts: Act) -> T:
    """A field of a profile: its default, what it means, and which acts rest on it."""
    return field(default=default, metadata={"says": says, "acts": frozenset(acts)})


def part(default: T, about: str) -> T:
    """A field of a profile that holds quirks of its own: those of one clause, written as a block.

    `default` is frozen, as whatever stands in a profile.
    """
    return field(default=default, metadata={"about": about})


@dataclass(frozen=True, slots=True)
class Described:
    """One quirk, for those who list them."""

    field: str
    says: str
    acts: frozenset[Act]


def described(of: type) -> tuple[Described, ...]:
    """The quirks of a profile, or of a part of one, in the order of their definition."""
    return tuple(
        Described(f.name, f.metadata["says"], f.metadata["acts"])
        for f in fields(of)
        if "says" in f.metadata
    )


def parts(of: type) -> Mapping[str, str]:
    """The parts of a profile in the order of their definition, by field, and what each is about."""
    return {f.name: f.metadata["about"] for f in fields(of) if "about" in f.metadata}


@dataclass(frozen=True, slots=True)
class Basis:
    """A value that nobody vouches for, on which changes of a plan rest."""

    field: str
    value: str
    source: str
    acts: tuple[str, ...]

    __pydantic_config__: ClassVar = {"extra": "forbid"}


def written_name(field: str) -> str:
    """A field as manifests write it: `members_per_patch` is `membersPerPatch`."""
    first, *rest = field.split("_")
    return first + "".join(word.capitalize() for word in rest)


def shown(value: object) -> str:
    """A value as people read it, the same on every machine."""
    match value:
        case None | "" | () | frozenset():
            return "none" if not value else ", ".join(sorted(map(str, value)))
        case bool():
            return "true" if value else "false"
        case tuple():
            return ", ".join(str(item) for item in value)
        case Mapping():
            said = (f"{k}: {v}" if isinstance(v, str) else str(k) for k, v in value.items())
            return ", ".join(sorted(said)) or "none"
        case _:
            return str(value)


Sourced = Iterable[tuple[str, Provenance]]


def documented(where: str, *names: str) -> Sourced:
    """These values stand in what the maker publishes."""
    return tuple((name, Provenance(Grade.DOCUMENTED, where)) for name in names)


def guessed(where: str, *names: str) -> Sourced:
    """These values are ours; `where` says why."""
    return tuple((name, Provenance(Grade.GUESSED, where)) for name in names)


def sources(*groups: Sourced) -> Mapping[str, Provenance]:
    """The sources of a profile, by field; `users.rename` is a field of its users."""
    return {name: source for group in groups for name, source in group}
