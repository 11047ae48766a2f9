"""Which feeds are believed whole, and whom the others leave in doubt."""

from __future__ import annotations

from datetime import timedelta

import pytest

from reconciler.desired.feeds import Feeds, read_feeds
from reconciler.model.declared import Declared, User
from reconciler.model.desired import Cause, Excluded, Provisioned, Reason, Undetermined
from reconciler.model.diagnostic import Position
from reconciler.model.feed import (
    Column,
    DatedBy,
    Expected,
    Feed,
    Reader,
    Row,
    Shrink,
    Source,
    TableFormat,
)
from reconciler.model.identity import UserKey
from reconciler.model.note_code import NoteCode
from tests.builders import NOON

AT = Position("hr.yaml", 3, 12)
LINE = Position("hr.csv", 7)
DAY = timedelta(days=1)
ANY_NUMBER = Expected(1, None)


def a_feed(
    rows: int = 10,
    *,
    expected: Expected = ANY_NUMBER,
    max_age: timedelta | None = None,
    age: timedelta | None = None,
    fault: str | None = None,
    prefix: str = "",
    name: str = "hr",
) -> Feed:
    key = Column("id", Reader(prefix=prefix), AT)
    source = Source(
        name, None, TableFormat.CSV, ",", key, {}, None, DatedBy(), expected, max_age,
        Shrink(0.05, 2), AT,
    )  # fmt: skip
    dated = None if age is None else NOON - age
    return Feed(source, "hr.csv", rows, 0, "sha256:d", dated, fault)


def feeds(*given: Feed, counted: int | None = None) -> Feeds:
    declared = Declared(feeds={feed.source.name: feed for feed in given})
    return read_feeds(declared, NOON, {} if counted is None else {"hr": counted})


@pytest.mark.parametrize(
    ("feed", "counted", "gap"),
    [
        (a_feed(), None, None),
        (a_feed(fault="line 3: broken"), None, "line 3: broken"),
        (a_feed(expected=Expected(10, 10)), None, None),
        (
            a_feed(expected=Expected(11, 11)),
            None,
            "it has 10 rows, and exactly 11 are expected",
        ),
        (a_feed(expected=Expected(11, None)), None, "it has 10 rows, and at least 11 are expected"),
        (a_feed(expected=Expected(1, 9)), None, "it has 10 rows, and 1 to 9 are expected"),
        (a_feed(1, expected=Expected(2, 2)), None, "it has 1 row, and exactly 2 are expected"),
        (a_feed(), 9, None),
        (a_feed(), 12, None),
        (
            a_feed(),
            13,
            "it has 10 rows, 3 fewer than the 13 of the last apply, and 2 fewer are believed",
        ),
        (a_feed(190), 200, None),
        (
            a_feed(189),
            200,
            "it has 189 rows, 11 fewer than the 200 of the last apply, and 10 fewer are believed",
        ),
        (a_feed(max_age=DAY, age=DAY), None, None),
        (
            a_feed(max_age=DAY, age=DAY + timedelta(seconds=1)),
            None,
            "it is of 2026-11-22 11:59 UTC, and at most 1 d are believed",
        ),
        (
            a_feed(max_age=timedelta(hours=26)),
            None,
            "nothing tells how old it is, and at most 26 h are believed",
        ),
        (a_feed(max_age=DAY, age=-timedelta(hours=1)), None, None),
        (
            a_feed(max_age=DAY, age=-timedelta(hours=2)),
            None,
            "it is dated 2026-11-23 14:00 UTC, which is still to come",
        ),
    ],
)
def test_a_feed_is_believed_within_every_bound_and_not_beyond(
    feed: Feed, counted: int | None, gap: str | None
) -> None:
    (state,) = feeds(feed, counted=counted).states
    assert state.gap == gap


def a_user(key: str, row: Row | None = None) -> User:
    return User(UserKey(key), {}, AT, row=row)


def test_more_may_be_known_of_whoever_an_incomplete_source_can_speak_of() -> None:
    broken = feeds(a_feed(fault="x", prefix="h"), a_feed(name="partners", prefix="p"))
    because = Reason("source hr is incomplete and may say more of h1", AT)
    assert broken.missing(a_user("h1")) == because
    assert broken.missing(a_user("p1")) is None
    row = Row("hr", LINE, frozenset(), "d")
    assert broken.missing(a_user("h1", row)) is None
    assert feeds(a_feed()).missing(a_user("h1")) is None


@pytest.mark.parametrize("cause", [Cause.OUT_OF_SCOPE, Cause.UNASSIGNED, Cause.NOT_ENTITLED])
def test_no_exclusion_follows_from_attributes_that_may_be_missing(cause: Cause) -> None:
    excluded = Excluded(cause, Reason("the filter says no", LINE))
    said = "the filter says no; but source hr is incomplete and may say more of h1"
    spared = Undetermined(NoteCode.SOURCE_INCOMPLETE, Reason(said, AT))
    assert feeds(a_feed(fault="x")).spare(a_user("h1"), excluded) == spared
    assert feeds(a_feed()).spare(a_user("h1"), excluded) is excluded


@pytest.mark.parametrize("cause", [Cause.DISABLED, Cause.ENDED, Cause.HELD])
def test_what_git_says_itself_counts_whatever_is_missing(cause: Cause) -> None:
    broken = feeds(a_feed(fault="x"))
    excluded = Excluded(cause, Reason("Git says so", LINE))
    assert broken.spare(a_user("h1"), excluded) is excluded
    there = Provisioned(Reason("assigned", LINE))
    assert broken.spare(a_user("h1"), there) is there
