"""What every kind of manifest has in common: the frame around `spec`, and how one is read."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Annotated, ClassVar, Final, Generic, Protocol, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    PlainValidator,
    ValidationError,
    WithJsonSchema,
    model_validator,
)
from pydantic.alias_generators import to_camel

from reconciler.documents.nodes import Map
from reconciler.manifests.findings import findings
from reconciler.manifests.origin import Origin, Step
from reconciler.manifests.scalars import FilledText, Given, Name, Text, fault, truth
from reconciler.model.diagnostic import Diagnostic, error
from reconciler.model.path import Value
from reconciler.model.period import ALWAYS, Moment, Period, end_of, start_of
from reconciler.model.source import EXTENSION_PREFIX, OBJECT_ID

API_VERSION: Final = "reconciler/v1"


class Fields(BaseModel):
    """A mapping with known fields, in camel case; any other is an error."""

    # The checker cannot name the constructor's parameters; nobody calls it, YAML is validated.
    model_config: ClassVar[ConfigDict] = ConfigDict(  # type: ignore[pydantic-alias]  # see above
        extra="forbid", frozen=True, alias_generator=to_camel
    )


class Metadata(Fields):
    """What the manifest is called and whose it is."""

    name: Name = Field(description="The stable key in Git, unique per kind. Never a person's name.")
    labels: dict[str, Text] = Field(
        default_factory=dict, description='Free labels; `privileged: "true"` guards a group.'
    )
    owner: Given[FilledText] = Field(default=None, description="Who answers for it.")


def _api_version(written: object) -> str:
    if written != API_VERSION:
        raise fault("wrong-api-version", f"is not `{API_VERSION}`", hint=f"write {API_VERSION}")
    return API_VERSION


ApiVersion = Annotated[str, PlainValidator(_api_version), WithJsonSchema({"const": API_VERSION})]


class Manifest(Fields):
    """The frame. `apiVersion` may be left out inside a List only, which is checked before this."""

    api_version: ApiVersion = API_VERSION
    metadata: Metadata


#: Where attributes named `extension_…` are gathered. Nobody can write this name: it begins with
#: `extension_` itself, and `*` is not allowed in such a name.
EXTENSIONS: Final = "extension_*"


def _extension_value(written: object) -> Value:
    if written is None or isinstance(written, str):
        meant = truth(written)
        return str(written) if meant is None and written is not None else meant
    if isinstance(written, list) and all(isinstance(item, str) for item in written):
        return tuple(str(item) for item in written)
    raise fault("wrong-type", "must be text, true or false, or a list of texts")


_EXTENSION_SCHEMA: Final = {
    "type": ["string", "number", "boolean", "null", "array"],
    "items": {"type": ["string", "number", "boolean"]},
}
_EXTENSION_NAME: Final = re.compile(r"extension_[A-Za-z0-9_]+")


def _extension_name(name: str) -> str:
    if _EXTENSION_NAME.fullmatch(name) is None:
        raise fault("invalid-name", "is not the name of an extension attribute")
    return name


ExtensionName = Annotated[str, AfterValidator(_extension_name)]
ExtensionValue = Annotated[
    Value, PlainValidator(_extension_value), WithJsonSchema(_EXTENSION_SCHEMA)
]


class Extensible(Fields):
    """Fields among which directory extension attributes may stand."""

    extensions: dict[ExtensionName, ExtensionValue] = Field(  # type: ignore[pydantic-alias]  # as above
        default_factory=dict,
        alias=EXTENSIONS,
        description="A directory extension attribute: text, a boolean or a list of texts.",
    )

    @model_validator(mode="before")
    @classmethod
    def _gather(cls, written: object) -> object:
        if not isinstance(written, Map):
            return written
        extensions = {name for name in written if name.startswith(EXTENSION_PREFIX)}
        if not extensions:
            return written
        gathered: dict[str, object] = {n: v for n, v in written.items() if n not in extensions}
        gathered[EXTENSIONS] = {name: written[name] for name in extensions}
        return gathered


def attributes_of(spec: Extensible, names: dict[str, str], object_id: str) -> dict[str, Value]:
    """The written attributes by their names in manifests, sorted. Empty text clears, as null does.

    `names` gives the name of each field that is an attribute; `object_id` is the one to use when
    none is written.
    """
    written: dict[str, Value] = {OBJECT_ID: object_id, **spec.extensions}
    for field in spec.model_fields_set:
        name = names.get(field)
        if name is not None:
            written[name] = getattr(spec, field)
    return {name: None if written[name] == "" else written[name] for name in sorted(written)}


def period_of(
    origin: Origin, steps: tuple[Step, ...], begins: Moment | None, ends: Moment | None
) -> tuple[Period, tuple[Diagnostic, ...]]:
    """The period of `from` and `until` where the steps lead, and whether it is empty."""
    if begins is None and ends is None:
        return ALWAYS, ()
    if begins is None or ends is None or not is_empty_period(begins, ends):
        return Period(begins, ends), ()
    hint = "exchange them; both named days belong to the period"
    message = f"{origin.subject}: `until` is before `from`"
    return ALWAYS, (error("until-before-from", message, origin.at(*steps, "until"), hint=hint),)


# Where zones reach: a day begins first in the one and ends last in the other.
_EARLIEST: Final = timezone(timedelta(hours=14))
_LATEST: Final = timezone(timedelta(hours=-12))


def is_empty_period(begins: Moment, ends: Moment) -> bool:
    """Whether nothing lies between, in whichever zone days are counted."""
    if not isinstance(begins, datetime) and not isinstance(ends, datetime):
        return ends < begins
    return end_of(ends, _LATEST) <= start_of(begins, _EARLIEST)


E_co = TypeVar("E_co", covariant=True)


@dataclass(frozen=True, slots=True)
class Built(Generic[E_co]):
    """What became of one document: the value when there is one, and what is wrong with it."""

    entity: E_co | None
    found: tuple[Diagnostic, ...] = ()


class Reader(Protocol[E_co]):
    """Reads one kind of manifest."""

    @property
    def model(self) -> type[Manifest]:
        """What a document of this kind may hold; also what editors are told."""
        ...

    def read(self, origin: Origin) -> Built[E_co]:
        """The document as a value."""
        ...


M = TypeVar("M", bound=Manifest)


@dataclass(frozen=True, slots=True)
class ManifestKind(Generic[M, E_co]):
    """A kind: the model that checks a document, and the function that makes the value of it."""

    model: type[M]
    build: Callable[[M, Origin], Built[E_co]]

    def read(self, origin: Origin) -> Built[E_co]:
        """The document as a value, or every fault that the model finds."""
        try:
            manifest = self.model.model_validate(origin.node)
        except ValidationError as invalid:
            return Built(None, findings(invalid, self.model, origin))
        return self.build(manifest, origin)
