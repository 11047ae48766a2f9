"""The fields of `kind: Profile`, made from those of `model.profile`.

A quirk that is added there can be written here at once: only a type that no quirk had before needs
a line (`_scalar`), and what is written in a way of its own a frame.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from types import NoneType, UnionType
from typing import Annotated, Final, TypeVar, get_args, get_origin, get_type_hints

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

from reconciler.manifests.kinds.manifest import Fields
from reconciler.manifests.scalars import (
    Date,
    FilledText,
    Flag,
    Given,
    Name,
    Ordinal,
    Rate,
    Share,
    fault,
)
from reconciler.model.attributes import AttributeType, Mutability, Returned, Uniqueness
from reconciler.model.path import PathError, parse_path
from reconciler.model.profile import Profile
from reconciler.model.provenance import described, parts

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

_HEADER_NAME: Final = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}")
#: What is ours to say, or would make another request of it.
_OWN_HEADERS: Final = frozenset({
    "authorization", "proxy-authorization", "cookie", "host", "connection", "transfer-encoding",
    "content-length", "content-type", "content-encoding", "accept", "accept-encoding", "if-match",
    "expect", "upgrade", "te", "trailer",
})  # fmt: skip


def _header_name(written: str) -> str:
    if _HEADER_NAME.fullmatch(written) is None:
        raise fault("invalid-header", "is not the name of a header", hint="`X-Api-Version`")
    if written.lower() in _OWN_HEADERS:
        hint = "a token is bound to the target's `credential`, outside the manifests"
        raise fault("invalid-header", "is a header that no profile can set", hint=hint)
    return written


def _header_text(written: str) -> str:
    if not (written.isascii() and written.isprintable()):
        raise fault("invalid-header", "has characters that no header can carry")
    return written


_PLACE: Final = re.compile(r"/?[A-Za-z0-9_~-][A-Za-z0-9._~-]*(?:/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)*")


def _place(written: str) -> str:
    if _PLACE.fullmatch(written) is None:
        hint = "write what follows the base URL, for example `Users`"
        raise fault("invalid-place", "is not a path below the base URL", hint=hint)
    return written.removeprefix("/")


#: What each of them means is fixed (`scim.protocol`).
_SETTLED: Final = frozenset({401, 403, 404, 412, 429})


def _status(written: object) -> int:
    text = written if isinstance(written, str) else ""
    if re.fullmatch(r"[45]\d\d", text, re.ASCII) is None or int(text) in _SETTLED:
        hint = f"one from 400 to 599, but none of {', '.join(map(str, sorted(_SETTLED)))}"
        raise fault("invalid-status", "is no status that can be tried again", hint=hint)
    return int(text)


PlaceText = Annotated[FilledText, AfterValidator(_place)]
Status = Annotated[
    int,
    PlainValidator(_status),
    WithJsonSchema({"type": "integer", "minimum": 400, "maximum": 599}),
]
HeaderName = Annotated[FilledText, AfterValidator(_header_name)]
HeaderText = Annotated[FilledText, AfterValidator(_header_text)]

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


class AttributeFields(Fields):
    """What one attribute is (RFC 7643 §7). What is left out is as the RFC has it."""

    type: Given[AttributeType] = Field(default=None, description="Its data type.")
    required: Given[Flag] = Field(default=None, description="Every resource has a value for it.")
    case_exact: Given[Flag] = Field(default=None, description="Case makes a difference.")
    multi_valued: Given[Flag] = Field(default=None, description="It has several values.")
    mutability: Given[Mutability] = Field(default=None, description="Who may write it, and when.")
    returned: Given[Returned] = Field(default=None, description="When an answer has it.")
    uniqueness: Given[Uniqueness] = Field(default=None, description="Among whom it is unique.")
    max_length: Given[Ordinal] = Field(default=None, description="The most characters of a text.")


#: What a field takes that not everything of its type can be.
_FORMS: Final[Mapping[str, object]] = {
    "attributes": dict[PathText, AttributeFields],
    "accepted": tuple[PathText, ...],
    "filterable": tuple[PathText, ...],
    "mark": Annotated[PathText | None, _NoneIsAWord()],
    "endpoint": Annotated[PlaceText | None, _NoneIsAWord()],
    "config_path": PlaceText,
    "headers": dict[HeaderName, HeaderText],
    "retried": tuple[Status, ...],
    "group_share": Annotated[Share | None, _NoneIsAWord()],
}


def _fields(of: type) -> dict[str, object]:
    """Each quirk as a field that may be left out."""
    hints = get_type_hints(of)
    return {
        quirk.field: (
            Given[_FORMS.get(quirk.field) or _scalar(hints[quirk.field])],  # type: ignore[misc]  # an annotation that is made
            Field(default=None, description=f"{quirk.says[0].upper()}{quirk.says[1:]}."),
        )
        for quirk in described(of)
    }


def _block(of: type) -> type[Fields]:
    """The fields of one part, which is called what its class says in its first line."""
    return make_model(  # type: ignore[call-overload, no-any-return]  # fields made from data
        f"{of.__name__}Fields",
        __base__=Fields,
        __doc__=(of.__doc__ or "").partition("\n")[0],
        **_fields(of),
    )


def _blocks() -> dict[str, object]:
    """Each part as a field that may be left out; users and groups are two of one type."""
    hints = get_type_hints(Profile)
    models = {of: _block(of) for of in dict.fromkeys(hints[name] for name in parts(Profile))}
    return {
        name: (
            Given[models[hints[name]]],  # type: ignore[misc, valid-type]  # an annotation that is made
            Field(default=None, description=f"{about[0].upper()}{about[1:]}."),
        )
        for name, about in parts(Profile).items()
    }


class _Frame(Fields):
    extends: Name = Field(description="The built-in profile whose values hold where none is given.")
    probed: Given[Date] = Field(
        default=None, description="The day on which the values were seen at the provider."
    )
    because: Given[FilledText] = Field(default=None, description="Where the values come from.")


ProfileSpec = make_model(  # type: ignore[call-overload]  # fields made from data
    "ProfileSpec",
    __base__=_Frame,
    __doc__="What this provider does otherwise than the profile that it extends.",
    **_fields(Profile),
    **_blocks(),
)
