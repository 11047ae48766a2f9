"""Limits: the larger of floor and share, never above the cap; tokens bound to what tripped."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.model.policy import DEFAULT_LIMITS, Guard, Limit, Verdict, Violation


@pytest.mark.parametrize(
    ("limit", "population", "allowed"),
    [
        (Limit(3, 0.005, 25), 0, 3),
        (Limit(3, 0.005, 25), 600, 3),
        (Limit(3, 0.005, 25), 601, 4),
        (Limit(3, 0.005, 25), 1_000, 5),
        (Limit(3, 0.005, 25), 1_000_000, 25),
        (Limit(5, 0.10), 50, 5),
        (Limit(5, 0.10), 51, 6),
        (Limit(0), 1_000_000, 0),
        (Limit(10, 0.5, 3), 1_000, 3),
    ],
)
def test_a_limit_allows_the_larger_of_floor_and_share_up_to_the_cap(
    limit: Limit, population: int, allowed: int
) -> None:
    assert limit.allowed(population) == allowed


@given(st.integers(0, 10**7), st.sampled_from([0.001, 0.002, 0.005, 0.05, 0.1]))
def test_a_share_is_never_rounded_up_past_the_next_whole_number(
    population: int, share: float
) -> None:
    thousandths = round(share * 1000)
    assert Limit(0, share).allowed(population) == -(-population * thousandths // 1000)


def test_every_guard_has_a_default() -> None:
    assert set(DEFAULT_LIMITS) == set(Guard)


def test_a_token_changes_with_any_change_that_tripped() -> None:
    one = Violation("deactivations", "m", "w", ("a", "b"))
    other = Violation("deactivations", "m", "w", ("a", "c"))
    elsewhere = Violation("deletions", "m", "w", ("a", "b"))
    assert len({one.token, other.token, elsewhere.token}) == 3
    assert one.token == Violation("deactivations", "other words", "w", ("a", "b")).token


def test_no_violation_means_yes() -> None:
    assert Verdict().accepted
    assert not Verdict((Violation("deletions", "m", "w", ()),)).accepted
