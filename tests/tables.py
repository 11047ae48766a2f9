"""What the tables of cases cover: `python -m tests.tables`.

Each function and comparison of the expression language, and each clause operator of scoping
filters, has a table under `tests/cases/` with at least one case of each class. The tests of either
language run the cases; this page counts them, and a test wants all of it.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from reconciler.desired.expressions.functions import FUNCTIONS
from reconciler.model.scoping import Operator

CASES: Final = Path(__file__).parent / "cases"
CLASSES: Final = ("value", "null", "empty", "wrong type", "multi-valued")
COMPARISONS: Final = ("=", "<>", "<", "<=", ">", ">=")


@dataclass(frozen=True)
class Row:
    """One function or operator, and how many cases of each class it has."""

    family: str
    name: str
    cases: Counter[str]

    @property
    def missing(self) -> tuple[str, ...]:
        return tuple(each for each in CLASSES if not self.cases[each])


def rows() -> Iterator[Row]:
    """Everything that must have a table, in the order of the families."""
    expressions = tables("expressions", "function")
    for name in (*sorted(FUNCTIONS), *COMPARISONS):
        yield Row("expressions", name, expressions.get(name, Counter()))
    operators = tables("operators", "operator")
    for operator in Operator:
        yield Row("operators", operator.value, operators.get(operator.value, Counter()))


def tables(directory: str, names: str) -> dict[str, Counter[str]]:
    """How many cases of each class the tables of a directory hold, by what they are about."""
    found: dict[str, Counter[str]] = {}
    for path in sorted((CASES / directory).glob("*.json")):
        table: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        assert table[names] not in found, f"{path} repeats {table[names]}"
        found[table[names]] = Counter(case["class"] for case in table["cases"])
    return found


def covered(found: Iterable[Row]) -> tuple[int, int]:
    """How many pairs of a row and a class have a case, of how many."""
    found = tuple(found)
    pairs = len(found) * len(CLASSES)
    return pairs - sum(len(row.missing) for row in found), pairs


def report(found: Iterable[Row]) -> Iterator[str]:
    """A line for each row, and the share at the end."""
    found = tuple(found)
    yield f"{'':36}" + "".join(f"{each:>14}" for each in CLASSES)
    for row in found:
        counts = "".join(f"{row.cases[each] or '-':>14}" for each in CLASSES)
        yield f"{row.name:36}{counts}"
    done, pairs = covered(found)
    yield f"{done} of {pairs} classes of cases: {100 * done / pairs:.0f} %"


if __name__ == "__main__":
    all_rows = tuple(rows())
    sys.stdout.writelines(f"{line}\n" for line in report(all_rows))
    sys.exit(any(row.missing for row in all_rows))
