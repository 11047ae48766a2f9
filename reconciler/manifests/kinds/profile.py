"""`kind: Profile`: a kind of service provider that extends one of those that come with the product.

What can be written is made from `model.profile` (`profile_fields`). What a manifest overrides is
vouched for by its line.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final, Literal

from reconciler.manifests.kinds.manifest import Built, Fields, Manifest, ManifestKind
from reconciler.manifests.kinds.profile_fields import AttributeFields, ProfileSpec
from reconciler.manifests.origin import Origin, Step
from reconciler.model.attributes import Characteristics
from reconciler.model.diagnostic import Diagnostic, error
from reconciler.model.path import parse_path
from reconciler.model.profile import BUILT_IN, Profile
from reconciler.model.provenance import (
    Grade,
    Provenance,
    described,
    parts,
    shown,
    written_name,
)
from reconciler.model.resource_type import ResourceType
from reconciler.model.suggestion import suggest


class ProfileManifest(Manifest):
    """A kind of service provider."""

    kind: Literal["Profile"]
    spec: ProfileSpec


def _build(manifest: ProfileManifest, origin: Origin) -> Built[Profile]:
    name, spec = manifest.metadata.name, manifest.spec
    base = BUILT_IN.get(spec.extends)
    if name in BUILT_IN:
        said = f"{origin.subject}: a profile of that name comes with the product"
        at = origin.at("metadata", "name")
        return Built(None, (error("profile-name-taken", said, at, hint="give it another name"),))
    if base is None:
        near = suggest(spec.extends, BUILT_IN)
        hint = f"did you mean `{near}`?" if near else f"there are {', '.join(sorted(BUILT_IN))}"
        said = f"{origin.subject}: `extends` names no profile that comes with the product"
        at = origin.at("spec", "extends")
        return Built(None, (error("unknown-profile", said, at, hint=hint),))
    return Built(_Extension(name, base, spec, origin).profile(), tuple(_empty(spec, origin)))


def _empty(spec: ProfileSpec, origin: Origin) -> Iterator[Diagnostic]:
    for block in ("users", "groups"):
        part = getattr(spec, block)
        if part is not None and part.accepted == ():
            yield error(
                "empty-list",
                f"{origin.subject}: `{block}.accepted` is empty, and an empty list could mean "
                "none or all",
                origin.at("spec", block, "accepted"),
                hint="leave it out to accept what the extended profile does",
            )


class _Extension:
    """One manifest over the profile that it extends; collects what each line vouches for."""

    def __init__(self, name: str, base: Profile, spec: ProfileSpec, origin: Origin) -> None:
        self._name, self._base, self._spec, self._origin = name, base, spec, origin
        self._sources = dict(base.sources)
        self._overrides: list[tuple[str, str]] = []

    def profile(self) -> Profile:
        own = {
            name: self._part(name, getattr(self._base, name), getattr(self._spec, name))
            for name in parts(Profile)
            if name in self._spec.model_fields_set
        }
        # The library's own checker cannot follow fields that are named by data.
        changed: dict[str, object] = {**self._written(self._base, self._spec, ()), **own}
        return replace(
            self._base,
            name=self._name,
            sources=self._sources,
            overrides=tuple(sorted(self._overrides)),
            **changed,  # type: ignore[arg-type]  # see above
        )

    def _part(self, name: str, held: object, written: Fields) -> object:
        changed = self._written(held, written, (name,))
        return replace(held, **changed)  # type: ignore[type-var]  # parts are dataclasses

    def _written(self, held: object, written: Fields, block: tuple[str, ...]) -> dict[str, object]:
        """What the manifest says of the profile or of one part of it, and by which line."""
        found: dict[str, object] = {}
        for field in (q.field for q in described(type(held))):
            if field not in written.model_fields_set:
                continue
            given, own = getattr(written, field), getattr(held, field)
            if field == "attributes" and isinstance(held, ResourceType):
                found[field] = self._attributes(held, given, block)
                continue
            found[field] = _value(own, given)
            self._vouch(".".join((*block, field)), given, ("spec", *block, written_name(field)))
        return found

    def _attributes(
        self, held: ResourceType, given: Mapping[str, AttributeFields], block: tuple[str, ...]
    ) -> Mapping[str, Characteristics]:
        found = dict(held.attributes)
        for text, fields in given.items():
            path = parse_path(text)
            known = held.characteristics(path)
            own = {name: getattr(fields, name) for name in sorted(fields.model_fields_set)}
            same = next((t for t in found if parse_path(t) == path), text)
            found[same] = replace(known, **own)
            said = ", ".join(f"{written_name(n)} {shown(v)}" for n, v in own.items())
            at = ("spec", *block, "attributes", text)
            self._vouch(".".join((*block, "attributes", text)), said, at)
        return found

    def _vouch(self, field: str, value: object, steps: tuple[Step, ...]) -> None:
        spec = self._spec
        where = spec.because or f"Profile {self._name}"
        at = self._origin.at(*steps)
        on = None if spec.probed is None else spec.probed.isoformat()
        grade = Grade.DECLARED if spec.probed is None else Grade.PROBED
        self._sources[field] = Provenance(grade, where, at, on)
        self._overrides.append((field, shown(value)))


def _value(held: object, given: object) -> object:
    if isinstance(held, frozenset) and isinstance(given, tuple):
        return frozenset(str(item).lower() for item in given)
    return given


PROFILE: Final = ManifestKind(ProfileManifest, _build)
