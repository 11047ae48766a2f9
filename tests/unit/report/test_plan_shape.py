"""A file with the right digest in which something holds that no plan of ours has."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reconciler.errors import PlanFileError
from reconciler.model.attributes import MANAGER
from reconciler.model.change import Change
from reconciler.model.policy import Verdict
from reconciler.report.planfile import decode, encode, save
from tests.builders import (
    a_create,
    a_deactivation,
    a_deletion,
    a_plan,
    a_reactivation,
    a_reference,
    a_removal,
    an_addition,
    an_update,
)

EVERY: list[Change] = [
    a_create(),
    an_update(),
    a_reactivation(),
    a_deactivation(),
    a_deletion(),
    a_reference(),
    an_addition(),
    a_removal(),
]


def reread(change: Change) -> None:
    decode(encode(save(a_plan(change), Verdict())), "plan.json")


@pytest.mark.parametrize("change", EVERY, ids=lambda change: change.action)
def test_what_the_product_makes_is_a_plan(change: Change) -> None:
    reread(change)


@pytest.mark.parametrize(
    "change", [c for c in EVERY if c.id is not None], ids=lambda change: change.action
)
def test_only_what_the_plan_creates_and_links_to_it_may_have_no_id(change: Change) -> None:
    without = replace(change, id=None)
    if change.action in {"addMembers", "setReferences"}:
        reread(without)
    else:
        with pytest.raises(PlanFileError, match=f"its {change.action} of .* names no live"):
            reread(without)


@pytest.mark.parametrize("path", ["", "a[", "id:", "x y", MANAGER.text + "."])
def test_a_path_must_be_one(path: str) -> None:
    with pytest.raises(PlanFileError, match="which is no path of an attribute"):
        reread(an_update(path=path))
