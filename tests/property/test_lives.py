"""Manifests, provider and a second writer change at random; the safety statements hold throughout.

`tests.lives` is the page that says which check holds which statement. `python -m tests.fuzz.lives`
goes on for as long as it is told, `python -m tests.fuzz.breaks` shows that the checks notice.
"""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.lives.machine import PROFILES, machine


@pytest.mark.parametrize("profile", PROFILES)
def test_the_statements_hold_whatever_happens(profile: str) -> None:
    run_state_machine_as_test(
        machine(profile),
        settings=settings(
            max_examples=2,
            stateful_step_count=20,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.generate],  # shrinking is for the long search
        ),
    )
