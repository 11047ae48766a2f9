"""Light values behave like every other value here, but for the run-time check of assignments."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reconciler.model.diagnostic import Position
from reconciler.model.light import light_value


@light_value()
class Pair:
    left: int
    right: int = 2


def test_it_compares_hashes_and_is_replaced_by_its_fields() -> None:
    assert Pair(1) == Pair(1, 2) != Pair(2)
    assert len({Pair(1), Pair(1, 2), Pair(2)}) == 2
    assert replace(Pair(1), right=3) == Pair(1, 3)
    assert repr(Pair(1)).endswith("Pair(left=1, right=2)")


def test_it_has_no_order_unless_it_is_asked_for() -> None:
    with pytest.raises(TypeError, match="not supported"):
        sorted([Pair(1), Pair(2)])  # type: ignore[type-var]  # the point of the test
    assert Position("a", 2) < Position("a", 10) < Position("b", 1)


def test_it_has_room_for_its_fields_alone() -> None:
    with pytest.raises(AttributeError):
        Pair(1).middle = 3  # type: ignore[attr-defined]  # the point of the test
