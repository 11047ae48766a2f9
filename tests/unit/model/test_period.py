"""A named day belongs to its period, in the target's time zone."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from reconciler.model.period import ALWAYS, Moment, Period, Phase, instant_text

LISBON = ZoneInfo("Europe/Lisbon")
AUCKLAND = ZoneInfo("Pacific/Auckland")
JUNE = Period(date(2026, 6, 1), date(2026, 6, 30))


@pytest.mark.parametrize(
    ("instant", "phase"),
    [
        ("2026-05-31T22:59:59+00:00", Phase.BEFORE),
        ("2026-05-31T23:00:00+00:00", Phase.WITHIN),  # midnight in Lisbon, in summer
        ("2026-06-30T22:59:59+00:00", Phase.WITHIN),
        ("2026-06-30T23:00:00+00:00", Phase.AFTER),
    ],
)
def test_days_are_counted_where_the_target_is(instant: str, phase: Phase) -> None:
    assert JUNE.at(datetime.fromisoformat(instant), LISBON) is phase


def test_the_same_instant_can_be_another_day_elsewhere() -> None:
    instant = datetime(2026, 6, 30, 13, 0, tzinfo=UTC)
    assert JUNE.at(instant, LISBON) is Phase.WITHIN
    assert JUNE.at(instant, AUCKLAND) is Phase.AFTER


def test_exact_instants_are_taken_as_they_are() -> None:
    noon = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
    assert Period(noon, None).at(noon, LISBON) is Phase.WITHIN
    assert Period(None, noon).at(noon, LISBON) is Phase.AFTER


def test_no_dates_mean_always() -> None:
    assert ALWAYS.at(datetime(1, 1, 2, tzinfo=UTC), LISBON) is Phase.WITHIN


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (date(2027, 6, 30), "2027-06-30T00:00:00Z"),
        (datetime(2027, 6, 30, 1, 30, tzinfo=timezone(timedelta(hours=2))), "2027-06-29T23:30:00Z"),
        (datetime(2027, 6, 30, 1, 30, 5, 999, tzinfo=UTC), "2027-06-30T01:30:05Z"),
    ],
)
def test_date_among_the_attributes_is_an_instant_in_utc(moment: Moment, text: str) -> None:
    assert instant_text(moment) == text
