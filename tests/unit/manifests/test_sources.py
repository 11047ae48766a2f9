"""Tables of people: what a cell means, and what is no cell at all."""

from __future__ import annotations

import os
from datetime import date, datetime, timedelta, timezone
from pathlib import Path

import pytest

from reconciler.manifests.load import load
from reconciler.manifests.sources.cells import (
    LONGEST_CELL,
    Cell,
    Unreadable,
    date_slices,
    key_of,
    reading_of,
)
from reconciler.manifests.sources.find import instant
from reconciler.model.feed import Reader
from reconciler.model.identity import UserKey
from tests.builders import NOON

PLAIN = Reader()
GERMAN = Reader(when_true=frozenset({"ja"}), when_false=frozenset({"nein"}))


@pytest.mark.parametrize(
    ("attribute", "reader", "cell", "value"),
    [
        ("department", PLAIN, " Ops ", " Ops "),
        ("department", PLAIN, "  ", None),
        ("department", PLAIN, None, None),
        ("department", Reader(default="none"), "", "none"),
        ("department", PLAIN, "=1+1", "=1+1"),
        ("accountEnabled", PLAIN, "TRUE", True),
        ("accountEnabled", PLAIN, "false", False),
        ("accountEnabled", PLAIN, False, False),
        ("accountEnabled", GERMAN, " Ja", True),
        ("accountEnabled", GERMAN, "nein", False),
        ("otherMails", Reader(separator=";"), "a; b;;c", ("a", "b", "c")),
        ("otherMails", PLAIN, "a", ("a",)),
        ("otherMails", PLAIN, ["a", "b"], ("a", "b")),
        ("otherMails", PLAIN, [], None),
        ("extension_x", PLAIN, "a", "a"),
        ("extension_x", PLAIN, True, True),
        ("extension_x", PLAIN, ["a"], ("a",)),
        ("extension_x", Reader(separator="|"), "a|b", ("a", "b")),
        ("extension_x", GERMAN, "ja", True),
        ("manager", Reader(prefix="h"), " 7A ", "h7a"),
        ("objectId", PLAIN, "6E7B768E-07E2-4810-8459-485F84F8F204",
         "6e7b768e-07e2-4810-8459-485f84f8f204"),
        ("until", PLAIN, "2027-06-30", date(2027, 6, 30)),
        ("until", PLAIN, "9999-12-31", None),
        ("until", PLAIN, "2027-06-30T18:00:00+01:00",
         datetime(2027, 6, 30, 18, tzinfo=timezone(timedelta(hours=1)))),
        ("from", Reader(date_format="dd.MM.yyyy"), "30.06.2027", date(2027, 6, 30)),
        ("from", Reader(date_format="yyyyMMdd"), "20270630", date(2027, 6, 30)),
    ],
)  # fmt: skip
def test_a_cell_means_what_its_attribute_takes(
    attribute: str, reader: Reader, cell: Cell, value: object
) -> None:
    assert reading_of(attribute, reader)(cell) == value


@pytest.mark.parametrize(
    ("attribute", "reader", "cell", "why"),
    [
        ("userPrincipalName", PLAIN, " ", "is empty, and everybody needs one"),
        ("department", PLAIN, True, "is not text"),
        ("department", PLAIN, {"a": "b"}, "is not text"),
        ("department", PLAIN, "x" * (LONGEST_CELL + 1), "has more than 32,768 characters"),
        ("accountEnabled", PLAIN, "yes", "means neither true nor false"),
        ("accountEnabled", GERMAN, "true", "means neither true nor false"),
        ("accountEnabled", PLAIN, ["true"], "means neither true nor false"),
        ("otherMails", PLAIN, [True], "is a list of something else than texts"),
        ("otherMails", PLAIN, True, "is not a list"),
        ("extension_x", PLAIN, {"a": "b"}, "is neither text nor a list"),
        ("manager", PLAIN, "Grace Hopper", "is no name: use letters, digits, `-`, `.`, `_`"),
        ("objectId", PLAIN, "6e7b768e07e2481084594485f84f8f204", "is not a UUID with hyphens"),
        ("objectId", PLAIN, "x" * 36, "is not a UUID with hyphens"),
        ("objectId", PLAIN, True, "is not a UUID with hyphens"),
        ("until", PLAIN, "2027-02-30", "is not a date written as yyyy-MM-dd"),
        ("until", PLAIN, "2027/06/30", "is not a date written as yyyy-MM-dd"),
        ("until", PLAIN, "soon", "is not a date written as yyyy-MM-dd"),
        ("until", PLAIN, "2027-06-30Tsoon", "is not a date written as yyyy-MM-dd"),
        ("until", PLAIN, True, "is not a date written as yyyy-MM-dd"),
        ("until", PLAIN, "2027-06-30T18:00:00", "has no offset from UTC"),
        ("until", PLAIN, "1066-10-14", "is not between the years 1900 and 9998"),
        ("until", PLAIN, "٢٠٢٧-06-30", "is not a date written as yyyy-MM-dd"),
    ],
)
def test_a_cell_that_is_no_value_says_what_was_expected(
    attribute: str, reader: Reader, cell: Cell, why: str
) -> None:
    assert reading_of(attribute, reader)(cell) == Unreadable(why)


