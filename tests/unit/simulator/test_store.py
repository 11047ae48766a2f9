"""The file: what is looked up, what a transaction keeps, what is refused."""

from __future__ import annotations

import sqlite3
import stat
import threading
from pathlib import Path

import pytest

from reconciler.errors import ConfigurationError
from reconciler.simulator.errors import ScimError
from reconciler.simulator.records import Key, Member, Membership, Order, Stored
from reconciler.simulator.store import Store, UserNameTakenError
from reconciler.simulator.values import Document, Kind

NOW, LATER = "2026-03-01T12:00:00.000Z", "2026-03-01T13:00:00.000Z"
ADA: Document = {"userName": "Ada", "displayName": "Ädá", "externalId": "E"}


def test_what_was_written_is_there_when_the_file_is_opened_again(tmp_path: Path) -> None:
    with Store.open(tmp_path / "p") as store, store.writing() as writing:
        made = writing.insert(Kind.USER, "1", ADA, NOW)
    with Store.open(tmp_path / "p") as store, store.reading() as reading:
        assert reading.get(Kind.USER, "1") == made
        assert made == Stored(1, "1", Kind.USER, ADA, NOW, NOW, 1)
        assert reading.get(Kind.GROUP, "1") is None


def test_a_transaction_that_fails_leaves_nothing(tmp_path: Path) -> None:
    with Store.open(tmp_path / "p") as store:
        with store.writing() as writing:
            writing.insert(Kind.GROUP, "g", {"displayName": "g"}, NOW)
        with pytest.raises(KeyboardInterrupt):
            _write_and_be_interrupted(store)
        with store.reading() as reading:
            assert reading.count(Kind.USER) == 0
            assert reading.members("g") == []


def _write_and_be_interrupted(store: Store) -> None:
    with store.writing() as writing:
        writing.insert(Kind.USER, "1", ADA, NOW)
        writing.add_members("g", [Member("1", Kind.USER)])
        raise KeyboardInterrupt


def test_names_are_found_in_any_case_and_ids_only_as_they_are(tmp_path: Path) -> None:
    with Store.open(tmp_path / "p") as store, store.writing() as writing:
        ada = writing.insert(Kind.USER, "a", ADA, NOW)
        found = [
            writing.lookup(Kind.USER, key, value)
            for key, value in [
                (Key.USER_NAME, "ADA"),
                (Key.DISPLAY_NAME, "A\u0308DA\u0301"),
                (Key.EXTERNAL_ID, "E"),
                (Key.ID, "a"),
            ]
        ]
        missed = [
            writing.lookup(Kind.USER, Key.EXTERNAL_ID, "e"),
            writing.lookup(Kind.USER, Key.ID, "A"),
            writing.lookup(Kind.GROUP, Key.EXTERNAL_ID, "E"),
        ]
    assert (found, missed) == ([[ada]] * 4, [[]] * 3)


def test_lookups_use_an_index(tmp_path: Path) -> None:
    with Store.open(tmp_path / "p"), sqlite3.connect(tmp_path / "p") as connection:
        plans = {
            key: connection.execute(
                f"EXPLAIN QUERY PLAN SELECT 1 FROM resources WHERE {key} = ? AND kind = ?",  # noqa: S608 - from an enumeration
                ("x", "User"),
            ).fetchall()[0][3]
            for key in Key
        }
        members = connection.execute(
            "EXPLAIN QUERY PLAN SELECT member_id FROM members WHERE group_id = ?", ("g",)
        ).fetchall()[0][3]
    connection.close()
    assert all(f"({key}=?)" in plan and "SEARCH" in plan for key, plan in plans.items()), plans
    assert "SEARCH" in members


def test_a_user_name_is_taken_once(tmp_path: Path) -> None:
    with Store.open(tmp_path / "p") as store:
        with store.writing() as writing:
            writing.insert(Kind.USER, "a", {"userName": "ada"}, NOW)
            eve = writing.insert(Kind.USER, "e", {"userName": "eve"}, NOW)
        with pytest.raises(UserNameTakenError), store.writing() as writing:
            writing.insert(Kind.USER, "b", {"userName": "ADA"}, NOW)
        with pytest.raises(UserNameTakenError), store.writing() as writing:
            writing.update(eve, {"userName": "Ada"}, LATER)


def test_an_update_counts_the_version(tmp_path: Path) -> None:
    with Store.open(tmp_path / "p") as store, store.writing() as writing:
        old = writing.insert(Kind.USER, "a", ADA, NOW)
        new = writing.update(old, {"userName": "ada2"}, LATER)
        assert new == Stored(1, "a", Kind.USER, {"userName": "ada2"}, NOW, LATER, 2)
        assert writing.get(Kind.USER, "a") == new
        assert writing.lookup(Kind.USER, Key.EXTERNAL_ID, "E") == []


def test_numbers_are_never_used_twice(tmp_path: Path) -> None:
    with Store.open(tmp_path / "p") as store, store.writing() as writing:
        assert writing.next_number() == 1
        ada = writing.insert(Kind.USER, "a", ADA, NOW)
        writing.delete(ada, NOW)
        assert writing.next_number() == 2


