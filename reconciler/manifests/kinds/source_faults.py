"""What contradicts itself in `kind: Source`, or the attributes that it speaks of."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from pydantic.alias_generators import to_camel

from reconciler.manifests.hints import did_you_mean
from reconciler.manifests.kinds.source_fields import (
    NEVER_TOO_OLD,
    ColumnFields,
    ConstantFields,
    ExpectedRange,
    SourceSpec,
)
from reconciler.manifests.origin import Origin
from reconciler.manifests.sources.cells import (
    KNOWN,
    Sort,
    Unreadable,
    date_slices,
    reading_of,
    sort_of,
)
from reconciler.model.diagnostic import Diagnostic, error
from reconciler.model.feed import Reader, TableFormat
from reconciler.model.show import plain
from reconciler.model.source import USER_PRINCIPAL_NAME


def source_faults(spec: SourceSpec, origin: Origin) -> Iterator[Diagnostic]:
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
    aged = spec.max_age is not None and spec.max_age != NEVER_TOO_OLD
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
