"""What answers say of limits is read on the way, and costs nothing."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from reconciler.doctor.finding import Notes
from reconciler.doctor.limits import examine_limits
from reconciler.doctor.line import Reading
from reconciler.model.dialect import QuotaHeaders


def told(*answers: tuple[int, Mapping[str, str]]) -> Notes:
    notes = Notes()
    examine_limits([Reading(status, headers) for status, headers in answers], notes)
    return notes


@pytest.mark.parametrize(
    ("headers", "seen"),
    [
        ({}, {}),
        ({"x-ratelimit-limit": "60"}, {}),
        ({"x-ratelimit-remaining": "59"}, {"quota_headers": QuotaHeaders.X_RATELIMIT}),
        ({"ratelimit-remaining": "59"}, {"quota_headers": QuotaHeaders.RATELIMIT}),
        (
            {"x-ratelimit-remaining": "4999", "x-ratelimit-limit": "5000, 5000;w=60"},
            {"quota_headers": QuotaHeaders.X_RATELIMIT, "requests_per_second": 83.333},
        ),
        (
            {"ratelimit-policy": '"burst";q=100;w=60,"day";q=1440;w=86400'},
            {"requests_per_second": 0.017},
        ),
        ({"ratelimit-limit": "10, 10;w=1, 0;w=5, 9;w=0"}, {"requests_per_second": 10.0}),
        ({"ratelimit-limit": "many;w=soon"}, {}),
    ],
)
def test_a_limit_is_worth_a_value_where_its_window_stands_beside_it(
    headers: Mapping[str, str], seen: Mapping[str, object]
) -> None:
    notes = told((200, {}), (200, headers))
    assert {field: value for field, (value, _) in notes.seen.items()} == seen
    assert notes.findings == []


@pytest.mark.parametrize(
    ("headers", "said"),
    [
        ({}, "1 of 2 requests were too many (429), and nothing says how long to wait"),
        (
            {"retry-after": "13"},
            "1 of 2 requests were too many (429); `Retry-After` is seconds, which is kept to",
        ),
        (
            {"retry-after": "13s"},
            "1 of 2 requests were too many (429); `Retry-After` is seconds with their unit, which "
            "is kept to",
        ),
        (
            {"retry-after": "Sat, 28 Nov 2026 12:00:00 GMT"},
            "1 of 2 requests were too many (429); `Retry-After` is a date, which is kept to",
        ),
        (
            {"retry-after": "in a \x1b[31mwhile"},
            "1 of 2 requests were too many (429); `Retry-After` cannot be read: "
            "in a \\u001b[31mwhile",
        ),
    ],
)
def test_a_429_says_in_which_form_it_asks_to_wait(headers: Mapping[str, str], said: str) -> None:
    (found,) = told((200, {}), (429, headers)).findings
    assert (found.about, found.said) == ("limits", said)
    assert found.hint is not None