def test_members_keep_their_order_and_are_counted_as_they_change(tmp_path: Path) -> None:
    three = [Member(name, Kind.USER) for name in "cab"]
    with Store.open(tmp_path / "p") as store, store.writing() as writing:
        assert writing.add_members("g", three[:2]) == 2
        assert writing.add_members("g", three) == 1
        assert writing.members("g") == three
        assert writing.remove_members("g", ["a", "x", "\ud800"]) == 1
        assert writing.clear_members("g") == 2
        assert writing.clear_members("g") == 0


def test_memberships_go_through_groups(tmp_path: Path) -> None:
    with Store.open(tmp_path / "p") as store, store.writing() as writing:
        for name in ("outer", "inner"):
            writing.insert(Kind.GROUP, name, {"displayName": name.title()}, NOW)
        writing.add_members("inner", [Member("a", Kind.USER)])
        writing.add_members("outer", [Member("inner", Kind.GROUP)])
        assert writing.memberships("a") == [
            Membership("outer", "Outer", direct=False),
            Membership("inner", "Inner", direct=True),
        ]
        writing.add_members("outer", [Member("a", Kind.USER)])
        assert writing.memberships("a")[0] == Membership("outer", "Outer", direct=True)


def test_pages_are_read_in_each_order(tmp_path: Path) -> None:
    with Store.open(tmp_path / "p") as store, store.writing() as writing:
        for number, (name, display) in enumerate([("b", "Y"), ("C", None), ("a", "x")]):
            document: Document = {"userName": name}
            if display is not None:
                document["displayName"] = display
            writing.insert(Kind.USER, str(number), document, NOW)
        orders = {
            order: [s.document["userName"] for s in writing.page(Kind.USER, order, 0, 9)]
            for order in Order
        }
        assert [s.id for s in writing.page(Kind.USER, Order.USER_NAME, 1, 1)] == ["0"]
    assert orders == {
        Order.CREATION: ["b", "C", "a"],
        Order.USER_NAME: ["a", "b", "C"],
        Order.DISPLAY_NAME: ["a", "b", "C"],
    }


def test_many_ids_are_looked_up_at_once(tmp_path: Path) -> None:
    with Store.open(tmp_path / "p") as store, store.writing() as writing:
        for number in range(1200):
            writing.insert(Kind.GROUP, str(number), {"displayName": "g"}, NOW)
        ids = [str(number) for number in range(1300)]
        assert writing.kinds([*ids, "\ud800"]) == dict.fromkeys(ids[:1200], Kind.GROUP)


def test_threads_take_turns(tmp_path: Path) -> None:
    def work(store: Store, thread: int) -> None:
        for number in range(50):
            with store.writing() as writing:
                new = f"{thread}-{number}-{writing.next_number()}"
                writing.insert(Kind.GROUP, new, {"displayName": "g"}, NOW)

    with Store.open(tmp_path / "p") as store:
        threads = [threading.Thread(target=work, args=(store, n)) for n in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        with store.reading() as reading:
            assert reading.count(Kind.GROUP) == 200


def test_the_file_is_its_owners_only(tmp_path: Path) -> None:
    with Store.open(tmp_path / "p"):
        modes = {stat.S_IMODE(file.stat().st_mode) for file in tmp_path.iterdir()}
    assert modes == {0o600}


def test_what_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "p").write_text("somebody's notes, longer than the header of a database\n" * 99)
    with pytest.raises(ConfigurationError, match="p is not a database that can be used"):
        Store.open(tmp_path / "p")
    with pytest.raises(ConfigurationError, match="missing cannot be opened"):
        Store.open(tmp_path / "no" / "such" / "missing")


def test_a_database_that_is_out_of_reach_is_not_called_broken(tmp_path: Path) -> None:
    """A full disk, say: nobody should be told to delete a sound file."""
    (tmp_path / "p-wal").mkdir()
    with pytest.raises(ConfigurationError, match="p cannot be used: disk") as caught:
        Store.open(tmp_path / "p")
    assert caught.value.hint is not None
    assert "delete" not in caught.value.hint


def test_a_write_that_finds_no_room_is_a_servers_error_and_leaves_nothing(tmp_path: Path) -> None:
    with Store.open(tmp_path / "p") as store:
        store._connection.execute("PRAGMA max_page_count = 1")  # the file may not grow

        def fill() -> None:
            with store.writing() as writing:
                for number in range(2_000):
                    writing.insert(Kind.GROUP, str(number), {"displayName": "g" * 400}, NOW)

        with pytest.raises(ScimError, match="disk is full") as caught:
            fill()
        assert caught.value.status == 500
        store._connection.execute("PRAGMA max_page_count = 100000")
        with store.writing() as writing:
            writing.insert(Kind.GROUP, "g-1", {"displayName": "g"}, NOW)
        with store.reading() as reading:
            assert reading.count(Kind.GROUP) == 1


def test_another_programs_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "p")
    connection.execute("CREATE TABLE notes (text)")
    with pytest.raises(ConfigurationError, match="is some other program's database"):
        Store.open(tmp_path / "p")
    tables = connection.execute("SELECT name FROM sqlite_master").fetchall()
    connection.close()
    assert tables == [("notes",)]


def test_a_file_of_another_format_is_refused(tmp_path: Path) -> None:
    Store.open(tmp_path / "p").close()
    connection = sqlite3.connect(tmp_path / "p")
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(ConfigurationError, match="has format 99, and this version reads 1"):
        Store.open(tmp_path / "p")
