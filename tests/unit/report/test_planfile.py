"""A saved plan is the same plan again, or it is refused."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.errors import PlanFileError
from reconciler.model.canonical import digest
from reconciler.model.plan import NoteKind
from reconciler.model.policy import Verdict, Violation
from reconciler.report.planfile import decode, encode, save
from tests.builders import (
    a_create,
    a_deactivation,
    a_deletion,
    a_note,
    a_plan,
    a_reactivation,
    a_removal,
    an_addition,
    an_update,
)

EVERYTHING = save(
    a_plan(
        a_create("e1", title=None, tags=("a", "b"), active=True, number=7),
        an_update("e2", before=("a",), after=()),
        a_reactivation("e3"),
        a_deactivation("e4"),
        a_deletion("g1", members=["e1"]),
        an_addition("g2"),
        a_removal("g3"),
        notes=[a_note(NoteKind.STRANGER)],
        gaps=["users"],
        seconds=1.5,
    ),
    Verdict((Violation("deactivations", "m", "w", ("h",)),)),
)


def test_what_is_read_is_what_was_saved() -> None:
    assert decode(encode(EVERYTHING), "plan.json") == EVERYTHING


def test_the_same_plan_is_the_same_bytes() -> None:
    assert encode(EVERYTHING) == encode(save(EVERYTHING.plan, EVERYTHING.verdict))


@given(st.integers(min_value=0), st.integers(1, 255))
def test_any_changed_byte_is_noticed(place: int, change: int) -> None:
    data = bytearray(encode(EVERYTHING))
    place %= len(data)
    data[place] ^= change
    try:
        same = decode(bytes(data), "plan.json")
    except PlanFileError:
        return
    assert same == EVERYTHING  # white space between values carries nothing


@given(st.integers(min_value=0))
def test_a_file_cut_short_is_refused(length: int) -> None:
    data = encode(EVERYTHING)
    with pytest.raises(PlanFileError):
        decode(data[: length % (len(data) - 2)], "plan.json")


def forged(**changes: object) -> bytes:
    """An edited plan whose digest was made to fit."""
    content = json.loads(encode(EVERYTHING))
    content["plan"] |= changes
    del content["digest"]
    content["digest"] = digest(content)
    return json.dumps(content).encode()


@pytest.mark.parametrize(
    "changes",
    [
        {"extra": 1},
        {"format_version": "2"},
        {"changes": [{"action": "explode"}]},
        {"changes": [{"action": "deactivate", "kind": "user", "key": "e1"}]},
        {"as_of": "yesterday"},
        {"population": None},
    ],
)
def test_a_fitting_digest_does_not_make_a_plan(changes: dict[str, object]) -> None:
    with pytest.raises(PlanFileError, match="no plan of this version"):
        decode(forged(**changes), "plan.json")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "no complete JSON document"),
        (b'{"format": NaN}', "no complete JSON document"),
        (b"\xff", "no complete JSON document"),
        (b"[]", "not a plan of the format"),
        (b'{"format": "reconciler-plan/0"}', "not a plan of the format"),
        (b'{"format": "reconciler-plan/1"}', "its parts are not those of a plan"),
    ],
)
def test_what_is_no_plan_says_so(data: bytes, message: str) -> None:
    with pytest.raises(PlanFileError, match=message):
        decode(data, "plan.json")
