"""Every break of the engine still has its place there, so that it breaks what it says."""

from __future__ import annotations

from pathlib import Path

from tests.lives.breaks import BREAKS


def test_every_break_still_fits() -> None:
    root = Path(__file__).parents[2]
    assert [misfit for each in BREAKS for misfit in each.misfits(root)] == []


def test_every_statement_has_a_break() -> None:
    assert {each.statement for each in BREAKS} == set(range(15))
