"""Two faults in one run, drawn by chance. `python -m tests.fuzz.pairs` draws for minutes."""

from __future__ import annotations

from random import Random

import pytest

from tests.e2e.spoiling import Stage, Usual, set_up, spoil_twice, unharmed

DRAWS = 60


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Stage:
    return set_up(tmp_path_factory.mktemp("pairs"))


@pytest.fixture(scope="module")
def usual(stage: Stage) -> Usual:
    return unharmed(stage)


@pytest.mark.parametrize("seed", range(4))
def test_two_faults_lose_nothing_and_double_nothing(seed: int, stage: Stage, usual: Usual) -> None:
    chance = Random(seed)
    for _ in range(DRAWS // 4):
        spoil_twice(stage, usual, chance)
