"""A plan says which of its changes rest on a guess about the provider, and of no other guess."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reconciler.model.change import Change
from reconciler.model.profile import BUILT_IN, RFC7644, ZPA
from reconciler.model.profile.values import values_of
from reconciler.model.provenance import Basis, Grade, Provenance, shown
from reconciler.plan.basis import rests_on
from tests.builders import (
    a_create,
    a_deactivation,
    a_deletion,
    a_reactivation,
    a_reference,
    a_removal,
    an_addition,
    an_update,
)

GUESS = Provenance(Grade.GUESSED, "nobody knows")
#: Nothing but guesses.
GUESSED = replace(RFC7644, sources={each.field: GUESS for each in values_of(RFC7644)})


@pytest.mark.parametrize(
    ("change", "some"),
    [
        (a_create(), {"users.accepted", "visibleWithin"}),
        (an_update(), {"users.accepted", "clearing"}),
        (a_reference(), {"users.accepted"}),
        (a_deactivation(), {"deactivation"}),
        (a_reactivation(), {"deactivation"}),
        (a_deletion(), {"deletion"}),
        (an_addition(), {"membersPerPatch", "membersIn"}),
        (a_removal(), {"membersPerPatch", "memberRemoval"}),
    ],
    ids=lambda value: value.action if hasattr(value, "action") else "",
)
def test_each_change_rests_on_guesses_of_its_own(change: Change, some: set[str]) -> None:
    found = {basis.field for basis in rests_on([change], GUESSED)}
    assert some <= found
    if "deactivation" not in some:
        assert "deactivation" not in found
    if "memberRemoval" not in some:
        assert "memberRemoval" not in found


def test_only_a_new_name_rests_on_what_renaming_does() -> None:
    renamed = an_update(path="userName", before="a", after="b")
    assert "users.rename" in {basis.field for basis in rests_on([renamed], GUESSED)}
    assert "users.rename" not in {basis.field for basis in rests_on([an_update()], GUESSED)}


def test_what_is_documented_is_no_guess() -> None:
    found = rests_on([a_removal(), a_deactivation()], ZPA)
    assert (
        Basis(
            field="membersPerPatch",
            value="100",
            source="guessed: no limit is published",
            acts=("remove members",),
        )
        in found
    )
    assert "deactivation" not in {basis.field for basis in found}


def test_an_unverified_profile_is_one_guess_as_a_whole() -> None:
    first = rests_on([a_create()], BUILT_IN["salesforce"])[0]
    assert (first.field, first.value, first.acts) == ("profile", "salesforce", ("create",))
    assert rests_on([], BUILT_IN["salesforce"]) == ()


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "none"),
        ((), "none"),
        (frozenset(), "none"),
        (frozenset({"b", "a"}), "a, b"),
        (("b", "a"), "b, a"),
        (True, "true"),
        (False, "false"),
        ({"b": 1, "a": 2}, "a, b"),
        ({"b": "2", "a": "1"}, "a: 1, b: 2"),
        ({}, "none"),
        (7, "7"),
    ],
)
def test_values_read_the_same_everywhere(value: object, text: str) -> None:
    assert shown(value) == text


def test_every_quirk_says_what_it_means() -> None:
    assert all(value.says for value in values_of(ZPA))
