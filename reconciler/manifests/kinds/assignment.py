"""`kind: Assignment` and `kind: Hold`: who gets a target, and whose access is suspended."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, Literal

from pydantic import Field

from reconciler.documents.nodes import List
from reconciler.manifests.kinds.manifest import Built, Fields, Manifest, ManifestKind
from reconciler.manifests.origin import Origin
from reconciler.manifests.scalars import Date, FilledText, Flag, Given, Name
from reconciler.model.access import DEFAULT_ACCESS
from reconciler.model.declared import Assignment, Hold
from reconciler.model.diagnostic import Diagnostic, Position, error, warning
from reconciler.model.identity import GroupKey, UserKey
from reconciler.model.period import Period


class AssignmentSpec(Fields):
    """Who is assigned to a target."""

    target: Name = Field(description="The name of a Target.")
    role: Given[FilledText] = Field(
        default=None, description="The role at the target; `Default Access` when left out."
    )
    users: Given[tuple[Name, ...]] = Field(default=None, description="Names of Users.")
    groups: Given[tuple[Name, ...]] = Field(
        default=None,
        description="Names of Groups: their direct user members are assigned, and they themselves.",
    )
    nested: Flag = Field(
        default=False, description="true: also the people of groups inside those groups."
    )


class AssignmentManifest(Manifest):
    """Gives users and groups a target."""

    kind: Literal["Assignment"]
    spec: AssignmentSpec


def _build_assignment(manifest: AssignmentManifest, origin: Origin) -> Built[Assignment]:
    spec = manifest.spec
    assignment = Assignment(
        name=manifest.metadata.name,
        target=spec.target,
        role=None if spec.role == DEFAULT_ACCESS else spec.role,
        users={UserKey(name): line for name, line in _lines(origin, "users", spec.users)},
        groups={GroupKey(name): line for name, line in _lines(origin, "groups", spec.groups)},
        at=origin.at("metadata", "name"),
        nested=spec.nested,
    )
    return Built(assignment, tuple(_faults(spec, origin)))


def _lines(origin: Origin, field: str, names: tuple[str, ...] | None) -> Iterator[tuple[str, int]]:
    """Each name once with the first line that has it, in the order of the names."""
    first: dict[str, int] = {}
    for name, (line, _) in _placed(origin, field, names):
        first.setdefault(name, line)
    yield from sorted(first.items())


def _placed(
    origin: Origin, field: str, names: tuple[str, ...] | None
) -> Iterator[tuple[str, tuple[int, int]]]:
    written = origin.find(("spec", field))[2]
    if isinstance(written, List):
        yield from zip(names or (), written.places, strict=True)


def _faults(spec: AssignmentSpec, origin: Origin) -> Iterator[Diagnostic]:
    if not spec.users and not spec.groups:
        yield error(
            "empty-assignment",
            f"{origin.subject}: nobody is assigned",
            origin.at("spec"),
            hint="add `users:` or `groups:`, or remove the manifest",
        )
    for field, names in (("users", spec.users), ("groups", spec.groups)):
        seen: dict[str, int] = {}
        for name, (line, column) in _placed(origin, field, names):
            if name in seen:
                yield warning(
                    "duplicate-member",
                    f"{origin.subject}: {name} stands in `{field}` twice, "
                    f"first in line {seen[name]}",
                    Position(origin.file, line, column),
                    hint="remove one of them",
                )
            seen.setdefault(name, line)


class HoldSpec(Fields):
    """Whose access is suspended, until when and why."""

    user: Name = Field(description="The name of a User.")
    ticket: FilledText = Field(description="Where the reason is written down.")
    until: Date = Field(description="The last day, or the instant, of the hold.")
    targets: Given[tuple[Name, ...]] = Field(
        default=None, description="Names of Targets; every target when left out."
    )


class HoldManifest(Manifest):
    """Suspends a person's access, whatever anything else says."""

    kind: Literal["Hold"]
    spec: HoldSpec


def _build_hold(manifest: HoldManifest, origin: Origin) -> Built[Hold]:
    spec = manifest.spec
    hold = Hold(
        name=manifest.metadata.name,
        user=UserKey(spec.user),
        ticket=spec.ticket,
        ends=Period(ends=spec.until),
        targets=frozenset(spec.targets or ()),
        at=origin.at("metadata", "name"),
    )
    if spec.targets is None or spec.targets:
        return Built(hold)
    message = f"{origin.subject}: `targets` is empty, which could mean none or all"
    hint = "leave `targets` out for every target"
    return Built(hold, (error("empty-list", message, origin.at("spec", "targets"), hint=hint),))


ASSIGNMENT: Final = ManifestKind(AssignmentManifest, _build_assignment)
HOLD: Final = ManifestKind(HoldManifest, _build_hold)
