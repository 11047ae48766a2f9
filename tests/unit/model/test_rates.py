"""Limits as arithmetic: what is left of them to us, and how long requests take under them."""

from __future__ import annotations

import pytest

from reconciler.model.profile import RFC7644, ZPA
from reconciler.model.rates import NO_LIMIT, Rates


def test_a_share_is_taken_of_every_limit_and_of_every_burst() -> None:
    whole = Rates(50.0, 20.0, 10.0, 30, 15)
    assert whole.shared(0.2) == Rates(10.0, 4.0, 2.0, 6, 3)
    assert whole.shared(1.0) == whole
    assert NO_LIMIT.shared(0.2) == NO_LIMIT


@pytest.mark.parametrize(
    ("rates", "seconds"),
    [
        (NO_LIMIT, None),
        (Rates(10.0), 12.0),
        (Rates(reads=5.0), 4.0),
        (Rates(writes=5.0), 20.0),
        (Rates(writes=5.0, write_burst=50), 10.0),
        (Rates(writes=5.0, write_burst=500), 0.0),
        (Rates(100.0, reads=5.0, writes=5.0), 20.0),
    ],
)
def test_the_scarcest_limit_says_how_long_20_reads_and_100_writes_take(
    rates: Rates, seconds: float | None
) -> None:
    assert rates.seconds(20, 100) == seconds
    assert rates.declared is (seconds is not None)


def test_of_zpas_limit_a_fifth_is_ours_while_the_idp_writes_as_well() -> None:
    assert ZPA.rates.shared(ZPA.share) == Rates(10.0)
    assert RFC7644.rates == NO_LIMIT
