"""The way back from an apply: each change's counterpart, and each reason why there is none."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reconciler.model.attributes import MANAGER
from reconciler.model.change import Delete, RemoveMembers, Removing, Step, Update
from reconciler.model.desired import Cause, Desired
from reconciler.model.dialect import Updating
from reconciler.model.identity import Kind, ResourceId
from reconciler.model.ledger import Opened, Result
from reconciler.model.ledger_runs import LedgerRun
from reconciler.model.outcome import Status
from reconciler.model.path import Json
from reconciler.model.plan import Plan
from reconciler.model.profile import RFC7644, Deactivation, Profile
from reconciler.model.resource import Actual, Resource
from reconciler.model.sealed import Sealed
from reconciler.model.target import Ability, Handling, Target
from reconciler.model.undoing import Undoing
from reconciler.plan.build import build_undo
from tests.unit.plan.builders_plan import (
    ALL,
    DELETE_GROUPS,
    EVERYTHING,
    KEEP_GROUPS,
    LOOKUP,
    NOON,
    a_group,
    a_handling,
    a_person,
    a_target,
    does,
    excluded,
    holding,
    live_group,
    live_user,
    message,
    notes,
    plan_of,
    scene_of,
    wanting,
)

RUN = "abcdef01-run"
UPDATES_OFF = ALL - {Ability.UPDATE}


def reporting(id: str, boss: str) -> Resource:
    """A live person whose manager is the live `boss`."""
    urn, _, _ = MANAGER.text.rpartition(":")
    extension: dict[str, Json] = {urn: {"manager": {"value": boss}}}
    return live_user(id, None, **extension)


def undo(
    plan: Plan,
    live: Actual,
    *,
    desired: Desired | None = None,
    target: Target | None = None,
    profile: Profile = RFC7644,
    status: Status | None = Status.APPLIED,
    ids: dict[str, str] | None = None,
) -> Plan:
    """The way back from `plan`, all of whose changes came to `status` (None: it was killed)."""
    made = {key: ResourceId(live_id) for key, live_id in (ids or {}).items()}
    results = {
        c.hash: Result(RUN, c.hash, c.action, str(c.subject), status, made.get(c.key, c.id))
        for c in plan.changes
        if status is not None
    }
    lost = status in {None, Status.UNKNOWN}
    unknown = {c.hash: c.action for c in plan.changes if lost}
    run = LedgerRun(Opened(RUN, "sha256:p", "c0ffee", NOON), results, unknown)
    scene = scene_of(desired or wanting(), live, target=target, profile=profile)
    return build_undo(Undoing(run, plan), scene, commit=None, selection=EVERYTHING)


PROMOTED = wanting(a_person("ada", title="Head"))
PROMOTION = plan_of(PROMOTED, holding(live_user("u-ada", title="Lead")))
AFTER = holding(live_user("u-ada", title="Head"))


def test_a_value_goes_back_to_what_it_was_and_the_plan_says_of_what() -> None:
    plan = undo(PROMOTION, AFTER, desired=PROMOTED)
    assert does(plan) == ["update user:ada title: 'Head' -> 'Lead'"]
    assert plan.changes[0].cause is Cause.UNDO
    assert plan.undoes is not None
    assert (plan.undoes.run, plan.undoes.commit, plan.settled) == (RUN, "c0ffee", ())


@pytest.mark.parametrize("status", [None, Status.UNKNOWN])
def test_what_nobody_knows_to_be_done_is_undone_where_live_shows_it(status: Status | None) -> None:
    plan = undo(PROMOTION, AFTER, status=status)
    assert does(plan) == ["update user:id:u-ada title: 'Head' -> 'Lead'"]


@pytest.mark.parametrize("status", [Status.SKIPPED, Status.FAILED, Status.ALREADY_APPLIED])
def test_what_the_run_has_not_done_is_not_undone(status: Status) -> None:
    plan = undo(PROMOTION, AFTER, status=status)
    assert (does(plan), notes(plan)) == ([], [])


def test_what_is_as_before_already_needs_nothing() -> None:
    plan = undo(PROMOTION, holding(live_user("u-ada", title="Lead")), desired=PROMOTED)
    assert (does(plan), notes(plan)) == ([], [])


@pytest.mark.parametrize(
    ("live", "target", "why"),
    [
        (holding(), None, "it is no longer as that run left it: it is not there"),
        (holding(users_gap="page 2 failed"), None, "the users were not read to the end"),
        (AFTER, a_target(users=LOOKUP), "it is not ours to change"),
        (AFTER, a_target(users=a_handling(abilities=UPDATES_OFF)), "the target's actions have no"),
        (
            holding(live_user("u-ada", title="Chief")),
            None,
            "title: it is no longer as that run left it",
        ),
    ],
    ids=["gone", "unread", "not ours", "off", "changed since"],
)
def test_what_cannot_be_undone_is_a_note(live: Actual, target: Target | None, why: str) -> None:
    plan = undo(PROMOTION, live, target=target)
    assert does(plan) == []
    assert message(plan, "cannot-undo").startswith(f"its update is not undone: {why}")


def test_what_is_in_a_conflict_is_left_alone() -> None:
    twins = wanting(a_person("ada"), a_person("bob", user_name="ada@zone.example"))
    plan = undo(PROMOTION, AFTER, desired=twins)
    assert does(plan) == []
    assert "it is in a conflict" in message(plan, "cannot-undo")


def test_a_sealed_value_is_not_in_the_plan_and_does_not_come_back() -> None:
    (change,) = PROMOTION.changes
    assert isinstance(change, Update)
    part = replace(change.changes[0], before=Sealed("x"))
    sealed = replace(PROMOTION, changes=(replace(change, changes=(part,)),))
    plan = undo(sealed, AFTER)
    assert does(plan) == []
    assert message(plan, "cannot-undo").endswith("title: its value is sealed in the plan")


# People who came, left, and came back.

HIRE = plan_of(wanting(a_person("ada", title="Lead")), holding())
HIRED = {"ada": "u-ada"}


def test_whom_the_run_made_leaves_as_one_whom_nobody_declares() -> None:
    live = holding(live_user("u-ada", title="Lead"))
    plan = undo(HIRE, live, ids=HIRED)
    assert does(plan) == ["deactivate user:id:u-ada"]
    assert (plan.changes[0].cause, plan.changes[0].reason.text) == (
        Cause.UNDO,
        "run abcdef01 created it",
    )


def test_whom_a_killed_run_may_have_made_is_told_by_the_manifest() -> None:
    live = holding(live_user("u-ada", title="Lead"))
    hired = wanting(a_person("ada", title="Lead"))
    assert does(undo(HIRE, live, status=None, desired=hired)) == ["deactivate user:ada"]


def test_whom_the_run_made_and_somebody_changed_since_stays() -> None:
    plan = undo(HIRE, holding(live_user("u-ada", title="Head")), ids=HIRED)
    assert does(plan) == []
    assert message(plan, "cannot-undo").endswith("it is no longer as that run left it: title")


def test_whom_the_target_keeps_stays() -> None:
    target = a_target(users=a_handling(deprovision=KEEP_GROUPS))
    plan = undo(HIRE, holding(live_user("u-ada", title="Lead")), ids=HIRED, target=target)
    assert does(plan) == []
    assert message(plan, "cannot-undo").endswith("`deprovision.removed` keeps it")


def test_what_the_target_never_does_is_said_in_the_words_of_leaving() -> None:
    target = a_target(users=a_handling(abilities=ALL - {Ability.DEACTIVATE}))
    plan = undo(HIRE, holding(live_user("u-ada", title="Lead")), ids=HIRED, target=target)
    assert (does(plan), notes(plan)) == ([], [("action-off", "user:id:u-ada")])


LEAVER = wanting(a_person("ada", excluded()))
LEFT = plan_of(LEAVER, holding(live_user("u-ada", active=True)))
GONE = holding(live_user("u-ada", active=False))


def test_who_was_switched_off_is_switched_on_whatever_git_says() -> None:
    assert does(undo(LEFT, GONE, desired=LEAVER)) == ["reactivate user:ada active: False -> True"]


@pytest.mark.parametrize("cause", [Cause.HELD, Cause.ENDED, Cause.NOT_YET])
def test_whom_a_hold_or_a_date_keeps_out_stays_switched_off(cause: Cause) -> None:
    plan = undo(LEFT, GONE, desired=wanting(a_person("ada", excluded(cause))))
    assert does(plan) == []
    assert message(plan, "cannot-undo").endswith(f"it stays deactivated: excluded: {cause}")


def test_who_is_on_again_already_needs_nothing_but_a_word() -> None:
    plan = undo(LEFT, holding(live_user("u-ada", active=True)), desired=LEAVER)
    assert does(plan) == []
    assert message(plan, "cannot-undo").endswith("it is active")


def test_nobody_is_switched_on_where_the_provider_does_not() -> None:
    once = replace(RFC7644, reactivates=False)
    plan = undo(LEFT, GONE, desired=LEAVER, profile=once)
    assert does(plan) == []
    assert message(plan, "cannot-undo").endswith("this provider switches nobody on again")


def test_nobody_is_switched_on_where_updates_are_off() -> None:
    target = a_target(users=a_handling(abilities=UPDATES_OFF))
    plan = undo(LEFT, GONE, desired=LEAVER, target=target)
    assert (does(plan), notes(plan)) == ([], [("cannot-undo", "user:ada")])


BACK = plan_of(
    wanting(a_person("ada", title="Head")), holding(live_user("u-ada", title="Lead", active=False))
)
IS_BACK = holding(live_user("u-ada", title="Head", active=True))


def test_who_came_back_leaves_again_with_the_values_from_before() -> None:
    plan = undo(BACK, IS_BACK)
    assert does(plan) == [
        "update user:id:u-ada title: 'Head' -> 'Lead'",
        "deactivate user:id:u-ada",
    ]
    assert plan.changes[1].irreversible is None


def test_where_deactivating_destroys_the_undo_says_so() -> None:
    destroys = replace(RFC7644, deactivation=Deactivation.DESTRUCTIVE)
    deactivation = undo(BACK, IS_BACK, profile=destroys).changes[1]
    assert deactivation.irreversible is not None


def test_who_came_back_and_is_off_again_is_left_alone() -> None:
    plan = undo(BACK, holding(live_user("u-ada", title="Lead", active=False)))
    assert does(plan) == []
    assert message(plan, "cannot-undo").endswith("it is not active")


def test_nobody_is_switched_off_where_that_is_off() -> None:
    target = a_target(users=a_handling(abilities={Ability.UPDATE}))
    plan = undo(BACK, IS_BACK, target=target)
    assert does(plan) == ["update user:id:u-ada title: 'Head' -> 'Lead'"]
    assert "have no deactivate" in message(plan, "cannot-undo")


def test_a_deletion_is_never_undone_even_if_somebody_made_it_again() -> None:
    deletion = Delete(
        kind=Kind.USER,
        key="ada",
        name="Ada",
        id=ResourceId("u-ada"),
        cause=Cause.REMOVED,
        reason=PROMOTION.changes[0].reason,
        step=Step.DELETE_USERS,
        hash="h",
        seen=(),
    )
    plan = undo(replace(PROMOTION, changes=(deletion,)), AFTER)
    assert message(plan, "cannot-undo").endswith("it is there again")
    lost = replace(deletion, irreversible="all is lost")
    assert (
        message(undo(replace(PROMOTION, changes=(lost,)), AFTER), "cannot-undo")
        == "its deletion is not undone: all is lost"
    )


# Groups, members, references.

TEAM = a_handling(deprovision=DELETE_GROUPS, mapping="groups")


def team(abilities: frozenset[Ability] = ALL, handling: Handling = TEAM) -> Target:
    return a_target(groups=replace(handling, abilities=abilities))


FOUNDED = plan_of(
    wanting(a_person("ada"), a_group("ops", "ada")), holding(live_user("u-ada")), target=team()
)


def test_a_group_that_the_run_made_goes_with_its_members() -> None:
    live = holding(live_user("u-ada"), live_group("g-ops", "u-ada"))
    plan = undo(FOUNDED, live, ids={"ops": "g-ops"}, target=team())
    assert does(plan) == ["delete group:id:g-ops"]


def test_a_group_that_others_have_joined_since_stays_and_loses_whom_the_run_added() -> None:
    live = holding(live_user("u-ada"), live_user("u-bob"), live_group("g-ops", "u-ada", "u-bob"))
    plan = undo(FOUNDED, live, ids={"ops": "g-ops"}, target=team())
    assert does(plan) == ["removeMembers group:id:g-ops -id:u-ada"]
    assert message(plan, "cannot-undo").endswith("id:u-bob joined it")


def test_a_group_whose_members_cannot_be_read_stays() -> None:
    live = holding(live_user("u-ada"), live_group("g-ops", unread="cut short"))
    plan = undo(FOUNDED, live, ids={"ops": "g-ops"}, target=team())
    assert does(plan) == []
    assert {code for code, _ in notes(plan)} == {"incomplete-read", "cannot-undo"}


OPS = live_group("g-ops", "u-ada")
ADA, BOB = live_user("u-ada"), live_user("u-bob")
EVERYBODY = (a_person("ada"), a_person("bob"))
JOINED = plan_of(wanting(*EVERYBODY, a_group("ops", "ada", "bob")), holding(ADA, BOB, OPS))
LOST = plan_of(wanting(*EVERYBODY, a_group("ops")), holding(ADA, BOB, OPS))


def test_who_was_added_is_taken_out() -> None:
    live = holding(ADA, BOB, live_group("g-ops", "u-ada", "u-bob"))
    assert does(undo(JOINED, live)) == ["removeMembers group:id:g-ops -id:u-bob"]


def test_who_was_added_is_taken_out_in_the_way_that_the_provider_has() -> None:
    live = holding(ADA, BOB, live_group("g-ops", "u-ada", "u-bob"))
    by_put = replace(RFC7644, update_group=Updating.PUT_REPLACES)
    (removal,) = undo(JOINED, live, profile=by_put).changes
    assert isinstance(removal, RemoveMembers)
    assert removal.by is Removing.REPLACE
    merging = undo(JOINED, live, profile=replace(RFC7644, update_group=Updating.PUT_MERGES))
    assert does(merging) == []
    assert message(merging, "cannot-undo").endswith("cannot take members out")


@pytest.mark.parametrize("status", [Status.FAILED, None])
def test_of_a_change_of_members_that_failed_what_took_effect_is_undone(
    status: Status | None,
) -> None:
    live = holding(ADA, BOB, live_group("g-ops", "u-ada", "u-bob"))
    assert does(undo(JOINED, live, status=status)) == ["removeMembers group:id:g-ops -id:u-bob"]


def test_who_was_added_and_is_out_already_needs_nothing_but_a_word() -> None:
    plan = undo(JOINED, holding(ADA, BOB, OPS))
    assert does(plan) == []
    assert message(plan, "cannot-undo").endswith("they are no members")


def test_nobody_is_taken_out_or_added_where_that_is_off() -> None:
    live = holding(ADA, BOB, live_group("g-ops", "u-ada", "u-bob"))
    assert does(undo(JOINED, live, target=team(UPDATES_OFF))) == []
    assert does(undo(LOST, holding(ADA, BOB, live_group("g-ops")), target=team(UPDATES_OFF))) == []


def test_where_nothing_shows_members_what_was_asked_for_is_undone() -> None:
    told = live_group("g-ops", "u-bob", absent=["u-ada"])
    undone = does(undo(JOINED, holding(ADA, BOB, told)))
    assert undone == ["removeMembers group:id:g-ops -id:u-bob"]
    open_ = live_group("g-ops", "u-bob", absent=[], gap="a time-out")
    assert does(undo(JOINED, holding(ADA, BOB, open_))) == []


def test_members_that_were_not_read_are_left_as_they_are() -> None:
    unread = live_group("g-ops", unread="cut short")
    for applied in (JOINED, LOST):
        plan = undo(applied, holding(ADA, BOB, unread))
        assert does(plan) == []
        assert "were not read to the end" in message(plan, "cannot-undo")


def test_who_was_taken_out_is_added_and_the_group_may_have_been_privileged() -> None:
    live = holding(ADA, BOB, live_group("g-ops"))
    plan = undo(LOST, live)
    assert does(plan) == ["addMembers group:id:g-ops +id:u-ada"]
    assert plan.changes[0].privileged is True  # type: ignore[union-attr]  # an addition
    known = undo(LOST, live, desired=wanting(*EVERYBODY, a_group("ops")))
    assert does(known) == ["addMembers group:ops +ada"]
    assert known.changes[0].privileged is False  # type: ignore[union-attr]  # an addition


def test_who_is_in_again_already_needs_nothing() -> None:
    plan = undo(LOST, holding(ADA, BOB, OPS))
    assert (does(plan), notes(plan)) == ([], [])


def test_who_has_no_account_any_more_or_is_held_is_named_and_not_added() -> None:
    both = live_group("g-ops", "u-ada", "u-bob")
    lost = plan_of(wanting(*EVERYBODY, a_group("ops")), holding(ADA, BOB, both))
    held = wanting(a_person("ada", excluded(Cause.HELD)), a_person("bob"), a_group("ops"))
    plan = undo(lost, holding(ADA, live_group("g-ops")), desired=held)
    assert does(plan) == []
    assert message(plan, "cannot-undo").endswith(
        "not everybody is added again: ada: excluded: held, bob has no account any more"
    )


LINKED = plan_of(
    wanting(a_person("ada", manager="bob"), a_person("bob"), a_person("cy")),
    holding(reporting("u-ada", "u-cy"), BOB, live_user("u-cy")),
)


@pytest.mark.parametrize(
    ("now", "others", "done", "noted"),
    [
        ("u-bob", ("bob", "cy"), ["setReferences user:id:u-ada id:u-bob -> id:u-cy"], False),
        ("u-cy", ("bob", "cy"), [], False),
        ("u-dan", ("bob", "cy", "dan"), [], True),
    ],
    ids=["as left", "as before", "somebody else"],
)
def test_a_reference_names_whom_it_named_before(
    now: str, others: tuple[str, ...], done: list[str], *, noted: bool
) -> None:
    assert [change.action for change in LINKED.changes] == ["setReferences"]
    people = (live_user(f"u-{key}") for key in others)
    plan = undo(LINKED, holding(reporting("u-ada", now), *people))
    assert does(plan) == done
    assert bool(notes(plan)) is noted


def test_a_reference_that_named_nobody_names_nobody_again() -> None:
    first = plan_of(wanting(a_person("ada", manager="bob"), a_person("bob")), holding(ADA, BOB))
    plan = undo(first, holding(reporting("u-ada", "u-bob"), BOB))
    assert does(plan) == ["setReferences user:id:u-ada id:u-bob -> None"]


def test_nobody_is_named_where_updates_are_off() -> None:
    target = a_target(users=a_handling(abilities=UPDATES_OFF))
    live = holding(reporting("u-ada", "u-bob"), BOB, live_user("u-cy"))
    assert does(undo(LINKED, live, target=target)) == []


def test_a_group_inside_a_group_is_told_by_its_own_key() -> None:
    nested = plan_of(
        wanting(a_group("all", nested=["ops"]), a_group("ops")),
        holding(live_group("g-all"), live_group("g-ops")),
    )
    live = holding(live_group("g-all", "g-ops"), live_group("g-ops"))
    assert does(undo(nested, live)) == ["removeMembers group:id:g-all -id:g-ops"]


def test_who_joined_a_group_the_moment_the_run_made_them_leaves_it_with_it() -> None:
    hired = plan_of(
        wanting(a_person("ada"), a_person("bob"), a_group("ops", "ada", "bob")), holding(ADA, OPS)
    )
    live = holding(ADA, BOB, live_group("g-ops", "u-ada", "u-bob"))
    assert does(undo(hired, live, ids={"bob": "u-bob"})) == [
        "removeMembers group:id:g-ops -id:u-bob",
        "deactivate user:id:u-bob",
    ]
