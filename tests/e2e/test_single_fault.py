"""Each request of a plan and of an apply, spoilt in each way that there is, one run each."""

from __future__ import annotations

import pytest

from tests.e2e.spoiling import (
    CONSISTENT_LIES,
    FAULTS,
    Stage,
    Usual,
    changes_of,
    check_outcomes,
    check_removals,
    converge,
    set_up,
    told,
    unharmed,
)


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
        stage.reset()
        plan_file = stage.shell.directory / "plan.json"
        plan_file.unlink(missing_ok=True)
        with stage.spoilt((number, fault)):
            planned = stage.shell.run("plan", "-o", "plan.json", "--format", "json")
        assert "Traceback" not in planned.err
        told(fault, number, planned)
        strangers = fault.startswith("second-writer")
        if not plan_file.exists():
            assert planned.code == 1, planned.err
        elif planned.data["plan"]["gaps"]:
            assert planned.code == 1
            check_removals(planned, f"{fault} at request {number}")
        elif fault not in CONSISTENT_LIES and not strangers:
            assert planned.code == 0
            assert changes_of(planned) == usual.changes, number
        converge(stage, usual, acknowledging=strangers)


@pytest.mark.parametrize("fault", FAULTS)
def test_an_apply_with_one_fault_has_one_outcome_per_change_and_the_next_run_converges(
    fault: str, stage: Stage, usual: Usual
) -> None:
    for number in range(1, usual.requests + 1):
        stage.reset()
        with stage.spoilt():
            assert stage.shell.run("plan", "-o", "plan.json").code == 0
        with stage.spoilt((number, fault)):
            applied = stage.shell.run("apply", "plan.json", "--format", "json")
        assert "Traceback" not in applied.err
        told(fault, number, applied)
        if applied.out:
            check_outcomes(applied, usual, f"{fault} at request {number}")
        else:
            assert applied.code in {1, 5}, applied.err
        converge(stage, usual, acknowledging=fault.startswith("second-writer"))
