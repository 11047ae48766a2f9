"""Every function and operator against its table in `tests/cases/expressions/`.

A case names its class, an expression, the attributes, perhaps a `context`, and one of: `result`;
`matches` (a regular expression, for what is random); `candidates`; `failure` or `error` (part of
the message of a failed evaluation, or of an expression that is refused); `ignore`.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TypedDict

import pytest

from reconciler.desired.expressions import (
    Candidates,
    Context,
    EvaluationFailure,
    ExpressionError,
    Ignore,
    Program,
    compile_expression,
)
from reconciler.desired.expressions.functions import FUNCTIONS
from reconciler.model.key import Key
from reconciler.model.path import Scalar, Value
from reconciler.model.secret import Secret

TABLES = Path(__file__).parents[3] / "cases" / "expressions"

CaseData = TypedDict(
    "CaseData",
    {
        "class": str,
        "expression": str,
        "attributes": dict[str, Scalar | list[Scalar]],
        "context": dict[str, str],
        "result": Scalar | list[Scalar],
        "matches": str,
        "candidates": list[Scalar],
        "failure": str,
        "error": str,
        "ignore": bool,
    },
    total=False,
)


@dataclass(frozen=True)
class Case:
    function: str
    data: CaseData

    @property
    def attributes(self) -> dict[str, Value]:
        given = self.data.get("attributes", {})
        return {name: canonical(value) for name, value in given.items()}

    @property
    def context(self) -> Context:
        stated = self.data.get("context", {})
        return Context(
            datetime.fromisoformat(stated.get("asOf", "2024-01-01T00:00:00+00:00")),
            Key(Secret("of the tables")),
            stated.get("defaultDomain"),
        )


def canonical(value: Scalar | list[Scalar]) -> Value:
    return tuple(value) if isinstance(value, list) else value


def tables() -> dict[str, list[CaseData]]:
    found = {}
    for path in sorted(TABLES.glob("*.json")):
        table = json.loads(path.read_text(encoding="utf-8"))
        found[table["function"]] = table["cases"]
    return found


CASES = [Case(function, row) for function, rows in tables().items() for row in rows]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.data["expression"])
def test_case_of_the_table(case: Case) -> None:
    program = compile_expression(case.data["expression"])
    if "error" in case.data:
        assert isinstance(program, ExpressionError)
        assert case.data["error"] in program.message
        assert 0 <= program.offset <= len(case.data["expression"])
        return
    assert isinstance(program, Program), program
    result = program.evaluate(case.attributes, case.context)
    if "failure" in case.data:
        assert isinstance(result, EvaluationFailure), result
        assert result.function in case.data["expression"]
        assert case.data["failure"] in result.reason
    elif "ignore" in case.data:
        assert result == Ignore()
    elif "candidates" in case.data:
        assert result == Candidates(tuple(case.data["candidates"]))
    elif "matches" in case.data:
        assert isinstance(result, str)
        assert re.fullmatch(case.data["matches"], result), result
    else:
        expected = canonical(case.data["result"])
        assert (type(result), result) == (type(expected), expected)


def test_table_exercises_its_own_function() -> None:
    for case in CASES:
        assert case.function in case.data["expression"]


def test_functions_are_every_one_of_entras_list() -> None:
    listed = (
        "Append AppRoleAssignments AppRoleAssignmentsComplex AssertiveAppRoleAssignmentsComplex "
        "BitAnd CBool CDate Coalesce ConvertToBase64 ConvertToUTF8Hex Count CStr DateAdd DateDiff "
        "DateFromNum DefaultDomain FormatDateTime Guid IgnoreFlowIfNullOrEmpty IIF InStr "
        "IsNothing IsNull IsNullOrEmpty IsPresent IsString Item Join Left Len Mid "
        "NormalizeDiacritics Not Now NumFromDate PCase Prepend RandomString Redact "
        "RemoveDuplicates Replace SelectUniqueValue SingleAppRoleAssignment Split StripSpaces "
        "Switch ToLower ToUpper Word"
    )
    assert set(FUNCTIONS) == set(listed.split())


def test_replace_knows_its_parameters_by_both_spellings() -> None:
    (form,) = FUNCTIONS["Replace"].forms
    assert [(p.name, p.graph) for p in form.parameters] == [
        ("source", None),
        ("oldValue", "Find"),
        ("regexPattern", "RegularExpression"),
        ("regexGroupName", "RegularExpressionGroupName"),
        ("replacementValue", "Replacement"),
        ("replacementAttributeName", "ReplacementPropertyName"),
        ("template", "Template"),
    ]
