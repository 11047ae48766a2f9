"""The two providers that most tests here speak to."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from reconciler.simulator.quirks import ZPA
from tests.unit.simulator.builders_simulator import Client, a_provider


@pytest.fixture
def rfc(tmp_path: Path) -> Iterator[Client]:
    with a_provider(tmp_path) as client:
        yield client


@pytest.fixture
def zpa(tmp_path: Path) -> Iterator[Client]:
    with a_provider(tmp_path, ZPA) as client:
        yield client
