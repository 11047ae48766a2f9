"""Every function, comparison and clause operator has a case of every class."""

from __future__ import annotations

from collections import Counter

from tests.tables import CASES, CLASSES, Row, covered, report, rows

ALL = tuple(rows())


def test_tables_cover_everything() -> None:
    assert [(row.name, row.missing) for row in ALL if row.missing] == []
    done, pairs = covered(ALL)
    assert done == pairs
    assert list(report(ALL))[-1] == f"{done} of {pairs} classes of cases: 100 %"


def test_every_table_is_about_something_that_exists() -> None:
    tables = [path for family in ("expressions", "operators") for path in CASES.glob(f"{family}/*")]
    assert len(tables) == len(ALL)


def test_gap_is_named_and_counted() -> None:
    some = Row("expressions", "Foo", Counter({"value": 2, "null": 1}))
    assert some.missing == ("empty", "wrong type", "multi-valued")
    assert covered([some]) == (2, len(CLASSES))
    *_, line, last = report([some])
    assert line.split() == ["Foo", "2", "1", "-", "-", "-"]
    assert last == "2 of 5 classes of cases: 40 %"
