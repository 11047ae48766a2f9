"""`kind: Source`: people from a table that another system exports."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from reconciler.manifests.kinds.manifest import Built, ManifestKind
from reconciler.manifests.kinds.source_faults import source_faults
from reconciler.manifests.kinds.source_fields import (
    NEVER_TOO_OLD,
    ColumnFields,
    ConstantFields,
    DatedFields,
    ExpectedRange,
    KeyColumn,
    LeaverFields,
    SourceManifest,
)
from reconciler.manifests.origin import Origin
from reconciler.manifests.sources.cells import Unreadable, reading_of
from reconciler.model.feed import Column, DatedBy, Expected, Fixed, Leavers, Reader, Shrink, Source

_AGE_OF_GIVEN: Final = timedelta(days=2)


def _build(manifest: SourceManifest, origin: Origin) -> Built[Source]:
    spec = manifest.spec
    found = tuple(source_faults(spec, origin))
    if found:
        return Built(None, found)
    key = KeyColumn(column=spec.key) if isinstance(spec.key, str) else spec.key
    age = spec.max_age or (_AGE_OF_GIVEN if spec.file is None else NEVER_TOO_OLD)
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
        max_age=None if age == NEVER_TOO_OLD else age,
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


SOURCE: Final = ManifestKind(SourceManifest, _build)
