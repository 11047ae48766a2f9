"""What planning remembers of a ledger; an empty one is a valid, cautious memory."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from reconciler.model.identity import Kind, ResourceId
from reconciler.model.ledger import (
    Closed,
    Intent,
    Memory,
    Opened,
    Record,
    Remembered,
    Result,
    remember,
)
from reconciler.model.outcome import Status
from reconciler.model.plan import Settled

MONDAY = datetime(2026, 11, 23, tzinfo=UTC)
TUESDAY = datetime(2026, 11, 24, tzinfo=UTC)


def result(
    action: str,
    status: Status = Status.APPLIED,
    at: datetime | None = MONDAY,
    id: str | None = "77",
) -> Result:
    return Result("r", "h", action, "user:e1", status, ResourceId(id) if id else None, at=at)


def test_nothing_recorded_is_nothing_remembered() -> None:
    assert remember([]) == Memory()


def test_a_create_links_the_key_to_the_live_id() -> None:
    assert remember([result("create")]).links == {"user:e1": "77"}


def test_what_did_not_happen_is_not_remembered() -> None:
    records: list[Record] = [
        result("update", Status.SKIPPED),
        result("create", Status.FAILED),
        result("create", Status.UNKNOWN),
        result("create", id=None),
        Intent("r", ("h",)),
        Closed("r", MONDAY, 0),
    ]
    assert remember(records) == Memory()


def test_a_delete_forgets_the_person() -> None:
    known = Remembered("r", (Settled(Kind.USER, "e1", ResourceId("77"), "f"),))
    assert remember([known, result("deactivate"), result("delete")]) == Memory()


def test_a_deactivation_forgets_what_git_wanted_before() -> None:
    """Else somebody who comes back in Git would have been "deactivated at the provider"."""
    settled = Remembered("r", (Settled(Kind.USER, "e1", ResourceId("77"), "f"),))
    gone = remember([settled, result("deactivate")])
    assert (gone.links, gone.fingerprints) == ({"user:e1": "77"}, {})
    still_declared = remember([settled, result("deactivate"), settled])
    assert still_declared.fingerprints == {"user:e1": "f"}


def test_a_deactivation_counts_from_when_it_took_effect() -> None:
    again = result("deactivate", Status.ALREADY_APPLIED, TUESDAY)
    assert remember([result("deactivate"), again]).deactivated == {"77": MONDAY}
    assert remember([again]).deactivated == {"77": TUESDAY}
    assert remember([result("deactivate"), result("reactivate")]).deactivated == {}
    assert remember([result("deactivate", at=None)]).deactivated == {}


def test_somebody_switched_on_by_hand_and_off_again_waits_the_whole_time_again() -> None:
    """Without it, `deleteAfterDays` would delete them with the very next plan."""
    switched_off_twice = [result("deactivate"), result("deactivate", at=TUESDAY)]
    assert remember(switched_off_twice).deactivated == {"77": TUESDAY}


def test_the_latest_fingerprint_and_commit_count() -> None:
    records: list[Record] = [
        Opened("r", "d", "c1", MONDAY),
        Remembered("r", (Settled(Kind.USER, "e1", None, "f1"),)),
        Opened("s", "d", None, TUESDAY),
        Remembered("s", (Settled(Kind.USER, "e1", ResourceId("78"), "f2"),)),
    ]
    assert remember(records) == Memory(
        links={"user:e1": ResourceId("78")}, fingerprints={"user:e1": "f2"}, last_commit="c1"
    )


def test_what_was_undone_is_no_drift_but_what_git_wants_anew() -> None:
    settled = Settled(Kind.USER, "e1", ResourceId("77"), "f1")
    other = Settled(Kind.USER, "e2", ResourceId("78"), "f2")
    before: list[Record] = [
        Opened("r0", "sha256:p", "c0ffee", MONDAY),
        Remembered("r0", (settled, other)),
        Opened("r", "sha256:q", "c0ffee", TUESDAY, undoes="r0"),
    ]
    assert remember([*before, result("update")]).fingerprints == {"user:e2": "f2"}
    assert remember([*before, result("update", Status.FAILED)]).fingerprints == {
        "user:e1": "f1",
        "user:e2": "f2",
    }


def test_who_was_about_to_join_is_ours_until_they_have_left() -> None:
    ops, net = ResourceId("g1"), ResourceId("g2")
    both = (ResourceId("1"), ResourceId("2"))
    joined = [Intent("r", ("h",), joining={ops: both}), Intent("r", ("i",), joining={net: both})]
    assert remember(joined).joined == {ops: frozenset(both), net: frozenset(both)}
    left = replace(result("removeMembers"), id=ops, left=both[:1])
    assert remember([*joined, left]).joined[ops] == {"2"}
    assert remember([*joined, replace(left, status=Status.UNKNOWN)]).joined[ops] == set(both)
    assert remember([*joined, replace(left, left=both)]).joined == {net: frozenset(both)}
    gone = replace(result("delete"), id=net, subject="group:net")
    assert remember([*joined, gone]).joined == {ops: frozenset(both)}
    out = Remembered("r", (), left={ops: both[1:], ResourceId("g9"): both})
    assert remember([*joined, out]).joined == {ops: {"1"}, net: frozenset(both)}
    again = Intent("s", ("k",), joining={ops: both})
    assert remember([*joined, out, again]).joined[ops] == set(both)


def test_a_group_that_we_have_made_is_ours_until_it_is_gone() -> None:
    made = replace(result("create"), id=ResourceId("g1"), subject="group:ops")
    assert remember([made, result("create")]).made == {"g1"}
    assert remember([replace(made, status=Status.FAILED)]).made == frozenset()
    assert remember([made, replace(made, action="update")]).made == {"g1"}
    assert remember([made, replace(made, action="delete")]).made == frozenset()
