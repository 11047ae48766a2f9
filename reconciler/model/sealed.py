"""Values that no output shows: a plan holds their keyed fingerprint, and views show `[Redact]`.

What is sealed is decided per attribute of a target: whatever a mapping gives through `Redact`, and
what is secret by its nature. The fingerprint covers target, subject and attribute as well, so that
equal values of two people do not look alike.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Final, Literal

from reconciler.model.identity import Kind, Subject
from reconciler.model.key import PUBLIC_KEY, Key
from reconciler.model.path import AttributePath, Value, parse_path

#: What stands in every output for a value that must not be there; the word of Entra's own logs.
REDACTED: Final = "[Redact]"

#: Secret by nature, whatever a mapping says (RFC 7643 §4.1.1).
SECRET_BY_NATURE: Final = frozenset({parse_path("password")})


@dataclass(frozen=True, slots=True)
class Sealed:
    """A value that is not shown. Two of the same place are equal when their values are."""

    fingerprint: str
    shown: Literal["[Redact]"] = REDACTED

    __pydantic_config__: ClassVar = {"extra": "forbid"}


#: A value as a plan holds it.
Held = Value | Sealed

#: Stands for a hidden value where values are only shown, never compared.
HIDDEN: Final = Sealed("")


@dataclass(frozen=True, slots=True)
class Seals:
    """What is sealed at one target, and with what.

    `paths` are the attributes whose values are hidden, by kind, and `inputs` the source attributes
    that these come from. Whatever hides a value asks here.
    """

    key: Key = PUBLIC_KEY
    target: str = ""
    paths: Mapping[Kind, frozenset[AttributePath]] = field(default_factory=dict)
    inputs: Mapping[Kind, frozenset[str]] = field(default_factory=dict)

    def cover(self, kind: Kind, path: AttributePath) -> bool:
        """Whether values of this attribute are hidden."""
        return path in SECRET_BY_NATURE or path in self.paths.get(kind, frozenset())

    def veil(self, kind: Kind, path: AttributePath, value: Value) -> Held:
        """The value of a target's attribute as it may be shown."""
        return HIDDEN if value is not None and self.cover(kind, path) else value

    def veil_input(self, kind: Kind, name: str, value: Value) -> Held:
        """The value of a source attribute as it may be shown."""
        hidden = value is not None and name in self.inputs.get(kind, frozenset())
        return HIDDEN if hidden else value

    def hide(self, subject: Subject, path: AttributePath, value: Value) -> Held:
        """The value as a plan may hold it. That there is none is no secret."""
        return self.seal(subject, path, value) if self.cover(subject.kind, path) else value

    def seal(self, subject: Subject, path: AttributePath, value: Value) -> Held:
        """The fingerprint of a value in canonical form, whether or not it has to be hidden."""
        if value is None:
            return None
        place = (self.target, subject.kind, subject.key, path.folded)
        return Sealed(f"hmac-sha256:{self.key.digest('seal', *place, value).hex()}")
