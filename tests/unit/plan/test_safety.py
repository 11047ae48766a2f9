"""What a profile holds back, whatever policies allow and manifests want."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar

import pytest

from reconciler.model.change import AttributeChange, Change, Delete, RemoveMembers
from reconciler.model.identity import Kind
from reconciler.model.policy import DEFAULT_LIMITS, Limit, Policies
from reconciler.model.profile.clauses import Safety
from reconciler.plan.judge import judge, judge_all
from tests.builders import (
    a_deletion,
    a_plan,
    a_removal,
    an_addition,
    an_update,
)

T = TypeVar("T")
#: Policies that let everything through: what is left is the provider's.
GENEROUS = Policies(limits=dict.fromkeys(DEFAULT_LIMITS, Limit(10_000)))


def a_user_deletion(key: str) -> Delete:
    return replace(a_deletion(key), kind=Kind.USER)


def named(change: T, name: str) -> T:
    """A change of a group that is called so."""
    return replace(change, name=name)  # type: ignore[type-var]  # every change is a dataclass


def found(safety: Safety, *changes: Change) -> list[tuple[str, str, bool]]:
    verdict = judge(a_plan(*changes), GENEROUS, safety)
    return [(v.check, v.message, v.releasable) for v in verdict.violations]


def leaving(group: str, number: int) -> RemoveMembers:
    """Of ten."""
    removal = a_removal(group, [f"e{n}" for n in range(number)], held=10)
    assert removal.held == 10
    return removal


@pytest.mark.parametrize(("number", "trips"), [(0, False), (2, False), (3, True)])
def test_so_many_people_are_deleted_at_a_time_and_no_more(number: int, trips: bool) -> None:
    gone = [a_user_deletion(f"e{n}") for n in range(number)]
    said = found(Safety(deletions=2), *gone, a_deletion("ops"))
    assert said == (
        [
            (
                "provider-deletions",
                "3 people would be deleted; 2 at a time are safe at this provider",
                True,
            )
        ]
        if trips
        else []
    )
    assert found(Safety(), *gone) == []


@pytest.mark.parametrize(("share", "number"), [(0.5, 5), (0.29, 2), (0.3, 3), (0.05, 0), (1.0, 10)])
def test_so_much_of_a_group_leaves_at_a_time_and_no_more(share: float, number: int) -> None:
    safety = Safety(group_share=share)
    if number:
        assert found(safety, leaving("ops", number)) == []
    if number < 10:
        ((check, message, releasable),) = found(safety, leaving("ops", number + 1))
        assert (check, releasable) == ("provider-group-share:ops", True)
        assert f"of 10 would be removed from ops; {number} at a time are safe" in message
    assert found(Safety(), leaving("ops", 10)) == []


@pytest.mark.parametrize(
    "changes",
    [
        [named(a_deletion("ops"), "Admins")],
        [named(a_removal("ops"), "ADMINS")],
        [
            replace(
                an_update("ops"),
                kind=Kind.GROUP,
                name="Ops",
                changes=(
                    AttributeChange("externalId", "a", "b"),
                    AttributeChange("displayName", "admins", "Ops"),
                ),
            ),
            a_removal("ops"),
        ],
    ],
    ids=["deleted", "emptied", "renamed and emptied"],
)
def test_nothing_is_taken_from_a_group_of_the_providers_own(changes: Sequence[Change]) -> None:
    ((check, message, releasable),) = found(Safety(protected_groups=("admins",)), *changes)
    assert (check, releasable) == ("provider-protected", False)
    assert message.endswith("a group of the provider's own")
    assert found(Safety(protected_groups=("others",)), *changes) == []


def test_people_may_join_it_and_a_person_of_that_name_is_somebody_else() -> None:
    given: list[Change] = [
        named(an_addition("ops"), "admins"),
        named(a_user_deletion("e1"), "admins"),
    ]
    assert found(Safety(protected_groups=("admins",)), *given) == []


def test_it_holds_beside_every_set_of_policies() -> None:
    plan = a_plan(a_user_deletion("a"), a_user_deletion("b"))
    verdict = judge_all(plan, [GENEROUS, GENEROUS], Safety(deletions=1))
    assert [v.check for v in verdict.violations] == ["provider-deletions"]
