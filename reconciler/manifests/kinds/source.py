"""`kind: Source`: people from a table that another system exports."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Discriminator, Field, PlainValidator, Tag, WithJsonSchema
from pydantic.alias_generators import to_camel

from reconciler.documents.nodes import Map
from reconciler.manifests.hints import did_you_mean
from reconciler.manifests.kinds.manifest import Built, Fields, Manifest, ManifestKind
from reconciler.manifests.origin import Origin
from reconciler.manifests.scalars import Count, FilledText, Given, Ordinal, Share, Text, fault
from reconciler.manifests.sources.cells import (
    KNOWN,
    Sort,
    Unreadable,
    date_slices,
    reading_of,
    sort_of,
)
from reconciler.model.diagnostic import Diagnostic, error
from reconciler.model.feed import (
    Column,
    DatedBy,
    Expected,
    Fixed,
    Leavers,
    Reader,
    Shrink,
    Source,
    TableFormat,
)
from reconciler.model.show import plain
from reconciler.model.source import USER_PRINCIPAL_NAME

_AGE: Final = re.compile(r"(\d{1,4})([hd])", re.ASCII)
_NEVER_TOO_OLD: Final = timedelta.max


def _age(written: object) -> timedelta:
    if written == "never":
        return _NEVER_TOO_OLD
    found = _AGE.fullmatch(written) if isinstance(written, str) else None
    if found is None or not int(found[1]):
        hint = "write for example 26h or 2d, or `never`"
        raise fault("invalid-age", "is not an age", hint=hint)
    number = int(found[1])
    return timedelta(hours=number) if found[2] == "h" else timedelta(days=number)


Age = Annotated[
    timedelta,
    PlainValidator(_age),
    WithJsonSchema({"type": "string", "pattern": r"^(\d{1,4}[hd]|never)$"}),
]


def _delimiter(text: str) -> str:
    if len(text) != 1 or text in '"\r\n' or text.isalnum():
        raise fault(
            "invalid-delimiter", "is not a delimiter", hint='write for example ";" or "\\t"'
        )
    return text


Delimiter = Annotated[Text, AfterValidator(_delimiter)]


def _path(text: str) -> str:
    parts = text.split("/")
    if "\\" in text or "\0" in text or any(part in {"", ".", ".."} for part in parts):
        hint = "write it from the top of the tree, with `/`: feeds/people.csv"
        raise fault("source-path", "is not the path of a file in this tree", hint=hint)
    return text


TreePath = Annotated[Text, AfterValidator(_path)]

_SUFFIX: Final = re.compile(r"\.[A-Za-z0-9]{1,20}", re.ASCII)


def _suffix(text: str) -> str:
    if _SUFFIX.fullmatch(text) is None:
        hint = "write what is added to the table's name, as in `.time`"
        raise fault("source-path", "is not an ending of a file's name", hint=hint)
    return text


Suffix = Annotated[Text, AfterValidator(_suffix)]

_PREFIX: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")


def _prefix(text: str) -> str:
    if _PREFIX.fullmatch(text) is None:
        hint = "use lower-case letters, digits, `-`, `.` and `_`, with a letter or a digit first"
        raise fault("invalid-name", "is not what a name can begin with", hint=hint)
    return text


Prefix = Annotated[Text, AfterValidator(_prefix)]


class KeyColumn(Fields):
    """The column of the immutable key."""

    column: FilledText = Field(description="The column's name.")
    prefix: Given[Prefix] = Field(default=None, description="What goes before it in names.")


class ColumnFields(Fields):
    """A column, and how its cells are read."""

    column: FilledText = Field(description="The column's name.")
    prefix: Given[Prefix] = Field(
        default=None, description="For `manager`: what goes before a key in names."
    )
    separator: Given[FilledText] = Field(default=None, description="What parts a list.")
    when_true: Given[tuple[FilledText, ...]] = Field(
        default=None, description="The words that mean true; `true` when left out."
    )
    when_false: Given[tuple[FilledText, ...]] = Field(
        default=None, description="The words that mean false; `false` when left out."
    )
    date_format: Given[FilledText] = Field(
        default=None, description="Where yyyy, MM and dd stand; yyyy-MM-dd when left out."
    )
    default: Given[FilledText] = Field(default=None, description="What an empty cell means.")


class ConstantFields(Fields):
    """A value that every row gets."""

    constant: FilledText


def _tag(written: object) -> str:
    if not isinstance(written, Map):
        return "a name"
    return "a constant" if "constant" in written else "a column"


AttributeFields = Annotated[
    Annotated[FilledText, Tag("a name")]
    | Annotated[ColumnFields, Tag("a column")]
    | Annotated[ConstantFields, Tag("a constant")],
    Discriminator(_tag),
]
KeyFields = Annotated[
    Annotated[FilledText, Tag("a name")] | Annotated[KeyColumn, Tag("a column")],
    Discriminator(lambda written: "a column" if isinstance(written, Map) else "a name"),
]


class LeaverFields(Fields):
    """The rows of those who have left."""

    column: FilledText = Field(description="The column that says so.")
    values: tuple[FilledText, ...] = Field(description="What it says then; case is ignored.")


class DatedFields(Fields):
    """What tells when the table was made."""

    column: Given[FilledText] = Field(
        default=None, description="A column with an instant; the oldest of all rows counts."
    )
    sidecar: Given[Suffix] = Field(
        default=None, description="The ending of a file beside the table that holds an instant."
    )


class ExpectedRange(Fields):
    """How many rows a whole table has."""

    min: Ordinal = Field(description="At least so many.")
    max: Given[Ordinal] = Field(default=None, description="At most so many.")


ExpectedFields = Annotated[
    Annotated[Ordinal, Tag("an exact number")] | Annotated[ExpectedRange, Tag("a range")],
    Discriminator(lambda written: "a range" if isinstance(written, Map) else "an exact number"),
]


class ShrinkFields(Fields):
    """How many rows fewer than at the last apply are believed: the larger of the two."""

    share: Share = Field(default=0.05, description="5% when left out.")
    floor: Count = Field(default=5, description="5 when left out.")


class SourceSpec(Fields):
    """Where the table is, what its columns mean, and when it is not believed."""

    file: Given[TreePath] = Field(
        default=None,
        description="The table's path in this tree. Left out: it is given with --source.",
    )
    format: TableFormat = TableFormat.CSV
    delimiter: Delimiter = ","
    key: KeyFields = Field(description="The column whose values are the names of people.")
    attributes: dict[str, AttributeFields] = Field(
        description="Attributes of a User (and `from`, `until`): a column, or a constant."
    )
    leavers: Given[LeaverFields] = None
    dated: Given[DatedFields] = None
    expect: ExpectedFields = Field(description="How many rows a whole table has.")
    max_age: Given[Age] = Field(
        default=None,
        description="How old the table may be: 26h, 2d, `never`. 2d for a given one.",
    )
    max_shrink: ShrinkFields = ShrinkFields()


class SourceManifest(Manifest):
    """People whom nobody types: a table from HR, or an export of a directory."""

    kind: Literal["Source"]
    spec: SourceSpec


_AGE_OF_GIVEN: Final = timedelta(days=2)


def _build(manifest: SourceManifest, origin: Origin) -> Built[Source]:
    spec = manifest.spec
    found = tuple(_faults(spec, origin))
    if found:
        return Built(None, found)
    key = KeyColumn(column=spec.key) if isinstance(spec.key, str) else spec.key
    age = spec.max_age or (_AGE_OF_GIVEN if spec.file is None else _NEVER_TOO_OLD)
    dated = spec.dated or DatedFields()
    source = Source(
        name=manifest.metadata.name,
        file=spec.file,
        format=spec.format,
        delimiter=spec.delimiter,
        key=Column(key.column, Reader(prefix=key.prefix or ""), origin.at("spec", "key")),
        columns={
            name: column
            for name in sorted(spec.attributes)
            if not isinstance(column := _column(name, spec.attributes[name], origin), Unreadable)
        },
        leavers=_leavers(spec.leavers, origin),
        dated=DatedBy(dated.column, dated.sidecar),
        expected=_expected(spec.expect),
        max_age=None if age == _NEVER_TOO_OLD else age,
        max_shrink=Shrink(spec.max_shrink.share, spec.max_shrink.floor),
        at=origin.at("metadata", "name"),
    )
    return Built(source)


def _column(
    name: str, written: str | ColumnFields | ConstantFields, origin: Origin
) -> Column | Fixed | Unreadable:
    at = origin.at("spec", "attributes", name)
    match written:
        case str():
            return Column(written, Reader(), at)
        case ConstantFields():
            value = reading_of(name, Reader())(written.constant)
            return value if isinstance(value, Unreadable) else Fixed(value, at)
        case _:
            reader = Reader(
                separator=written.separator,
                when_true=_words(written.when_true),
                when_false=_words(written.when_false),
                date_format=written.date_format,
                default=written.default,
                prefix=written.prefix or "",
            )
            return Column(written.column, reader, at)


def _words(written: tuple[str, ...] | None) -> frozenset[str]:
    return frozenset(word.strip().casefold() for word in written or ())


def _leavers(written: LeaverFields | None, origin: Origin) -> Leavers | None:
    if written is None:
        return None
    return Leavers(written.column, _words(written.values), origin.at("spec", "leavers"))


def _expected(written: int | ExpectedRange) -> Expected:
    if isinstance(written, int):
        return Expected(written, written)
    return Expected(written.min, written.max)


def _faults(spec: SourceSpec, origin: Origin) -> Iterator[Diagnostic]:
    """What contradicts itself, or the attributes that it speaks of."""
    subject = origin.subject
    if USER_PRINCIPAL_NAME not in spec.attributes:
        yield error(
            "missing-field",
            f"{subject}: `spec.attributes.{USER_PRINCIPAL_NAME}` is missing",
            origin.at("spec", "attributes"),
            hint=f"name the column of the sign-in name: `{USER_PRINCIPAL_NAME}: COLUMN`",
        )
    for name, written in sorted(spec.attributes.items()):
        yield from _attribute_faults(name, written, spec.format, origin)
    if spec.leavers is not None and not spec.leavers.values:
        hint = "name the words of the column, as in `values: [left, terminated]`"
        at = origin.at("spec", "leavers", "values")
        yield error("empty-list", f"{subject}: `leavers.values` is empty", at, hint=hint)
    if isinstance(spec.expect, ExpectedRange) and (spec.expect.max or spec.expect.min) < (
        spec.expect.min
    ):
        at = origin.at("spec", "expect", "max")
        yield error("invalid-range", f"{subject}: `expect.max` is less than `min`", at)
    yield from _date_faults(spec, origin)


def _date_faults(spec: SourceSpec, origin: Origin) -> Iterator[Diagnostic]:
    dated = spec.dated
    if dated is not None and (dated.column is None) is (dated.sidecar is None):
        yield error(
            "invalid-dated",
            f"{origin.subject}: `dated` needs one of `column` and `sidecar`",
            origin.at("spec", "dated"),
            hint="write `dated: {column: COLUMN}` or `dated: {sidecar: .time}`",
        )
    aged = spec.max_age is not None and spec.max_age != _NEVER_TOO_OLD
    if aged and dated is None and spec.file is not None:
        # A file's own time is that of the checkout: it would always be young.
        yield error(
            "source-undated",
            f"{origin.subject}: nothing tells how old a file of this tree is",
            origin.at("spec", "maxAge"),
            hint="say with `dated:` what tells its age, or leave `maxAge` out",
        )


def _attribute_faults(
    name: str, written: str | ColumnFields | ConstantFields, form: TableFormat, origin: Origin
) -> Iterator[Diagnostic]:
    subject, at = origin.subject, origin.at("spec", "attributes", name)
    sort = sort_of(name)
    if sort is None:
        message = f"{subject}: `{plain(name)}` is not an attribute of a User"
        yield error("unknown-attribute", message, at, hint=did_you_mean(name, KNOWN))
        return
    if isinstance(written, ConstantFields):
        value = reading_of(name, Reader())(written.constant)
        if isinstance(value, Unreadable):
            yield error("invalid-constant", f"{subject}: the constant {value.why}", at)
        return
    options = written if isinstance(written, ColumnFields) else ColumnFields(column=written)
    for field, sorts in _OPTIONS.items():
        if getattr(options, field) is not None and sort not in sorts:
            option = to_camel(field)
            yield error(
                "source-option",
                f"{subject}: `{option}` has no meaning for `{name}`, which is {sort}",
                origin.at("spec", "attributes", name, option),
                hint="remove it",
            )
    if options.date_format is not None and date_slices(options.date_format) is None:
        yield error(
            "invalid-date-format",
            f"{subject}: `dateFormat` needs yyyy, MM and dd, each once",
            origin.at("spec", "attributes", name, "dateFormat"),
            hint="write for example dd.MM.yyyy",
        )
    if sort is Sort.TEXTS and form is TableFormat.CSV and options.separator is None:
        yield error(
            "source-without-separator",
            f"{subject}: `{name}` is a list, and nothing says what parts it in a cell",
            at,
            hint='add `separator:`, as in `{column: COLUMN, separator: ";"}`',
        )


#: What each option is for.
_OPTIONS: Final = {
    "prefix": {Sort.KEY},
    "separator": {Sort.TEXTS, Sort.ANY},
    "when_true": {Sort.BOOLEAN, Sort.ANY},
    "when_false": {Sort.BOOLEAN, Sort.ANY},
    "date_format": {Sort.DATE},
}

SOURCE: Final = ManifestKind(SourceManifest, _build)
