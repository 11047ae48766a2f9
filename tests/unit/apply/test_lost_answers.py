"""Sent, and no answer: settled by reading before anything is sent again."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reconciler.apply.brake import StopRequest
from reconciler.model.change import Change
from reconciler.model.exit import ExitCode
from reconciler.model.identity import Kind, ResourceId
from reconciler.model.outcome import Status
from reconciler.model.profile import MembersIn
from reconciler.model.resource import Resource
from tests.builders import (
    a_create,
    a_deactivation,
    a_reactivation,
    a_removal,
    an_addition,
    an_update,
)
from tests.fakes.target import FakeTarget, Fault, a_live_group, a_person
from tests.unit.apply.builders_apply import (
    PLAIN,
    carry_out,
    create_group,
    delete_user,
    only,
    the_plan,
)

EVERY: dict[str, tuple[Change, list[Resource]]] = {
    "create": (a_create("e1", "ada"), []),
    "create a group": (create_group("ops"), []),
    "update": (an_update("e1"), [a_person("e1", title="Lead")]),
    "reactivate": (a_reactivation("e1"), [a_person("e1", active=False)]),
    "deactivate": (a_deactivation("e1"), [a_person("e1")]),
    "delete": (delete_user("e1"), [a_person("e1")]),
    "add": (an_addition("ops", ["e1"]), [a_person("e1"), a_live_group("ops")]),
    "remove": (
        a_removal("ops", ["e1"]),
        [a_person("e1"), a_person("e2"), a_live_group("ops", ["e1", "e2"])],
    ),
}


@pytest.mark.parametrize("fault", [Fault.LOST_AFTER, Fault.ERROR_AFTER, Fault.HTML_AFTER])
@pytest.mark.parametrize("what", EVERY)
def test_work_that_was_done_without_an_answer_is_found_and_not_repeated(
    what: str, fault: Fault
) -> None:
    change, live = EVERY[what]
    target = FakeTarget(PLAIN, write_faults={1: fault}).holds(*live)
    applied = carry_out(the_plan(change), target)
    assert only(applied).status is Status.APPLIED
    assert (len(target.sent), len(target.done)) == (1, 1)
    assert applied.exit_code is ExitCode.OK


@pytest.mark.parametrize("what", EVERY)
def test_work_that_was_not_done_is_sent_once_more(what: str) -> None:
    change, live = EVERY[what]
    target = FakeTarget(PLAIN, write_faults={1: Fault.LOST}).holds(*live)
    assert only(carry_out(the_plan(change), target)).status is Status.APPLIED
    assert (len(target.sent), target.done) == (2, [1])


@pytest.mark.parametrize("what", EVERY)
def test_a_second_lost_answer_is_settled_too(what: str) -> None:
    change, live = EVERY[what]
    faults = {1: Fault.LOST, 2: Fault.LOST_AFTER}
    target = FakeTarget(PLAIN, write_faults=faults).holds(*live)
    assert only(carry_out(the_plan(change), target)).status is Status.APPLIED
    assert (len(target.sent), target.done) == (2, [1])


@pytest.mark.parametrize("what", EVERY)
def test_what_is_not_done_after_two_sends_has_failed(what: str) -> None:
    change, live = EVERY[what]
    faults = {1: Fault.LOST, 2: Fault.LOST}
    target = FakeTarget(PLAIN, write_faults=faults).holds(*live)
    outcome = only(carry_out(the_plan(change), target))
    assert outcome.status is Status.FAILED
    assert "no answer" in (outcome.detail or "")
    assert len(target.sent) == 2


@pytest.mark.parametrize("fault", [Fault.ERROR, Fault.REJECTED, Fault.THROTTLED])
@pytest.mark.parametrize("what", EVERY)
def test_an_answer_that_says_no_is_not_sent_again(what: str, fault: Fault) -> None:
    change, live = EVERY[what]
    target = FakeTarget(PLAIN, write_faults={1: fault}).holds(*live)
    applied = carry_out(the_plan(change), target)
    assert only(applied).status is Status.FAILED
    assert (len(target.sent), applied.exit_code) == (1, ExitCode.PARTIAL)


@pytest.mark.parametrize("what", [what for what in EVERY if what != "remove"])
def test_what_reading_cannot_settle_is_unknown(what: str) -> None:
    change, live = EVERY[what]
    blind = dict.fromkeys(range(2, 30), Fault.ERROR)
    target = FakeTarget(PLAIN, write_faults={1: Fault.LOST_AFTER}, read_faults=blind).holds(*live)
    applied = carry_out(the_plan(change), target)
    outcome = only(applied)
    assert (outcome.status, len(target.sent)) == (Status.UNKNOWN, 1)
    assert "no answer; server error" in (outcome.detail or "")
    assert applied.exit_code is ExitCode.PARTIAL


def test_a_write_that_shows_late_is_waited_for() -> None:
    profile = replace(PLAIN, visible_within=60.0)
    target = FakeTarget(profile, write_faults={1: Fault.LOST_AFTER}, shows_after=20.0)
    assert only(carry_out(the_plan(a_create("e1", "ada")), target)).status is Status.APPLIED
    assert target.slept == [0.5, 1.0, 2.0, 4.0, 8.0, 16.0]
    assert len(target.sent) == 1


def test_nothing_is_sent_again_before_the_time_in_which_it_would_show_is_up() -> None:
    profile = replace(PLAIN, visible_within=60.0)
    target = FakeTarget(profile, write_faults={1: Fault.LOST})
    times: list[float] = []
    target.on_write = lambda: times.append(target.clock)
    carry_out(the_plan(a_create("e1", "ada")), target)
    assert times == [0.0, 61.5]
    assert max(target.slept) <= 30.0


def test_a_quick_provider_is_looked_at_four_times_all_the_same() -> None:
    target = FakeTarget(PLAIN, write_faults={1: Fault.LOST})
    carry_out(the_plan(an_update("e1")), target.holds(a_person("e1", title="Lead")))
    assert target.slept == [0.5, 1.0, 2.0]
    assert [read[0] for read in target.reads] == ["get"] * 5


def test_somebody_elses_value_after_a_lost_answer_is_unknown() -> None:
    target = FakeTarget(PLAIN, write_faults={1: Fault.LOST}).holds(a_person("e1", title="Lead"))
    target.meanwhile = {1: lambda t: t.holds(a_person("e1", title="Chief"))}
    outcome = only(carry_out(the_plan(an_update("e1")), target))
    assert outcome.status is Status.UNKNOWN
    assert outcome.detail == "no answer; title: no longer as the plan saw it"
    assert len(target.sent) == 1


def test_a_group_that_is_gone_after_a_lost_answer_leaves_the_addition_unknown() -> None:
    target = FakeTarget(PLAIN, write_faults={1: Fault.LOST}).holds(a_live_group("ops"))
    target.meanwhile = {1: lambda t: t.loses(Kind.GROUP, "id-ops")}
    outcome = only(carry_out(the_plan(an_addition("ops")), target))
    assert outcome.status is Status.UNKNOWN
    assert outcome.detail == "0 of 1 members added; no answer; its group is no longer there"


def test_members_that_nobody_can_read_stay_unknown() -> None:
    profile = replace(PLAIN, members_in=MembersIn.NEVER)
    target = FakeTarget(profile, write_faults={1: Fault.LOST_AFTER}).holds(a_live_group("ops"))
    outcome = only(carry_out(the_plan(an_addition("ops")), target))
    assert (outcome.status, len(target.sent)) == (Status.UNKNOWN, 1)


def test_a_stop_ends_the_waiting_and_nothing_is_sent_again() -> None:
    profile = replace(PLAIN, visible_within=600.0)
    stop = StopRequest()
    target = FakeTarget(profile, write_faults={1: Fault.LOST})
    target.on_write = lambda: stop.request("SIGTERM")
    applied = carry_out(the_plan(a_create("e1", "ada")), target, stop=stop)
    outcome = only(applied)
    assert (outcome.status, len(target.sent)) == (Status.UNKNOWN, 1)
    assert outcome.detail == "no answer; stopped by SIGTERM, before reading could settle it"
    assert target.slept == [0.5, 1.0, 2.0]
    assert applied.exit_code is ExitCode.INTERRUPTED


def test_a_create_without_a_name_cannot_be_looked_for() -> None:
    target = FakeTarget(PLAIN, write_faults={1: Fault.LOST})
    outcome = only(carry_out(the_plan(a_create("e1", title="Head")), target))
    assert outcome.detail == "no answer; it has no name to look for"
    assert (outcome.status, len(target.sent)) == (Status.UNKNOWN, 1)


def test_a_conflict_on_what_this_very_create_made_is_no_failure() -> None:
    """The first answer was lost, the account showed late, and the second try met it."""
    profile = replace(PLAIN, visible_within=1.0)
    faults = {1: Fault.LOST_AFTER}
    target = FakeTarget(profile, write_faults=faults, shows_after=4.0)
    outcome = only(carry_out(the_plan(a_create("e1", "ada")), target))
    assert (outcome.status, outcome.id) == (Status.ALREADY_APPLIED, ResourceId("new-1"))
    assert len(target.done) == 1


def test_a_name_that_somebody_took_in_between_is_a_failure_that_says_so() -> None:
    target = FakeTarget(PLAIN)
    target.meanwhile = {1: lambda t: t.holds(a_person("ada", title="Chief"))}
    outcome = only(carry_out(the_plan(a_create("e1", userName="ada", title="Head")), target))
    assert outcome.status is Status.FAILED
    assert outcome.detail == (
        "the name is taken: the plan saw no such user; one is there now, and differs in title"
    )


def test_a_name_that_is_taken_by_nobody_to_be_seen_is_a_failure_too() -> None:
    target = FakeTarget(PLAIN, write_faults={1: Fault.CONFLICT})
    outcome = only(carry_out(the_plan(a_create("e1", "ada")), target))
    assert (outcome.status, outcome.detail) == (Status.FAILED, "the name is taken: taken")


def test_an_update_that_meets_a_conflict_has_failed() -> None:
    target = FakeTarget(PLAIN).holds(a_person("e1"), a_person("ada"))
    outcome = only(carry_out(the_plan(an_update("e1", "userName", "e1", "ada")), target))
    assert (outcome.status, outcome.detail) == (Status.FAILED, "userName is taken")


def test_an_update_of_what_has_just_gone_has_failed() -> None:
    target = FakeTarget(PLAIN, write_faults={1: Fault.NOT_FOUND}).holds(
        a_person("e1", title="Lead")
    )
    assert only(carry_out(the_plan(an_update("e1")), target)).status is Status.FAILED


def test_a_delete_of_what_has_just_gone_is_done() -> None:
    target = FakeTarget(PLAIN).holds(a_person("e1"))
    target.meanwhile = {1: lambda t: t.loses(Kind.USER, "id-e1")}
    outcome = only(carry_out(the_plan(delete_user("e1")), target))
    assert (outcome.status, outcome.detail) == (Status.ALREADY_APPLIED, "it was gone already")


def test_a_delete_that_is_said_to_be_of_nothing_has_failed_while_it_is_there() -> None:
    target = FakeTarget(PLAIN, write_faults={1: Fault.NOT_FOUND}).holds(a_person("e1"))
    assert only(carry_out(the_plan(delete_user("e1")), target)).status is Status.FAILED


def test_a_second_answer_about_the_version_is_the_last() -> None:
    target = FakeTarget(
        replace(PLAIN, etags=True), write_faults={1: Fault.STALE, 2: Fault.STALE}
    ).holds(a_person("e1", title="Lead"))
    outcome = only(carry_out(the_plan(an_update("e1")), target))
    assert (outcome.status, outcome.detail) == (Status.FAILED, "another version")
    assert len(target.sent) == 2


def test_a_version_that_cannot_be_looked_into_is_a_failure() -> None:
    target = FakeTarget(
        replace(PLAIN, etags=True), write_faults={1: Fault.STALE}, read_faults={2: Fault.ERROR}
    ).holds(a_person("e1", title="Lead"))
    outcome = only(carry_out(the_plan(an_update("e1")), target))
    assert (outcome.status, outcome.detail) == (Status.FAILED, "another version")
    assert len(target.sent) == 1


def test_a_provider_that_does_not_say_which_id_it_gave_is_asked() -> None:
    target = FakeTarget(PLAIN, says_ids=False)
    outcome = only(carry_out(the_plan(a_create("e1", "ada")), target))
    assert (outcome.status, outcome.id) == (Status.APPLIED, "new-1")
    assert target.reads == [("list", Kind.USER), ("find", Kind.USER, "userName", "ada")]


def test_an_id_that_cannot_be_found_out_does_not_undo_the_create() -> None:
    blind = dict.fromkeys(range(2, 10), Fault.ERROR)
    target = FakeTarget(PLAIN, says_ids=False, read_faults=blind)
    outcome = only(carry_out(the_plan(a_create("e1", "ada")), target))
    assert (outcome.status, outcome.id) == (Status.APPLIED, None)
    assert outcome.detail == "its id is not known yet"
