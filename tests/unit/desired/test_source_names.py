"""The tables of names that the languages are checked against."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from reconciler.model.attributes import (
    RESOURCE_NAMES,
    SUB_ATTRIBUTES,
    canonical_name,
    characteristics,
)
from reconciler.model.identity import Kind
from reconciler.model.path import ENTERPRISE_USER, parse_path
from reconciler.model.period import Period, Phase
from reconciler.model.source import SourceType, is_extension, source_type
from reconciler.model.suggestion import suggest


@pytest.mark.parametrize(
    ("kind", "name", "type_"),
    [
        (Kind.USER, "department", SourceType.TEXT),
        (Kind.USER, "Department", None),
        (Kind.USER, "extensionAttribute15", SourceType.TEXT),
        (Kind.USER, "extensionAttribute16", None),
        (Kind.USER, "accountEnabled", SourceType.BOOLEAN),
        (Kind.USER, "otherMails", SourceType.TEXTS),
        (Kind.USER, "extension_9f_shoe", SourceType.ANY),
        (Kind.USER, "extension_", None),
        (Kind.USER, "IsSoftDeleted", None),  # computed, so nobody writes it
        (Kind.GROUP, "description", SourceType.TEXT),
        (Kind.GROUP, "department", None),
        (Kind.GROUP, "extension_9f_tier", SourceType.ANY),
    ],
)
def test_source_attribute_has_a_type(kind: Kind, name: str, type_: SourceType | None) -> None:
    assert source_type(kind, name) is type_


def test_extension_has_a_name_behind_its_prefix() -> None:
    assert is_extension("extension_a")
    assert not is_extension("extension_")


def test_names_of_the_standard_are_found_whatever_their_case() -> None:
    names = {*RESOURCE_NAMES, *(name for subs in SUB_ATTRIBUTES.values() for name in subs)}
    assert {canonical_name(name.lower()) for name in names} == names
    assert canonical_name("customflag") == "customflag"
    assert canonical_name(ENTERPRISE_USER.lower()) == ENTERPRISE_USER


def test_every_name_at_the_top_of_a_resource_is_a_path_or_an_extension() -> None:
    paths = RESOURCE_NAMES - {ENTERPRISE_USER}
    assert all(characteristics(parse_path(name)) for name in paths)


@pytest.mark.parametrize(
    ("word", "suggestion"),
    [("departmnt", "department"), ("COUNTRY", "country"), ("zzz", None), ("c" * 1000, None)],
)
def test_suggestion_is_the_nearest_name(word: str, suggestion: str | None) -> None:
    assert suggest(word, {"department", "country", "city"}) == suggestion


@pytest.mark.parametrize("zone", ["UTC", "Pacific/Kiritimati", "Pacific/Pago_Pago"])
def test_last_day_of_all_never_ends(zone: str) -> None:
    now = datetime(2026, 6, 15, tzinfo=UTC)
    assert Period(date.min, date.max).at(now, ZoneInfo(zone)) is Phase.WITHIN
