"""What may stand in `kind: Source`, field by field."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Discriminator, Field, PlainValidator, Tag, WithJsonSchema

from reconciler.documents.nodes import Map
from reconciler.manifests.kinds.manifest import Fields, Manifest
from reconciler.manifests.scalars import (
    Count,
    FilledText,
    Given,
    Ordinal,
    Share,
    Text,
    fault,
    shaped,
)
from reconciler.model.feed import TableFormat

_AGE: Final = re.compile(r"(\d{1,4})([hd])", re.ASCII)
NEVER_TOO_OLD: Final = timedelta.max


def _age(written: object) -> timedelta:
    if written == "never":
        return NEVER_TOO_OLD
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

Suffix = Annotated[
    Text,
    shaped(
        r"\.[A-Za-z0-9]{1,20}",
        "source-path",
        "is not an ending of a file's name",
        hint="write what is added to the table's name, as in `.time`",
    ),
]
Prefix = Annotated[
    Text,
    shaped(
        r"[a-z0-9][a-z0-9._-]{0,63}",
        "invalid-name",
        "is not what a name can begin with",
        hint="use lower-case letters, digits, `-`, `.` and `_`, with a letter or a digit first",
    ),
]


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
