"""Limits as arithmetic: what is left of them to us, and how long requests take under them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reconciler.model.dialect import SharedBy
from reconciler.model.identity import Kind
from reconciler.model.profile import RFC7644, ZPA
from reconciler.model.rates import NO_LIMIT, KindRates, Rates


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
    assert rates.seconds(20, {Kind.USER: 70, Kind.GROUP: 30}) == seconds
    assert rates.declared is (seconds is not None)


@pytest.mark.parametrize(
    ("users", "groups", "seconds"),
    [
        (KindRates(7.0), KindRates(), 10.0),
        (KindRates(7.0, burst=35), KindRates(), 5.0),
        (KindRates(7.0, burst=35), KindRates(0.5), 60.0),
        (KindRates(per_hour=70), KindRates(), 0.0),
        (KindRates(per_hour=30), KindRates(per_hour=30), 7200.0),
    ],
)
def test_writes_of_one_kind_may_be_what_takes_longest(
    users: KindRates, groups: KindRates, seconds: float
) -> None:
    rates = Rates(users=users, groups=groups)
    assert rates.seconds(20, {Kind.USER: 70, Kind.GROUP: 30}) == seconds
    assert not rates.declared
    assert Rates(writes=1.0, users=users, groups=groups).shared(0.5) == Rates(
        writes=0.5, users=users.shared(0.5), groups=groups.shared(0.5)
    )


def test_a_share_of_an_hour_is_at_least_one_write() -> None:
    assert KindRates(2.0, 5, 100).shared(0.2) == KindRates(0.4, 1, 20)
    assert KindRates(per_hour=3).shared(0.2) == KindRates(per_hour=1)


def test_who_has_limits_of_their_own_takes_nothing_from_ours() -> None:
    alone = replace(ZPA, limits_shared_by=SharedBy.CREDENTIAL)
    assert ZPA.our_rates == Rates(10.0)
    assert alone.our_rates == Rates(50.0)


def test_of_zpas_limit_a_fifth_is_ours_while_the_idp_writes_as_well() -> None:
    assert ZPA.rates.shared(ZPA.share) == Rates(10.0)
    assert RFC7644.rates == NO_LIMIT
