"""What `doctor` found out about a service provider, and what a profile should say of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from reconciler.model.provenance import Grade


class Level(StrEnum):
    """How much a finding matters."""

    GOOD = "ok"
    NOTE = "note"
    WARNING = "warning"
    PROBLEM = "problem"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was found out. `said` and `hint` can be passed on, `private` cannot."""

    level: Level
    about: str
    said: str
    hint: str | None = None
    private: str | None = None


@dataclass(frozen=True, slots=True)
class Compared:
    """A value as the provider showed it, beside the profile's; `field` as manifests write it,
    behind the block that it stands in (`filters.joined`). `several`: it is a list."""

    field: str
    seen: str
    how: str
    profile: str
    grade: Grade
    several: bool = False

    @property
    def agrees(self) -> bool:
        return self.seen == self.profile

    @property
    def news(self) -> bool:
        """Worth writing down: it differs, or it was a guess until now."""
        return not self.agrees or self.grade is Grade.GUESSED


@dataclass(frozen=True, slots=True)
class Examination:
    """The whole of it. `left` names scratch objects that could not be removed; it is private.

    `announced` is how many requests were allowed for, `sent` how many there were.
    """

    target: str
    profile: str
    family: str
    findings: tuple[Finding, ...]
    compared: tuple[Compared, ...]
    announced: int
    sent: int
    day: str
    left: tuple[str, ...] = ()

    @property
    def troubled(self) -> bool:
        return bool(self.left) or any(f.level is Level.PROBLEM for f in self.findings)

    @property
    def disagreements(self) -> tuple[Compared, ...]:
        return tuple(each for each in self.compared if not each.agrees)

    @property
    def news(self) -> tuple[Compared, ...]:
        return tuple(each for each in self.compared if each.news)
