"""What a run leaves in the ledger, and what it costs."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from reconciler.model.change import Change, RemoveMembers
from reconciler.model.diagnostic import Position
from reconciler.model.entry_code import EntryCode
from reconciler.model.identity import Kind, ResourceId
from reconciler.model.ledger import Closed, Intent, Opened, Remembered, Result, remember
from reconciler.model.outcome import Status
from reconciler.model.plan import Population, Recheck, Settled
from reconciler.model.policy import Acknowledgement
from reconciler.model.profile import MembersIn, Profile
from reconciler.model.resource import Unread
from reconciler.model.target import Deprovision, Exclusive, Handling, Manage, Scope, Target
from reconciler.plan.estimate import estimate
from tests.builders import (
    a_create,
    a_deactivation,
    a_deletion,
    a_reactivation,
    a_removal,
    an_addition,
    an_update,
)
from tests.fakes.target import FakeTarget, Fault, a_live_group, a_person
from tests.unit.apply.builders_apply import (
    FEW,
    HIDES_MEMBERS,
    MANY,
    PLAIN,
    MemoryLedger,
    Ticks,
    carry_out,
    create_group,
    delete_user,
    the_plan,
)

BATCH = MemoryLedger.batch
TICK = Ticks()
FIRST, SECOND, THIRD, FOURTH = TICK(), TICK(), TICK(), TICK()


def test_a_run_is_opened_intended_told_remembered_and_closed() -> None:
    ledger = MemoryLedger()
    before = Settled(Kind.USER, "e0", ResourceId("id-e0"), "f0")
    after = Settled(Kind.USER, "e1", None, "f1")
    plan = the_plan(a_create("e1", "ada"), settled=[before, after])
    word = Acknowledgement("abc123", "mara", "the merger, CHG-7")
    carry_out(plan, FakeTarget(PLAIN), ledger=ledger, acknowledged=[word])
    assert ledger.kept == [
        Opened("run-1", "sha256:plan", "c0ffee", FIRST, ("abc123 mara: the merger, CHG-7",)),
        Intent("run-1", ("create-e1",), ("create user:e1",)),
        Result(
            run="run-1",
            hash="create-e1",
            action="create",
            subject="user:e1",
            status=Status.APPLIED,
            id=ResourceId("new-1"),
            request_ids=("r1",),
            at=THIRD,
        ),
        Remembered("run-1", (before, replace(after, id=ResourceId("new-1")))),
        Closed("run-1", FOURTH, 0),
    ]


def test_each_change_has_its_span_and_what_was_not_sent_has_none_to_speak_of() -> None:
    target = FakeTarget(PLAIN).holds(a_person("e2", title="Other"))
    applied = carry_out(the_plan(a_create("e1", "ada"), an_update("e2")), target)
    sent, refused = applied.spans
    assert (sent.milliseconds, refused.milliseconds) == (1000, 0)
    assert [outcome.code for outcome in applied.outcomes] == [None, EntryCode.LIVE_STATE_CHANGED]


def test_only_what_is_as_git_wants_it_is_remembered() -> None:
    settled = [Settled(Kind.USER, key, ResourceId(f"id-{key}"), key) for key in ("e0", "e1", "e2")]
    plan = the_plan(an_update("e1"), an_update("e2"), settled=settled)
    target = FakeTarget(PLAIN, write_faults={1: Fault.REJECTED})
    target.holds(a_person("e1", title="Lead"), a_person("e2", title="Head"))
    ledger = MemoryLedger()
    carry_out(plan, target, ledger=ledger)
    assert [r.settled for r in ledger.kept if isinstance(r, Remembered)] == [
        (settled[0], settled[2])
    ]


def test_a_subject_with_several_changes_is_settled_when_all_of_them_are() -> None:
    settled = [Settled(Kind.GROUP, "ops", None, "f")]
    plan = the_plan(
        create_group("ops"), replace(an_addition("ops"), id=None), a_create("e1"), settled=settled
    )
    good, bad = MemoryLedger(), MemoryLedger()
    carry_out(plan, FakeTarget(PLAIN), ledger=good)
    carry_out(plan, FakeTarget(PLAIN, write_faults={1: Fault.REJECTED}), ledger=bad)
    assert remember(good.kept).fingerprints == {"group:ops": "f"}
    assert remember(good.kept).links["group:ops"] == "new-2"
    assert remember(bad.kept).fingerprints == {}


def test_what_a_next_plan_knows_of_a_run() -> None:
    ledger = MemoryLedger()
    target = FakeTarget(PLAIN).holds(a_person("e1"), a_person("e2"))
    carry_out(the_plan(a_deactivation("e1"), a_create("e3")), target, ledger=ledger)
    memory = remember(ledger.kept)
    assert memory.links == {"user:e3": "new-1"}
    assert memory.deactivated == {"id-e1": THIRD}
    assert memory.last_commit == "c0ffee"


def test_what_is_refused_or_already_there_has_a_result_and_no_intent() -> None:
    ledger = MemoryLedger()
    target = FakeTarget(PLAIN).holds(a_person("e1", title="Chief"), a_person("e2", title="Head"))
    carry_out(the_plan(an_update("e1"), an_update("e2")), target, ledger=ledger)
    assert [type(record) for record in ledger.kept] == [Opened, Result, Result, Closed]
    assert [result.status for result in ledger.results] == [
        Status.SKIPPED,
        Status.ALREADY_APPLIED,
    ]
    assert [r.exit_code for r in ledger.kept if isinstance(r, Closed)] == [6]


def test_an_intent_is_on_disk_before_its_requests_are_sent() -> None:
    ledger = MemoryLedger()
    target = FakeTarget(PLAIN)
    sent_without: list[int] = []

    def look() -> None:
        intended = {h for r in ledger.kept if isinstance(r, Intent) for h in r.hashes}
        if len(intended) <= len(target.sent):
            sent_without.append(len(target.sent))

    target.on_write = look
    carry_out(the_plan(*(a_create(f"e{n}", f"p{n}") for n in range(120))), target, ledger=ledger)
    assert (len(target.sent), sent_without) == (120, [])


def test_records_are_committed_in_groups() -> None:
    ledger = MemoryLedger()
    carry_out(
        the_plan(*(a_create(f"e{n}", f"p{n}") for n in range(2 * BATCH + 1))),
        FakeTarget(PLAIN),
        ledger=ledger,
    )
    intents = [len(r.hashes) for r in ledger.kept if isinstance(r, Intent)]
    assert intents == [BATCH, BATCH, 1]
    # Opened, three times intents with the results before them, the last results with Closed.
    assert ledger.appends == 5
    assert len(ledger.results) == 2 * BATCH + 1


def test_the_results_of_a_run_that_breaks_are_kept() -> None:
    ledger = MemoryLedger()
    target = FakeTarget(replace(PLAIN, connections=1))

    def bug() -> None:
        if len(target.sent) == 2:
            raise RuntimeError("a bug in the client")

    target.on_write = bug
    with pytest.raises(ExceptionGroup):
        carry_out(the_plan(*(a_create(f"e{n}", f"p{n}") for n in range(4))), target, ledger=ledger)
    assert [result.subject for result in ledger.results] == ["user:e0", "user:e1"]
    assert not any(isinstance(record, Closed) for record in ledger.kept)
    assert not ledger.leased


def a_target(profile: Profile) -> Target:
    at = Position("t.yaml", 1)
    handling = Handling(Manage.FULL, frozenset(), Exclusive(), "m", None, Deprovision(), at)
    return Target(
        name="box",
        profile=profile.name,
        base_url="embedded:box",
        credential=None,
        enabled=True,
        time_zone="UTC",
        scope=Scope.ALL,
        repository=None,
        users=handling,
        groups=handling,
        at=at,
    )


WHOLE: list[Change] = [
    a_deactivation("e1"),
    a_create("e2", "bob"),
    a_reactivation("e3"),
    an_update("e4"),
    create_group("new"),
    replace(an_addition("new", ["e2", "e4", "e3"]), id=None),
    an_addition("ops", ["e2", "e3", "e4", "e5", "e6"]),
    a_removal("ops", ["e7", "e8", "e9"]),
    delete_user("e9"),
]


@pytest.mark.parametrize("members_in", [MembersIn.LIST, MembersIn.RESOURCE, MembersIn.PROBED])
@pytest.mark.parametrize(
    "changes",
    [WHOLE, [c for c in WHOLE if c.action != "create" and c.id is not None]],
    ids=["with creates", "without"],
)
@pytest.mark.parametrize("population", [FEW, MANY], ids=["few", "many"])
def test_without_faults_the_requests_are_those_of_the_estimate(
    members_in: MembersIn, changes: list[Change], population: Population
) -> None:
    profile = replace(PLAIN, members_in=members_in, page_max=1000)
    if members_in is MembersIn.PROBED:  # nobody else is known to be in it: no witnesses to ask
        changes = [
            replace(c, held=len(c.members)) if isinstance(c, RemoveMembers) else c for c in changes
        ]
    keys = [f"e{n}" for n in range(1, 10) if n != 2]
    if not any(change.action == "create" for change in changes):
        keys.append("e2")
    target = FakeTarget(profile).holds(
        *(a_person(key, active=key != "e3", title="Lead") for key in keys),
        a_live_group("ops", ["e7", "e8", "e9"]),
    )
    plan = the_plan(*changes, profile=profile, population=population)
    expected = estimate(plan.changes, population, profile, a_target(profile))
    applied = carry_out(plan, target)
    assert {outcome.status for outcome in applied.outcomes} == {Status.APPLIED}
    sent = Counter(what[0] for what in target.sent)
    assert sent["create"] == expected.posts
    assert sent["update"] + sent["add"] + sent["remove"] == expected.patches
    assert sent["delete"] == expected.deletes
    # The fake lists everything in one page; thousands would be several.
    pages = {Kind.USER: population.users_live, Kind.GROUP: population.groups_live}
    cost = sum(
        max(1, -(-pages[read[1]] // profile.page_max)) if read[0] == "list" else 1
        for read in target.reads
    )
    assert cost == expected.gets
    assert expected.recheck is plan.estimate.recheck


def test_a_group_to_be_deleted_is_looked_into_where_lists_do_not_show_members() -> None:
    plan = the_plan(a_deletion("ops", ["e1"]), a_create("e2"), profile=HIDES_MEMBERS)
    assert plan.estimate.recheck is Recheck.LISTING
    target = FakeTarget(HIDES_MEMBERS).holds(a_live_group("ops", ["e1", "e9"], displayName="Ops"))
    create, deletion = carry_out(plan, target).outcomes
    assert (create.status, deletion.status) == (Status.APPLIED, Status.SKIPPED)
    assert deletion.detail == "1 members have joined since the plan was made; plan again"


def test_a_group_whose_members_cannot_be_read_again_is_not_deleted() -> None:
    plan = the_plan(a_deletion("ops", ["e1"]), profile=HIDES_MEMBERS)
    target = FakeTarget(HIDES_MEMBERS).holds(a_live_group("ops", ["e1"], displayName="Ops"))
    target.holds(
        replace(a_live_group("ops", displayName="Ops"), members=Unread("the answer was cut short"))
    )
    (deletion,) = carry_out(plan, target).outcomes
    assert (deletion.status, deletion.stale) == (Status.SKIPPED, True)
