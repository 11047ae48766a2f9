"""The ledger on disk: durable, chained, whole appends or none."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.apply.chain import first_link, forge, verify
from reconciler.apply.ledger import DirectoryLedger
from reconciler.errors import LedgerError
from reconciler.model.canonical import digest
from reconciler.model.identity import Kind, ResourceId
from reconciler.model.ledger import Closed, Intent, Opened, Record, Remembered, Result
from reconciler.model.outcome import Status
from reconciler.model.plan import Settled

AT = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
EVERY: list[Record] = [
    Opened("r1", "sha256:p", None, AT, ("t by: because",)),
    Intent("r1", ("h1", "h2")),
    Result("r1", "h1", "create", "user:e1", Status.APPLIED, ResourceId("7"), ("q1",), AT),
    Result("r1", "h2", "delete", "group:g", Status.UNKNOWN),
    Remembered("r1", (Settled(Kind.USER, "e1", ResourceId("7"), "f"),)),
    Closed("r1", AT, 5),
]


def ledger_in(directory: Path) -> DirectoryLedger:
    return DirectoryLedger(directory, "zpa-prod")


def test_a_ledger_that_nobody_has_written_to_is_empty(tmp_path: Path) -> None:
    ledger = ledger_in(tmp_path / "not" / "there")
    assert list(ledger.records()) == []
    ledger.append([])
    assert not ledger.directory.exists()


def test_every_kind_of_record_comes_back_as_it_was(tmp_path: Path) -> None:
    ledger = ledger_in(tmp_path / "ledger")
    ledger.append(EVERY[:1])
    ledger.append(EVERY[1:4])
    with ledger.lease():
        ledger.append(EVERY[4:5])
        ledger.append(EVERY[5:])
    assert list(ledger.records()) == EVERY
    assert list(ledger_in(tmp_path / "ledger").records()) == EVERY


def test_each_line_is_bound_to_the_one_before_it(tmp_path: Path) -> None:
    ledger = ledger_in(tmp_path)
    ledger.append(EVERY[1:3])
    first, second = (json.loads(line) for line in ledger.path.read_bytes().splitlines())
    assert first["previous"] == first_link("zpa-prod")
    assert second["previous"] == first["hash"]
    assert (first["left"], second["left"]) == (1, 0)
    assert first["record"] == {
        "about": [],
        "hashes": ["h1", "h2"],
        "joining": {},
        "record": "intent",
        "run": "r1",
    }
    body = {key: second[key] for key in ("previous", "left", "record")}
    assert second["hash"] == digest(body)


def test_only_its_owner_can_read_it(tmp_path: Path) -> None:
    ledger = ledger_in(tmp_path / "ledger")
    ledger.append(EVERY)
    assert ledger.path.stat().st_mode & 0o077 == 0
    assert ledger.directory.stat().st_mode & 0o077 == 0


def test_two_writers_in_turn_make_one_chain(tmp_path: Path) -> None:
    one, other = ledger_in(tmp_path), ledger_in(tmp_path)
    one.append(EVERY[:2])
    other.append(EVERY[2:4])
    one.append(EVERY[4:])
    assert list(other.records()) == EVERY


def written(tmp_path: Path) -> DirectoryLedger:
    ledger = ledger_in(tmp_path)
    for record in EVERY[:3]:
        ledger.append([record])
    ledger.append(EVERY[3:])
    return ledger


def lines_of(ledger: DirectoryLedger) -> list[bytes]:
    return ledger.path.read_bytes().splitlines(keepends=True)


def test_a_tail_torn_at_any_byte_does_not_count_and_is_cut_by_the_next_append(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    whole = written(tmp_path).path.read_bytes()
    last_append = sum(len(line) for line in lines_of(ledger_in(tmp_path))[:3])
    for end in range(last_append + 1, len(whole), 7):
        ledger = ledger_in(tmp_path)
        ledger.path.write_bytes(whole[:end])
        caplog.clear()
        with caplog.at_level(logging.WARNING):
            assert list(ledger.records()) == EVERY[:3]
        assert f"the last {end - last_append} bytes" in caplog.text
        ledger.append(EVERY[3:])
        assert ledger.path.read_bytes() == whole


def test_a_cut_is_reported(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    ledger = written(tmp_path)
    with ledger.path.open("ab") as file:
        file.write(b'{"half')
    ledger.append(EVERY[:1])
    assert "the last 6 bytes of the ledger of zpa-prod are half an append" in caplog.text
    assert list(ledger.records()) == [*EVERY, EVERY[0]]


def test_a_torn_tail_behind_the_back_of_a_writer_is_seen(tmp_path: Path) -> None:
    ledger = ledger_in(tmp_path)
    with ledger.lease():
        ledger.append(EVERY[:1])
        with ledger.path.open("ab") as file:
            file.write(b"torn")
        ledger.append(EVERY[1:2])
    assert list(ledger.records()) == EVERY[:2]


def _edited(lines: list[bytes]) -> list[bytes]:
    return [lines[0], lines[1].replace(b"h1", b"h9"), *lines[2:]]


def _without_one(lines: list[bytes]) -> list[bytes]:
    return [lines[0], *lines[2:]]


def _swapped(lines: list[bytes]) -> list[bytes]:
    return [lines[0], lines[2], lines[1], *lines[3:]]


def _bound_elsewhere(lines: list[bytes]) -> list[bytes]:
    first = json.loads(lines[0])["hash"].encode()
    return [lines[0], lines[1].replace(first, b"sha256:0"), *lines[2:]]


def _no_json(lines: list[bytes]) -> list[bytes]:
    return [lines[0], b"lost\n", *lines[2:]]


def _nothing_of_ours(lines: list[bytes]) -> list[bytes]:
    return [lines[0], b"[1]\n", *lines[2:]]


def _deep(lines: list[bytes]) -> list[bytes]:
    return [lines[0], b"[" * 100_000 + b"\n", *lines[2:]]


@pytest.mark.parametrize(
    "harm", [_edited, _without_one, _swapped, _bound_elsewhere, _no_json, _nothing_of_ours, _deep]
)
def test_a_broken_chain_is_refused_with_the_line_and_the_way_out(tmp_path: Path, harm) -> None:  # type: ignore[no-untyped-def]  # one of the functions above
    ledger = written(tmp_path)
    before = b"".join(harm(lines_of(ledger)))
    ledger.path.write_bytes(before)
    with pytest.raises(LedgerError, match="ledger of zpa-prod is broken at line 2") as caught:
        list(ledger.records())
    assert "restore it from a copy, or move it away" in (caught.value.hint or "")
    with pytest.raises(LedgerError, match="line 2"):
        ledger_in(tmp_path).append(EVERY[:1])
    assert ledger.path.read_bytes() == before


def test_a_ledger_of_another_target_is_not_taken_for_this_one(tmp_path: Path) -> None:
    ledger = written(tmp_path)
    other = DirectoryLedger(tmp_path, "zpa-test")
    other.path.write_bytes(ledger.path.read_bytes())
    with pytest.raises(LedgerError, match="ledger of zpa-test is broken at line 1"):
        list(other.records())


def test_a_line_with_a_sound_hash_and_no_record_is_refused(tmp_path: Path) -> None:
    body = {"previous": first_link("zpa-prod"), "left": 0, "record": {"record": "wish"}}
    ledger = ledger_in(tmp_path)
    ledger.path.write_text(json.dumps({**body, "hash": digest(body)}) + "\n")
    with pytest.raises(LedgerError, match="line 1"):
        list(ledger.records())


@pytest.mark.parametrize("name", ["", ".", "..", ".hidden", "a/b", "../a"])
def test_a_name_that_leads_elsewhere_names_no_ledger(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="cannot name a ledger"):
        DirectoryLedger(tmp_path, name)


def test_a_directory_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(LedgerError, match="ledger of zpa-prod cannot be used"):
        ledger_in(tmp_path / "file" / "ledger").append(EVERY)


def test_a_ledger_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    ledger = ledger_in(tmp_path)
    ledger.path.mkdir()
    with pytest.raises(LedgerError, match="cannot be used") as caught:
        list(ledger.records())
    assert caught.value.hint == "the directory must exist and be writable, with room left"


def test_a_ledger_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    ledger = ledger_in(tmp_path)
    with ledger.lease():
        ledger.append(EVERY[:1])
        ledger.path.unlink()
        ledger.path.symlink_to(tmp_path / "nowhere" / "ledger.jsonl")
        with pytest.raises(LedgerError, match="cannot be used"):
            ledger.append(EVERY[1:])


def test_a_lock_file_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "zpa-prod.lock").mkdir()
    with pytest.raises(LedgerError, match="cannot be locked"):
        ledger_in(tmp_path).append(EVERY)


TEXT = st.text(max_size=8)
RECORDS = st.one_of(
    st.builds(Opened, TEXT, TEXT, st.none() | TEXT, st.just(AT), st.tuples(TEXT)),
    st.builds(Intent, TEXT, st.tuples(TEXT, TEXT)),
    st.builds(Result, TEXT, TEXT, TEXT, TEXT, st.sampled_from(Status), st.none() | TEXT),
    st.builds(Closed, TEXT, st.just(AT), st.integers(0, 255)),
)


@settings(max_examples=50)
@given(st.lists(st.lists(RECORDS, min_size=1, max_size=4), max_size=5))
def test_any_records_survive_their_lines(appends: list[list[Record]]) -> None:
    previous, lines = first_link("t"), b""
    for records in appends:
        new, previous = forge(previous, records)
        lines += new
    links = list(verify(first_link("t"), lines.splitlines(keepends=True), "t"))
    assert [link.record for link in links] == [record for append in appends for record in append]
    assert [link.end for link in links] == _ends(lines)


def _ends(lines: bytes) -> Sequence[int]:
    return [place + 1 for place, byte in enumerate(lines) if byte == 0x0A]


@settings(max_examples=100)
@given(st.binary(max_size=200))
def test_no_bytes_crash_the_verification(noise: bytes) -> None:
    try:
        assert list(verify(first_link("t"), noise.splitlines(keepends=True), "t")) == []
    except LedgerError as error:
        assert "broken at line" in error.message  # noqa: PT017  both ways are right, no third is
