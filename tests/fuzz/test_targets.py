"""Every fuzzed function on its seeds, on what comes close to them, and on anything."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fuzz import replies, targets

TARGETS = {**targets.TARGETS, **replies.TARGETS}
SEEDS = {**targets.SEEDS, **replies.SEEDS}


def near(seeds: tuple[bytes, ...]) -> st.SearchStrategy[bytes]:
    """A seed with a piece replaced by other bytes."""

    def spoilt(seed: bytes, at: int, length: int, by: bytes) -> bytes:
        at %= len(seed) + 1
        return seed[:at] + by + seed[at + length :]

    return st.builds(
        spoilt,
        st.sampled_from(seeds),
        st.integers(0, 999),
        st.integers(0, 9),
        st.binary(max_size=9),
    )


@pytest.mark.parametrize("name", TARGETS)
def test_the_seeds_pass(name: str) -> None:
    for seed in SEEDS[name]:
        TARGETS[name](seed)


@pytest.mark.parametrize("name", TARGETS)
def test_nothing_makes_it_crash(name: str) -> None:
    @settings(deadline=None, max_examples=100, derandomize=True)
    @given(
        near(SEEDS[name])
        | st.binary(max_size=200)
        | st.text(max_size=60).map(lambda text: text.encode())
    )
    def attempt(data: bytes) -> None:
        TARGETS[name](data)

    attempt()