def test_a_key_is_text_that_can_be_a_name() -> None:
    assert key_of("E7", "") == "e7"
    assert isinstance(key_of(["7"], "h"), Unreadable)
    assert isinstance(key_of("", "h"), Unreadable)


@pytest.mark.parametrize("form", ["", "dd.MM", "dd.MM.yy", "yyyy-MM-dd-MM", "yyyy-M-dd"])
def test_a_date_format_has_year_month_and_day_once(form: str) -> None:
    assert date_slices(form) is None


@pytest.mark.parametrize("text", ["", "yesterday", "2026-11-23", "2026-11-23T12:00:00"])
def test_an_instant_has_an_offset(text: str) -> None:
    assert instant(text) is None
    assert instant("2026-11-23T13:00:00+01:00\n") == NOON


SOURCE = """\
apiVersion: reconciler/v1
kind: Source
metadata: {name: hr}
spec:
  file: people.FORM
  format: FORM
  key: id
  attributes:
    userPrincipalName: login
    from: begins
    until: ends
    department: {column: unit, default: none}
  leavers: {column: status, values: [left]}
  expect: {min: 1}
"""


def people(tmp_path: Path, table: str, form: str = "csv", manifests: str = "") -> dict[str, object]:
    """What is declared of each person: the attributes, and the period where there is one."""
    (tmp_path / f"people.{form}").write_bytes(table.encode())
    (tmp_path / "hr.yaml").write_text(SOURCE.replace("FORM", form) + manifests, encoding="utf-8")
    loaded = load(tmp_path)
    assert [d for d in loaded.diagnostics if d.severity == "error"] == []
    return {
        key: (user.attributes.get("department"), user.period.begins, user.period.ends)
        for key, user in loaded.declared.users.items()
    }


def test_quotes_line_breaks_and_empty_lines_are_csv(tmp_path: Path) -> None:
    table = (
        "\ufeffid,login,begins,ends,unit,status\r\n\r\n"
        '1,ada@x,,,"a ""b""\r\n, c",\r\n'
        "2,bo@x,2026-01-01,2026-12-31,,\r\n"
    )
    assert people(tmp_path, table) == {
        "1": ('a "b"\r\n, c', None, None),
        "2": ("none", date(2026, 1, 1), date(2026, 12, 31)),
    }


def test_json_lines_keep_numbers_as_they_are_written(tmp_path: Path) -> None:
    table = (
        '{"id": 7, "login": "ada@x", "begins": null, "ends": null, "unit": 1.50, "status": null}\n'
        '\n{"id": "8", "login": "bo@x", "unit": "\\u00e9", "status": ""}\n'
    )
    assert people(tmp_path, table, "jsonl") == {
        "7": ("1.50", None, None),
        "8": ("é", None, None),
    }


def test_a_manifest_wins_for_dates_as_well(tmp_path: Path) -> None:
    table = "id,login,begins,ends,unit,status\n1,ada@x,2026-01-01,2026-12-31,A,\n"
    manifest = (
        "---\napiVersion: reconciler/v1\nkind: User\nmetadata: {name: '1'}\n"
        "spec: {from: 2026-02-01, until: 2027-12-31, department: B}\n"
    )
    assert people(tmp_path, table, manifests=manifest) == {
        "1": ("B", date(2026, 2, 1), date(2027, 12, 31))
    }
    user = load(tmp_path).declared.users[UserKey("1")]
    assert user.row is not None
    assert user.row.overridden == {
        "department": "A", "from": date(2026, 1, 1), "until": date(2026, 12, 31),
    }  # fmt: skip
    same = manifest.replace("2026-02-01", "2026-01-01").replace("2027", "2026")
    people(tmp_path, table, manifests=same)
    user = load(tmp_path).declared.users[UserKey("1")]
    assert user.row is not None
    assert user.row.overridden == {"department": "A"}


def test_an_until_before_its_from_is_a_fault_of_the_row(tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_text(
        "id,login,begins,ends,unit,status\n1,ada@x,2026-02-01,2026-01-01,A,\n"
        "2,bo@x,2026-02-01,2026-01-01,A,left\n",
        encoding="utf-8",
    )
    (tmp_path / "hr.yaml").write_text(SOURCE.replace("FORM", "csv"), encoding="utf-8")
    loaded = load(tmp_path)
    assert [d.code for d in loaded.diagnostics] == ["source-cell", "source-cell"]
    assert list(loaded.declared.users) == ["2"]  # the leaver


def test_after_a_hundred_faults_only_their_number_is_told(tmp_path: Path) -> None:
    rows = "".join(f"{number},\n" for number in range(150))
    (tmp_path / "people.csv").write_text(
        f"id,login,begins,ends,unit,status\n{rows}", encoding="utf-8"
    )
    (tmp_path / "hr.yaml").write_text(SOURCE.replace("FORM", "csv"), encoding="utf-8")
    found = load(tmp_path).diagnostics
    assert len(found) == 101
    assert found[-1].code == "source-more-faults"
    assert found[-1].message == "Source hr: there are 50 more faults"


def test_a_pipe_is_no_table(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "people.csv")
    (tmp_path / "hr.yaml").write_text(SOURCE.replace("FORM", "csv"), encoding="utf-8")
    (found,) = load(tmp_path).diagnostics
    assert found.message == "Source hr: people.csv: it is not a regular file"
