"""What is called what: manifests by kind and name, and names that are taken twice."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from reconciler.manifests.envelope import Manifest
from reconciler.manifests.origin import Origin, Step
from reconciler.model.diagnostic import Diagnostic, Position, error

E = TypeVar("E")


@dataclass(frozen=True, slots=True)
class Names:
    """Where each manifest is, by kind and name; also those of which the rest is broken.

    So nobody is told that something is missing when it is only wrong. `unread` are files that could
    not be read whole, in which more may be declared.
    """

    origins: Mapping[str, Mapping[str, Origin]]
    unread: tuple[str, ...] = ()

    def of(self, kind: str) -> Mapping[str, Origin]:
        """The manifests of one kind."""
        return self.origins.get(kind, {})

    def at(self, kind: str, name: str, *steps: Step) -> Position:
        """A place in the manifest of that kind and name."""
        return self.origins[kind][name].at(*steps)


def index(
    manifests: Iterable[Manifest[E]], unread: Iterable[str]
) -> tuple[Names, tuple[E, ...], tuple[Diagnostic, ...]]:
    """Every manifest's place, the values, and the names that stand twice.

    `manifests` come in the order of their files and lines; of two with one name the first counts.
    Values come sorted by kind and name: the order of files and documents leaves no trace.
    """
    origins: dict[str, dict[str, Origin]] = {}
    values: dict[tuple[str, str], E] = {}
    found = []
    for manifest in manifests:
        first = origins.setdefault(manifest.kind, {}).setdefault(manifest.name, manifest.origin)
        if first is not manifest.origin:
            found.append(_duplicate(manifest.origin, first))
        elif manifest.entity is not None:
            values[manifest.kind, manifest.name] = manifest.entity
    ordered = tuple(values[key] for key in sorted(values))
    return Names(origins, tuple(sorted(set(unread)))), ordered, tuple(found)


def _duplicate(second: Origin, first: Origin) -> Diagnostic:
    steps = ("metadata", "name")
    return error(
        "duplicate-name",
        f"{second.subject} is declared twice, first in {first.at(*steps)}",
        second.at(*steps),
        hint="remove one of them, or give it another name",
    )
