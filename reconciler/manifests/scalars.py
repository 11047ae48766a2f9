"""Scalars of manifests: from the text that an author wrote to a value, or to a fault.

YAML's own guesses are not used, so `007` stays `007`, `no` is a word and a date is a date only
where a date belongs. A fault never repeats the value: it could be a token or an address.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from types import NoneType
from typing import Annotated, Final, LiteralString, TypeVar, get_args
from uuid import UUID

from pydantic import AfterValidator, GetCoreSchemaHandler, PlainValidator, Strict, WithJsonSchema
from pydantic_core import CoreSchema, PydanticCustomError

from reconciler.documents.nodes import Plain
from reconciler.model.period import Moment, instant_text


def fault(code: LiteralString, message: str, *, hint: str | None = None) -> PydanticCustomError:
    """What a validator raises; `message` goes on after the field's name ("`until` …")."""
    return PydanticCustomError(code, "{message}", {"message": message, "hint": hint})


class _NeverNull:
    def __get_pydantic_core_schema__(
        self, source: object, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        (given,) = (case for case in get_args(source) if case is not NoneType)
        return handler.generate_schema(given)


_T = TypeVar("_T")
#: A field that may be left out (its default is None) but not written as null: `filter:` with
#: nothing behind it must not read as "no filter".
Given = Annotated[_T | None, _NeverNull()]


# An editor reads YAML with types: `employeeId: 007` is a number to it, and text to us.
_ANY_SCALAR: Final = {"type": ["string", "number", "boolean"]}

Text = Annotated[str, Strict(), WithJsonSchema(_ANY_SCALAR)]


def _filled(text: str) -> str:
    if not text.strip():
        raise fault("empty-text", "is empty", hint="write a text, or leave the field out")
    return text


FilledText = Annotated[Text, AfterValidator(_filled)]


def shaped(pattern: str, code: LiteralString, message: str, *, hint: str) -> AfterValidator:
    """Accepts a text that is wholly of one form."""
    form = re.compile(pattern)

    def check(text: str) -> str:
        if form.fullmatch(text) is None:
            raise fault(code, message, hint=hint)
        return text

    return AfterValidator(check)


_NAME: Final = re.compile(r"[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?")
_NAME_SCHEMA: Final = {
    "type": ["string", "number"],
    "pattern": f"^{_NAME.pattern}$",
    "maxLength": 253,
}


def is_name(text: str) -> bool:
    """Whether `text` can be the name of a manifest."""
    return len(text) <= 253 and _NAME.fullmatch(text) is not None


def _name(text: str) -> str:
    if not is_name(text):
        raise fault(
            "invalid-name",
            "is not a name",
            hint="use lower-case letters, digits, `-`, `.` and `_`, at most 253 of them, "
            "with a letter or a digit first and last",
        )
    return text


Name = Annotated[str, Strict(), AfterValidator(_name), WithJsonSchema(_NAME_SCHEMA)]


def truth(written: object) -> bool | None:
    """What a plain `true` or `false` means; None for anything else."""
    if isinstance(written, Plain):
        return {"true": True, "false": False}.get(written)
    return None


def _flag(written: object) -> bool:
    meant = truth(written)
    if meant is None:
        raise fault(
            "invalid-boolean",
            "is neither true nor false",
            hint="write true or false, in lower case and without quotes",
        )
    return meant


Flag = Annotated[bool, PlainValidator(_flag), WithJsonSchema({"type": "boolean"})]


def _count(written: object) -> int:
    if isinstance(written, str) and written.isascii() and written.isdigit() and len(written) <= 9:
        return int(written)
    raise fault("invalid-number", "is not a whole number of at most nine digits")


Count = Annotated[int, PlainValidator(_count), WithJsonSchema({"type": "integer", "minimum": 0})]


def _from_one(number: int) -> int:
    if number < 1:
        raise fault("invalid-number", "begins with 1")
    return number


Ordinal = Annotated[
    int,
    PlainValidator(_count),
    AfterValidator(_from_one),
    WithJsonSchema({"type": "integer", "minimum": 1}),
]

_DECIMAL: Final = re.compile(r"\d{1,6}(?:\.\d{1,6})?", re.ASCII)


def _rate(written: object) -> float:
    if isinstance(written, str) and _DECIMAL.fullmatch(written) and float(written) > 0:
        return float(written)
    raise fault("invalid-number", "is not a number above 0", hint="write for example 5 or 0.5")


Rate = Annotated[
    float, PlainValidator(_rate), WithJsonSchema({"type": "number", "exclusiveMinimum": 0})
]


def _share(written: object) -> float:
    if isinstance(written, str) and written.endswith("%"):
        number = written.removesuffix("%").rstrip()
        if _DECIMAL.fullmatch(number) and float(number) <= 100:
            return float(number) / 100
    raise fault(
        "invalid-share", "is not a share between 0% and 100%", hint="write for example 0.5%"
    )


Share = Annotated[
    float,
    PlainValidator(_share),
    WithJsonSchema({"type": "string", "pattern": r"^\d{1,6}(\.\d{1,6})? *%$"}),
]

_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_INSTANT: Final = re.compile(
    r"\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?(?:Z|[+-]\d\d:\d\d)", re.ASCII
)
_DATE_HINT: Final = (
    "write a day as 2027-06-30, or an instant with its offset as 2027-06-30T18:00:00+01:00"
)
# The days that are still days when a zone's offset is added; `until: 9999-12-31` means "no end".
_FIRST_YEAR: Final = 1900
_LAST_YEAR: Final = 9998


def _moment(written: object) -> Moment:
    if isinstance(written, str):
        try:
            moment: Moment | None = None
            if _DAY.fullmatch(written):
                moment = date.fromisoformat(written)
            elif _INSTANT.fullmatch(written):
                moment = datetime.fromisoformat(written)
        except ValueError:
            moment = None
        if moment is not None:
            if _FIRST_YEAR <= moment.year <= _LAST_YEAR:
                return moment
            message = f"is not between the years {_FIRST_YEAR} and {_LAST_YEAR}"
            raise fault("invalid-date", message, hint="for no end, leave it out")
    raise fault("invalid-date", "is not a date", hint=_DATE_HINT)


Date = Annotated[
    Moment,
    PlainValidator(_moment),
    WithJsonSchema({"type": "string", "pattern": rf"^({_DAY.pattern}|{_INSTANT.pattern})$"}),
]


def _instant(written: object) -> str | None:
    if written is None or written == "":
        return None
    return instant_text(_moment(written))


#: A date among the attributes: an instant in UTC as text, which is what Entra makes of a day.
Instant = Annotated[
    str | None,
    PlainValidator(_instant),
    WithJsonSchema(
        {"type": ["string", "null"], "pattern": rf"^({_DAY.pattern}|{_INSTANT.pattern})?$"}
    ),
]

_UUID: Final = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


def _uuid(text: str) -> str:
    if _UUID.fullmatch(text) is None:
        raise fault(
            "invalid-uuid", "is not a UUID", hint="copy it from the directory, with hyphens"
        )
    return str(UUID(text))


ObjectId = Annotated[
    str,
    Strict(),
    AfterValidator(_uuid),
    WithJsonSchema({"type": "string", "pattern": f"^{_UUID.pattern}$"}),
]
