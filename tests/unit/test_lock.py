"""The locked set installs on a machine that has nothing, also when newer versions are out."""

from __future__ import annotations

import re
from importlib.metadata import distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

LOCK = Path(__file__).parents[2] / ".ci/requirements.txt"


def locked() -> dict[str, Requirement]:
    """The pins that this machine installs, by name."""
    lines = re.findall(r"^([A-Za-z0-9][^\\\n]*)", LOCK.read_text(encoding="utf-8"), re.MULTILINE)
    pins = map(Requirement, lines)
    return {
        canonicalize_name(pin.name): pin
        for pin in pins
        if pin.marker is None or pin.marker.evaluate()
    }


def test_every_extra_that_a_locked_package_asks_for_is_locked_with_it() -> None:
    """pip checks hashes name by name: an extra without a pin of its own takes the newest version,
    which has no hash here, and nothing is installed at all."""
    pins = locked()
    asked = {
        (canonicalize_name(wanted.name), extra)
        for pin in pins.values()
        for line in distribution(pin.name).requires or ()
        if (wanted := Requirement(line)).marker is None or wanted.marker.evaluate({"extra": ""})
        for extra in wanted.extras
    }
    assert asked, "the packages' own metadata names extras"
    assert {(name, extra) for name, extra in asked if extra not in pins[name].extras} == set()
