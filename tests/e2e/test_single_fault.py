"""Each request of a plan and of an apply, spoilt in each way that there is, one run each.

All of them where changes are sent by PATCH; in each other setting (`SETTINGS`) a sample with a
fixed seed, of which `python -m tests.fuzz.single` is the whole.
"""

from __future__ import annotations

from random import Random

import pytest

from tests.e2e.spoiling import (
    FAULTS,
    SETTINGS,
    Stage,
    Usual,
    every_single_fault,
    set_up,
    spoil_a_plan,
    spoil_an_apply,
    spoil_once,
    unharmed,
)

SAMPLE = 4


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Stage:
    return set_up(tmp_path_factory.mktemp("single"))


@pytest.fixture(scope="module")
def usual(stage: Stage) -> Usual:
    return unharmed(stage)


@pytest.mark.parametrize("fault", FAULTS)
def test_a_plan_with_one_fault_is_whole_or_removes_nobody(
    fault: str, stage: Stage, usual: Usual
) -> None:
    for number in range(1, usual.reads + 1):
        spoil_a_plan(stage, usual, fault, number)


@pytest.mark.parametrize("fault", FAULTS)
def test_an_apply_with_one_fault_has_one_outcome_per_change_and_the_next_run_converges(
    fault: str, stage: Stage, usual: Usual
) -> None:
    for number in range(1, usual.requests + 1):
        spoil_an_apply(stage, usual, fault, number)


@pytest.mark.parametrize("name", [name for name in SETTINGS if name != "patch"])
def test_so_it_is_however_changes_are_sent_and_wherever_the_ledger_is(
    name: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    stage = set_up(tmp_path_factory.mktemp(name), name)
    usual = unharmed(stage)
    for fault, number, of_plan in Random(name).sample(every_single_fault(usual), SAMPLE):
        spoil_once(stage, usual, fault, number, of_plan=of_plan)
