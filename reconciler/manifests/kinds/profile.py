"""`kind: Profile`: a kind of service provider that extends one of those that come with the product.

The fields are those of `model.profile`, so a quirk that is added there can be written here at once.
What a manifest overrides is vouched for by its line.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from enum import StrEnum
from types import NoneType, UnionType
from typing import Annotated, Final, Literal, TypeVar, get_args, get_origin, get_type_hints

from pydantic import (
    AfterValidator,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    PlainValidator,
    WithJsonSchema,
)
from pydantic import create_model as make_model
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import core_schema

from reconciler.manifests.kinds.manifest import Built, Fields, Manifest, ManifestKind
from reconciler.manifests.origin import Origin, Step
from reconciler.manifests.scalars import Date, FilledText, Flag, Given, Name, Ordinal, Rate, fault
from reconciler.model.attributes import (
    AttributeType,
    Characteristics,
    Mutability,
    Returned,
    Uniqueness,
)
from reconciler.model.diagnostic import Diagnostic, error
from reconciler.model.identity import Kind
from reconciler.model.path import PathError, parse_path
from reconciler.model.profile import BUILT_IN, Profile
from reconciler.model.provenance import Grade, Provenance, described, shown, written_name
from reconciler.model.resource_type import ResourceType
from reconciler.model.suggestion import suggest

_NONE: Final = "none"


def _path(written: str) -> str:
    try:
        return parse_path(written).text
    except PathError:
        hint = "write `userName`, `name.givenName`, or one of them behind `urn:…:`"
        raise fault("invalid-path", "is not an attribute path", hint=hint) from None


class _NoneIsAWord:
    """`none` is no value; null could mean that something was forgotten."""

    def __get_pydantic_core_schema__(
        self, source: object, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        return core_schema.no_info_before_validator_function(_meant, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        cases = [case for case in handler(schema)["anyOf"] if case != {"type": "null"}]
        return {"anyOf": [*cases, {"const": _NONE}]}


def _meant(written: object) -> object:
    if written is None:
        raise fault("wrong-type", "must have a value, not null", hint=f"write `{_NONE}` for none")
    return None if written == _NONE else written


_T = TypeVar("_T")
OrNone = Annotated[_T | None, _NoneIsAWord()]
PathText = Annotated[FilledText, AfterValidator(_path)]


def _seconds(written: object) -> float:
    text = written if isinstance(written, str) else ""
    if text.replace(".", "", 1).isdigit() and text.isascii() and len(text) <= 9:
        return float(text)
    raise fault("invalid-number", "is not a number of seconds", hint="write for example 5 or 0.5")


Seconds = Annotated[
    float, PlainValidator(_seconds), WithJsonSchema({"type": "number", "minimum": 0})
]

_SCALARS: Final[Mapping[type, object]] = {
    bool: Flag,
    int: Ordinal,
    float: Seconds,
    str: FilledText,
}


def _scalar(annotation: object) -> object:
    """What reads a value of that type from a manifest. `none` is the word for no value."""
    match annotation:
        case UnionType():
            (given,) = (case for case in get_args(annotation) if case is not NoneType)
            return OrNone[Rate if given is float else _scalar(given)]  # type: ignore[misc]  # as below
        case type() if issubclass(annotation, StrEnum):
            return annotation
        case type():
            return _SCALARS[annotation]
        case _ if get_origin(annotation) in (tuple, frozenset):
            return tuple[FilledText, ...]
        case _:
            raise TypeError(f"no manifest can write {annotation}")


def _fields(of: type, but: frozenset[str]) -> dict[str, object]:
    """Each quirk as a field that may be left out, but for those that have one already."""
    hints = get_type_hints(of)
    return {
        quirk.field: (
            Given[_scalar(hints[quirk.field])],  # type: ignore[misc]  # an annotation that is made
            Field(default=None, description=f"{quirk.says[0].upper()}{quirk.says[1:]}."),
        )
        for quirk in described(of)
        if quirk.field not in but
    }


class AttributeFields(Fields):
    """What one attribute is (RFC 7643 §7). What is left out is as the RFC has it."""

    type: Given[AttributeType] = Field(default=None, description="Its data type.")
    required: Given[Flag] = Field(default=None, description="Every resource has a value for it.")
    case_exact: Given[Flag] = Field(default=None, description="Case makes a difference.")
    multi_valued: Given[Flag] = Field(default=None, description="It has several values.")
    mutability: Given[Mutability] = Field(default=None, description="Who may write it, and when.")
    returned: Given[Returned] = Field(default=None, description="When an answer has it.")
    uniqueness: Given[Uniqueness] = Field(default=None, description="Among whom it is unique.")


class _ResourceFrame(Fields):
    """The quirks of a resource type that are written in a way of their own."""

    attributes: Given[dict[PathText, AttributeFields]] = Field(
        default=None, description="What attributes are, by path without selector."
    )
    accepted: Given[tuple[PathText, ...]] = Field(
        default=None, description="The attributes that are kept: a closed list."
    )
    mark: OrNone[PathText] = Field(
        default=None, description="The attribute that can carry an ownership mark, or `none`."
    )


ResourceFields = make_model(  # type: ignore[call-overload]  # fields made from data
    "ResourceFields",
    __base__=_ResourceFrame,
    __doc__="Users or groups, as the provider has them.",
    **_fields(ResourceType, but=frozenset(_ResourceFrame.model_fields)),
)


class _Frame(Fields):
    extends: Name = Field(description="The built-in profile whose values hold where none is given.")
    probed: Given[Date] = Field(
        default=None, description="The day on which the values were seen at the provider."
    )
    because: Given[FilledText] = Field(default=None, description="Where the values come from.")
    users: Given[ResourceFields] = Field(default=None, description="Users there.")
    groups: Given[ResourceFields] = Field(default=None, description="Groups there.")


ProfileSpec = make_model(  # type: ignore[call-overload]  # fields made from data
    "ProfileSpec",
    __base__=_Frame,
    __doc__="What this provider does otherwise than the profile that it extends.",
    **_fields(Profile, but=frozenset()),
)


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


def _empty(spec: _Frame, origin: Origin) -> Iterator[Diagnostic]:
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

    def __init__(self, name: str, base: Profile, spec: _Frame, origin: Origin) -> None:
        self._name, self._base, self._spec, self._origin = name, base, spec, origin
        self._sources = dict(base.sources)
        self._overrides: list[tuple[str, str]] = []

    def profile(self) -> Profile:
        spec, base = self._spec, self._base
        own = {
            quirk.field: self._value(getattr(base, quirk.field), getattr(spec, quirk.field))
            for quirk in described(Profile)
            if quirk.field in spec.model_fields_set
        }
        for field, value in own.items():
            self._vouch(field, value, ("spec", written_name(field)))
        parts = {f"{kind}s": self._resource_type(kind) for kind in Kind}
        # The library's own checker cannot follow fields that are named by data.
        changed: dict[str, object] = {**own, **parts}
        return replace(
            base,
            name=self._name,
            sources=self._sources,
            overrides=tuple(sorted(self._overrides)),
            **changed,  # type: ignore[arg-type]  # see above
        )

    def _resource_type(self, kind: Kind) -> ResourceType:
        block, held = f"{kind}s", self._base.of(kind)
        written = getattr(self._spec, block)
        if written is None:
            return held
        changed: dict[str, object] = {}
        for field in (q.field for q in described(ResourceType)):
            if field not in written.model_fields_set:
                continue
            given = getattr(written, field)
            if field == "attributes":
                changed[field] = self._attributes(held, given, block)
                continue
            changed[field] = self._value(getattr(held, field), given)
            self._vouch(f"{block}.{field}", given, ("spec", block, written_name(field)))
        return replace(held, **changed)  # type: ignore[arg-type]  # see above

    def _attributes(
        self, held: ResourceType, given: Mapping[str, AttributeFields], block: str
    ) -> Mapping[str, Characteristics]:
        found = dict(held.attributes)
        for text, fields in given.items():
            path = parse_path(text)
            known = held.characteristics(path)
            own = {name: getattr(fields, name) for name in sorted(fields.model_fields_set)}
            same = next((t for t in found if parse_path(t) == path), text)
            found[same] = replace(known, **own)
            said = ", ".join(f"{written_name(n)} {shown(v)}" for n, v in own.items())
            self._vouch(f"{block}.attributes.{text}", said, ("spec", block, "attributes", text))
        return found

    def _value(self, held: object, given: object) -> object:
        if isinstance(held, frozenset) and isinstance(given, tuple):
            return frozenset(str(item).lower() for item in given)
        return given

    def _vouch(self, field: str, value: object, steps: tuple[Step, ...]) -> None:
        spec = self._spec
        where = spec.because or f"Profile {self._name}"
        at = self._origin.at(*steps)
        on = None if spec.probed is None else spec.probed.isoformat()
        grade = Grade.DECLARED if spec.probed is None else Grade.PROBED
        self._sources[field] = Provenance(grade, where, at, on)
        self._overrides.append((field, shown(value)))


PROFILE: Final = ManifestKind(ProfileManifest, _build)
