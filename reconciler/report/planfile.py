"""The saved plan: one JSON file that people review and `apply` carries out verbatim.

Shape: `{"format": "reconciler-plan/1", "digest": "sha256:…", "plan": {…}, "verdict": {…}}`. The
digest covers everything but itself, in canonical form, so a file that was edited or cut short is
refused. It does not prove who made the file: carry the digest through another channel than the
file, and give it to `apply --digest`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

from reconciler.errors import PlanFileError
from reconciler.model.canonical import digest
from reconciler.model.plan import Plan
from reconciler.model.policy import Verdict
from reconciler.report.plan_shape import shape_fault

FORMAT: Final = "reconciler-plan/1"
_PARTS: Final = frozenset({"format", "digest", "plan", "verdict"})
_AGAIN: Final = "make the plan again with `reconciler plan`"


@dataclass(frozen=True, slots=True)
class SavedPlan:
    """A plan, the verdict at the time it was made, and the digest over both."""

    plan: Plan
    verdict: Verdict
    digest: str


@cache
def _plan_type() -> TypeAdapter[Plan]:
    return TypeAdapter(Plan)


@cache
def _verdict_type() -> TypeAdapter[Verdict]:
    return TypeAdapter(Verdict)


def save(plan: Plan, verdict: Verdict) -> SavedPlan:
    """The plan with its digest."""
    return SavedPlan(plan, verdict, digest(_content(plan, verdict)))


def _content(plan: Plan, verdict: Verdict) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "plan": _plan_type().dump_python(plan, mode="json"),
        "verdict": _verdict_type().dump_python(verdict, mode="json"),
    }


def as_data(saved: SavedPlan) -> dict[str, Any]:
    """The file's content as JSON data."""
    return {**_content(saved.plan, saved.verdict), "digest": saved.digest}


def encode(saved: SavedPlan) -> bytes:
    """The file's bytes: the same plan gives the same bytes.

    One line per change, note and settled subject, so that two plans can be compared line by line;
    each line by the C encoder, which does not indent.
    """
    return (_object(as_data(saved), depth=2) + "\n").encode()


def _object(data: dict[str, Any], depth: int) -> str:
    parts = (f"{_line(name)}: {_value(data[name], depth - 1)}" for name in sorted(data))
    return "{\n" + ",\n".join(parts) + "\n}"


def _value(value: object, depth: int) -> str:
    if isinstance(value, dict) and depth:
        return _object(value, depth)
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return "[\n" + ",\n".join(map(_line, value)) + "\n]"
    return _line(value)


def _line(value: object) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False)


def _refuse(constant: str) -> None:
    raise ValueError(constant)  # NaN and Infinity are Python's, not JSON's


def decode(data: bytes, file: str) -> SavedPlan:
    """A plan from a file's bytes.

    Raises:
        PlanFileError: it is not a plan of this format, or its content does not match its digest.
    """
    try:
        content = json.loads(data, parse_constant=_refuse)
    except (ValueError, RecursionError) as exc:
        raise PlanFileError(
            f"{file} is not a plan: it is no complete JSON document", hint=_AGAIN
        ) from exc
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise PlanFileError(f"{file} is not a plan of the format {FORMAT}", hint=_AGAIN)
    if set(content) != _PARTS:
        raise PlanFileError(
            f"{file} has been edited: its parts are not those of a plan", hint=_AGAIN
        )
    stated = content.pop("digest")
    if stated != digest(content):
        raise PlanFileError(
            f"{file} has been edited or damaged: its content does not match its digest",
            hint=f"a plan is carried out as it was reviewed or not at all; {_AGAIN}",
        )
    try:
        plan = _plan_type().validate_python(content["plan"])
        verdict = _verdict_type().validate_python(content["verdict"])
    except ValidationError as exc:
        raise PlanFileError(
            f"{file} has {exc.error_count()} values that no plan of this version has", hint=_AGAIN
        ) from exc
    if (fault := shape_fault(plan)) is not None:
        raise PlanFileError(f"{file} is no plan of this product: {fault}", hint=_AGAIN)
    return SavedPlan(plan, verdict, stated)
