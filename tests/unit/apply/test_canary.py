"""A few changes first, each read back; the rest only when all of them are as they should be."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reconciler.apply.limits import Limits
from reconciler.apply.verdict import Halt
from reconciler.model.change import Change, Step
from reconciler.model.exit import ExitCode
from reconciler.model.identity import ResourceId
from reconciler.model.outcome import Status
from reconciler.model.profile import MembersIn
from tests.builders import (
    a_create,
    a_deactivation,
    a_deletion,
    a_reactivation,
    a_reference,
    a_removal,
    an_addition,
    an_update,
)
from tests.fakes.target import FakeTarget, Fault, a_live_group, a_person
from tests.unit.apply.builders_apply import (
    PLAIN,
    Ticks,
    carry_out,
    create_group,
    delete_user,
    renamed_first,
    the_plan,
)

PEOPLE = [a_person(f"e{n}", title="Lead", active=n != 9) for n in range(1, 10)]
GROUPS = [
    a_live_group("ops", ["e6", "e7"]),
    a_live_group("dev", ["e8"]),
    a_live_group("old", ["e5"], displayName="Ops"),
]


def a_target(**parts: object) -> FakeTarget:
    return FakeTarget(PLAIN, **parts).holds(*PEOPLE, *GROUPS)  # type: ignore[arg-type]  # any of its parts


def some(*changes: Change) -> list[Change]:
    return list(changes)


def went_first(target: FakeTarget, *changes: Change, canary: int) -> tuple[str, ...]:
    return carry_out(the_plan(*changes), target, limits=Limits(canary=canary)).canary


EVERY_SORT: list[Change] = [
    a_create("n1", "new-1"),
    a_create("n2", "new-2"),
    an_update("e1"),
    an_update("e2"),
    a_reactivation("e9"),
    an_addition("ops", ["e1", "e2", "e3"]),
    an_addition("old", ["e4"]),
    a_removal("old", ["e5"]),
    a_removal("dev", ["e8"]),
    a_deactivation("e5"),
    delete_user("e7"),
]


def test_one_of_each_sort_goes_first_and_of_those_the_smallest() -> None:
    target = a_target()
    applied = carry_out(the_plan(*EVERY_SORT), target, limits=Limits(canary=7))
    assert {outcome.status for outcome in applied.outcomes} == {Status.APPLIED}
    assert sorted(applied.canary) == [
        "add-old",
        "create-n1",
        "deactivate-e5",
        "delete-e7",
        "reactivate-e9",
        "remove-dev",
        "update-e1-Head",
    ]
    assert [s[1] for s in target.sent[:7] if s[0] in {"add", "remove"}] == ["id-old", "id-dev"]
    assert len(target.sent) == len(EVERY_SORT) + 1  # three members in two requests


def test_each_is_read_back_before_the_next_is_sent() -> None:
    target = a_target()
    seen: list[int] = []
    target.on_write = lambda: seen.append(len(target.reads))
    changes = some(
        a_create("n1", "a"),
        an_update("e1"),
        a_create("n2", "b"),
        an_update("e2"),
    )
    carry_out(the_plan(*changes), target, limits=Limits(canary=2))
    looks = seen[0]
    assert seen == [looks, looks + 1, looks + 2, looks + 2]


def test_a_canary_that_is_refused_stops_the_rest() -> None:
    target = a_target(write_faults={2: Fault.REJECTED})
    plan = the_plan(a_create("n1"), a_create("n2"), an_update("e1"), an_update("e2"))
    applied = carry_out(plan, target, limits=Limits(canary=2))
    assert [o.status for o in applied.outcomes] == [
        Status.APPLIED,
        Status.SKIPPED,
        Status.FAILED,
        Status.SKIPPED,
    ]
    assert applied.outcomes[1].detail == applied.why
    assert applied.why == "the canary failed, see update of user:e1: nothing else is sent"
    assert (len(target.sent), applied.halt, applied.exit_code) == (
        2,
        Halt.CANARY,
        ExitCode.PARTIAL,
    )


def test_a_provider_that_accepts_and_does_not_keep_is_caught_by_the_canary() -> None:
    plan = the_plan(an_update("e1"), an_update("e2"))

    class Forgetful(FakeTarget):
        async def update(self, *args, **kwargs):  # type: ignore[no-untyped-def]  # as the base class
            written = await super().update(*args, **kwargs)
            self.holds(a_person("e1", title="Lead"))
            return written

    forgetful = Forgetful(PLAIN).holds(*PEOPLE)
    applied = carry_out(plan, forgetful, limits=Limits(canary=1))
    first, second = applied.outcomes
    assert (first.status, first.detail) == (
        Status.FAILED,
        "the provider accepted it, but a read right after it does not show it: title",
    )
    assert (second.status, len(forgetful.sent)) == (Status.SKIPPED, 1)


def test_a_canary_that_cannot_be_read_back_is_unknown_and_stops_the_rest() -> None:
    plan = the_plan(an_update("e1"), an_update("e2"))
    looks = dict.fromkeys(range(2, 20), Fault.ERROR)
    applied = carry_out(plan, a_target(read_faults=looks), limits=Limits(canary=1))
    first, second = applied.outcomes
    assert (first.status, first.detail) == (
        Status.UNKNOWN,
        "the provider accepted it, but server error",
    )
    assert (second.status, applied.halt) == (Status.SKIPPED, Halt.CANARY)


def test_a_create_without_an_id_cannot_be_read_back() -> None:
    target = FakeTarget(PLAIN, says_ids=False, shows_after=1e9)
    applied = carry_out(the_plan(a_create("n1"), a_create("n2")), target, limits=Limits(canary=1))
    assert applied.outcomes[0].detail == (
        "the provider accepted it, but its id is not known, so it cannot be read back"
    )
    assert applied.halt is Halt.CANARY


def test_a_value_somebody_else_wrote_in_between_is_named() -> None:
    class Contested(FakeTarget):
        async def update(self, *args, **kwargs):  # type: ignore[no-untyped-def]  # as the base class
            written = await super().update(*args, **kwargs)
            self.holds(a_person("e1", title="Chief"))
            return written

    target = Contested(PLAIN).holds(*PEOPLE)
    applied = carry_out(the_plan(an_update("e1")), target, limits=Limits(canary=1))
    assert applied.outcomes[0].detail == (
        "the provider accepted it, but a read right after it does not show it: title"
    )


def test_nothing_goes_first_that_needs_another_change_before_it() -> None:
    rename = renamed_first(an_update("e1", path="userName", before="e1", after="e1-old"))
    changes = some(
        rename,
        a_create("n1", "e1"),
        create_group("new"),
        an_addition("ops", ["n1"]),
    )
    changes.append(replace(an_addition("new", ["e2"]), id=None))
    hashes = went_first(a_target(), *changes, canary=9)
    assert hashes == tuple(c.hash for c in (rename, changes[2]))


def test_nobody_is_taken_out_of_a_group_before_they_have_what_they_get_for_it() -> None:
    changes = some(
        an_addition("dev", ["e6"]),
        a_removal("ops", ["e6"]),
        a_deletion("old", ["e5"]),
    )
    assert went_first(a_target(), *changes, canary=9) == (changes[0].hash, changes[2].hash)


def test_what_is_lost_for_good_or_given_to_the_powerful_comes_last() -> None:
    lost = replace(an_update("e1"), irreversible="a new account", step=Step.FREE)
    powerful = replace(an_addition("dev", ["e1"]), privileged=True)
    changes = some(
        lost,
        an_update("e2"),
        powerful,
        an_addition("ops", ["e1", "e2", "e3"]),
    )
    assert went_first(a_target(), *changes, canary=2) == (changes[1].hash, changes[3].hash)


@pytest.mark.parametrize("canary", [0, 1])
def test_members_that_nobody_can_see_are_no_canary(canary: int) -> None:
    profile = replace(PLAIN, members_in=MembersIn.NEVER)
    target = FakeTarget(profile).holds(*PEOPLE, *GROUPS)
    plan = the_plan(an_addition("dev", ["e1"]), profile=profile)
    applied = carry_out(plan, target, limits=Limits(canary=canary))
    assert (applied.canary, applied.outcomes[0].status) == ((), Status.APPLIED)


def test_what_is_done_already_proves_nothing_and_is_no_canary() -> None:
    target = a_target().holds(a_person("e1", title="Head"))
    changes = [an_update("e1"), an_update("e2")]
    assert went_first(target, *changes, canary=1) == (changes[1].hash,)


def test_a_canary_that_time_does_not_let_go_is_skipped() -> None:
    clock = Ticks()
    target = a_target()
    target.on_write = lambda: setattr(clock, "time", clock.time.replace(year=2030))
    limits = Limits(canary=2, until=clock.time.replace(year=2027))
    applied = carry_out(
        the_plan(an_update("e1"), an_update("e2")), target, limits=limits, now=clock
    )
    assert [o.status for o in applied.outcomes] == [Status.APPLIED, Status.SKIPPED]
    assert applied.halt is Halt.TIME


def test_a_provider_that_shows_late_is_waited_for() -> None:
    profile = replace(PLAIN, visible_within=20.0)
    target = FakeTarget(profile, shows_after=10.0).holds(*PEOPLE)
    applied = carry_out(the_plan(an_update("e1"), profile=profile), target, limits=Limits(canary=1))
    assert (applied.outcomes[0].status, applied.halt) == (Status.APPLIED, None)
    assert sum(target.slept) >= 10.0
    assert applied.outcomes[0].id == ResourceId("id-e1")


def test_a_reference_goes_first_unless_it_names_somebody_who_is_still_to_come() -> None:
    there, to_come = a_reference("e1", after="e2"), a_reference("e3", after="n1")
    changes = some(a_create("n1"), there, to_come)
    target = a_target()
    applied = carry_out(the_plan(*changes), target, limits=Limits(canary=9))
    assert applied.canary == ("create-n1", there.hash)
    assert {outcome.status for outcome in applied.outcomes} == {Status.APPLIED}


def test_nobody_leaves_first_who_may_be_given_another_group() -> None:
    """Who is in a group inside a group does not stand in the plan, so it may be whoever joins."""
    target = a_target()
    inside = a_removal("ops", ["group:dev"])
    joining = an_addition("old", ["e1"])
    assert went_first(target, joining, inside, canary=2) == (joining.hash,)


def test_who_needs_a_seat_that_is_still_to_be_freed_does_not_join_first() -> None:
    leaving = replace(a_removal("dev", ["e8"]), step=Step.FREE)
    assert went_first(a_target(), leaving, an_addition("old", ["e8"]), canary=2) == ()
