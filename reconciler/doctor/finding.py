"""Findings and seen values, collected in the order in which they are found."""

from __future__ import annotations

from dataclasses import dataclass, field

from reconciler.model.examination import Compared, Finding, Level
from reconciler.model.path import parse_path
from reconciler.model.profile import Profile
from reconciler.model.profile.values import value_of
from reconciler.model.provenance import shown, written_name
from reconciler.model.resource_type import ResourceType


@dataclass(slots=True)
class Notes:
    """What one examination has found so far. A field that is seen twice is as it was seen last."""

    findings: list[Finding] = field(default_factory=list)
    seen: dict[str, tuple[object, str]] = field(default_factory=dict)

    def good(self, about: str, said: str, *, private: str | None = None) -> None:
        self.findings.append(Finding(Level.GOOD, about, said, private=private))

    def note(self, about: str, said: str, *, hint: str | None = None) -> None:
        self.findings.append(Finding(Level.NOTE, about, said, hint))

    def warn(
        self, about: str, said: str, *, hint: str | None = None, private: str | None = None
    ) -> None:
        self.findings.append(Finding(Level.WARNING, about, said, hint, private))

    def problem(
        self, about: str, said: str, *, hint: str | None = None, private: str | None = None
    ) -> None:
        self.findings.append(Finding(Level.PROBLEM, about, said, hint, private))

    def saw(self, field: str, value: object, how: str) -> None:
        """A value of the profile as the provider showed it, and by what it was seen.

        `field` may be that of a part (`filters.joined`), or of an attribute:
        `users.attributes.userName.mutability`.
        """
        self.seen[field] = (value, how)

    def compared(self, profile: Profile) -> tuple[Compared, ...]:
        """What was seen beside what the profile says, in the order of their names."""
        return tuple(
            Compared(
                field=".".join(map(written_name, name.split("."))),
                seen=shown(value),
                several=isinstance(value, tuple),
                how=how,
                profile=shown(_held(profile, name)),
                grade=profile.source(name).grade,
            )
            for name, (value, how) in sorted(self.seen.items())
        )


def _held(profile: Profile, field: str) -> object:
    match field.split("."):
        case [block, "attributes", path, characteristic]:
            kind: ResourceType = getattr(profile, block)
            return getattr(kind.characteristics(parse_path(path)), characteristic)
        case _:
            return value_of(profile, field)
