from __future__ import annotations

from dataclasses import replace

import pytest

from reconciler.model.declared import Declared, Group, User
from reconciler.model.desired import Cause
from reconciler.model.identity import GroupKey, UserKey
from reconciler.model.profile import RFC7644, Nesting
from reconciler.plan.selection import Selection, SelectionError, parse_selection, unknown_subjects
from tests.unit.plan.builders_plan import (
    HERE,
    NOTHING_KNOWN,
    UNDETERMINED,
    a_group,
    a_person,
    does,
    excluded,
    holding,
    live_group,
    live_user,
    notes,
    only,
    plan_of,
    remembering,
    wanting,
)

DESIRED = wanting(
    a_person("ada", title="Head"),
    a_person("bob"),
    a_person("cyd", excluded(Cause.ENDED)),
    a_person("und", UNDETERMINED),
    a_group("ops", "ada", "bob", description="new"),
    a_group("net", "ada"),
    a_group("new", "ada"),
)
LIVE = holding(
    live_user("u-ada", title="Lead"),
    live_user("u-cyd"),
    live_user("u-x"),
    live_group("g-ops", "u-cyd", "u-x", description="old"),
    live_group("g-net"),
)


def selecting(*texts: str) -> list[str]:
    return does(plan_of(DESIRED, LIVE, selection=only(*texts)))


def test_nothing_selected_is_everything() -> None:
    assert parse_selection([]) == Selection()
    assert Selection().everything
    assert len(selecting()) == 10


def test_a_person_is_selected_with_their_part_of_memberships() -> None:
    assert selecting("user:ada") == [
        "update user:ada title: 'Lead' -> 'Head'",
        "addMembers group:net +ada",
        "addMembers group:ops +ada",
    ]
    assert selecting("user:cyd") == ["deactivate user:cyd", "removeMembers group:ops -cyd"]
    assert selecting("user:id:u-x") == [
        "removeMembers group:ops -id:u-x",
        "deactivate user:id:u-x",
    ]


def test_a_group_is_selected_with_all_of_its_members_who_are_there() -> None:
    plan = plan_of(DESIRED, LIVE, selection=only("group:ops"))
    assert does(plan) == [
        "update group:ops description: 'old' -> 'new'",
        "addMembers group:ops +ada",
        "removeMembers group:ops -cyd -id:u-x",
    ]
    # Bob's create is not selected, so he waits.
    assert notes(plan) == [("waits-for-create", "group:ops")]


def test_several_selections_are_joined_by_or() -> None:
    assert selecting("group:new", "user:bob", "group:ops")[:2] == [
        "create user:bob",
        "create group:new",
    ]
    assert selecting("cause:ended", "user:bob") == [
        "deactivate user:cyd",
        "create user:bob",
        "addMembers group:ops +bob",
    ]


def test_what_is_to_be_filled_and_not_selected_waits() -> None:
    plan = plan_of(DESIRED, LIVE, selection=only("user:ada"))
    assert ("waits-for-create", "group:new") in notes(plan)


def test_members_are_a_group_and_the_own_changes_of_everybody_in_it() -> None:
    plan = plan_of(DESIRED, LIVE, selection=only("members:ops"))
    assert does(plan) == [
        "create user:bob",
        "update user:ada title: 'Lead' -> 'Head'",
        "update group:ops description: 'old' -> 'new'",
        "addMembers group:ops +ada +bob",
        "removeMembers group:ops -cyd -id:u-x",
    ]
    assert notes(plan) == []
    assert plan.selection == ("members:ops",)


def test_one_member_of_a_group_leaves_the_others_as_they_are() -> None:
    assert selecting("members:ops/bob") == [
        "create user:bob",
        "update group:ops description: 'old' -> 'new'",
        "addMembers group:ops +bob",
    ]
    assert selecting("members:new/ada") == [
        "update user:ada title: 'Lead' -> 'Head'",
        "create group:new",
        "addMembers group:new +ada",
    ]
    assert selecting("members:ops/cyd", "members:ops/id:u-x") == [
        "update group:ops description: 'old' -> 'new'",
        "removeMembers group:ops -cyd -id:u-x",
    ]


def test_groups_inside_a_group_come_with_it_without_their_members() -> None:
    desired = wanting(a_person("ada"), a_group("inner", "ada"), a_group("outer", nested=("inner",)))
    profile = replace(RFC7644, nesting=Nesting.NATIVE)
    for text in ("members:outer", "members:outer/group:inner"):
        plan = plan_of(desired, holding(), profile=profile, selection=only(text))
        assert does(plan) == [
            "create group:inner",
            "create group:outer",
            "addMembers group:outer +group:inner",
        ]


def test_members_of_a_group_that_is_gone_are_nobody() -> None:
    assert selecting("members:id:g-net") == []


def test_due_is_what_a_date_has_brought() -> None:
    assert only("due").causes == {Cause.DUE, Cause.ENDED, Cause.NOT_YET}
    assert selecting("due") == ["deactivate user:cyd"]


def test_drift_is_what_was_changed_behind_gits_back() -> None:
    memory = remembering(links={"user:ada": "u-ada"})
    plan = plan_of(DESIRED, LIVE, memory=memory, selection=only("drift"))
    assert does(plan) == ["deactivate user:id:u-x"]


def test_a_name_that_only_an_unselected_change_would_free_is_not_free() -> None:
    old = a_person("old", user_name="free@zone.example", object_id="o-1")
    new = a_person("new", user_name="x@zone.example", object_id="o-2")
    live = holding(live_user("u-1", "x@zone.example", externalId="o-1"))
    assert len(does(plan_of(wanting(old, new), live))) == 2
    plan = plan_of(wanting(old, new), live, selection=only("user:new"))
    assert (does(plan), notes(plan)) == ([], [("name-taken", "user:new")])


def test_notes_are_narrowed_with_subjects_and_kept_with_causes() -> None:
    assert notes(plan_of(DESIRED, LIVE, selection=only("user:cyd"))) == []
    assert notes(plan_of(DESIRED, LIVE, selection=only("group:net"))) == []
    assert notes(plan_of(DESIRED, LIVE, selection=only("user:und"))) == [
        ("filter-undetermined", "user:und")
    ]
    assert notes(plan_of(DESIRED, LIVE, selection=only("drift"))) == [
        ("filter-undetermined", "user:und")
    ]


def test_the_plan_says_how_it_was_narrowed_and_counts_everybody_all_the_same() -> None:
    plan = plan_of(DESIRED, LIVE, selection=only("user:cyd", "drift", "user:cyd"))
    assert plan.selection == ("drift", "user:cyd")
    assert plan.population == plan_of(DESIRED, LIVE).population


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("", "'' selects nothing", None),
        ("user:", "'user:' selects nothing", None),
        ("person:ada", "'person:ada' selects nothing", None),
        ("drift:x", "'drift:x' selects nothing", None),
        ("members:", "'members:' selects nothing", None),
        ("members:ops/", "'members:ops/' selects nothing", None),
        ("cause:Disabeld", "there is no cause 'Disabeld'", "did you mean disabled?"),
        ("cause:xyz", "there is no cause 'xyz'", f"causes are {', '.join(Cause)}, source"),
    ],
)
def test_a_text_that_selects_nothing_says_what_was_expected(
    text: str, message: str, hint: str | None
) -> None:
    expected = (
        hint
        or "expected user:KEY, group:KEY, members:GROUP, cause:CAUSE, cause:source, drift or due"
    )
    assert parse_selection(["user:ada", text]) == SelectionError(message, expected)


def test_an_unknown_subject_is_named_with_what_was_probably_meant() -> None:
    declared = Declared(
        users={UserKey("e10342"): User(UserKey("e10342"), {}, HERE)},
        groups={GroupKey("ops"): Group(GroupKey("ops"), {}, HERE)},
    )
    actual = holding(live_user("u-1"), live_group("g-1"))
    known = only("user:e10342", "user:id:u-1", "group:ops", "group:id:g-1", "drift")
    assert unknown_subjects(known, declared, actual, NOTHING_KNOWN) == ()
    crews = only("members:ops/e10342", "members:ops/group:ops", "members:id:g-1")
    assert unknown_subjects(crews, declared, actual, NOTHING_KNOWN) == ()
    strange = only("members:opps", "members:ops/zzz", "members:ops/group:yyy")
    assert unknown_subjects(strange, declared, actual, NOTHING_KNOWN) == (
        "user:zzz is neither declared nor live",
        "group:opps is neither declared nor live; did you mean group:ops?",
        "group:yyy is neither declared nor live",
    )
    unknown = only("user:e10343", "user:zzz", "group:opps")
    assert unknown_subjects(unknown, declared, actual, NOTHING_KNOWN) == (
        "user:e10343 is neither declared nor live; did you mean user:e10342?",
        "user:zzz is neither declared nor live",
        "group:opps is neither declared nor live; did you mean group:ops?",
    )


def test_whom_only_the_ledger_knows_can_be_selected() -> None:
    memory = remembering(links={"user:gone": "u-1"})
    selection = only("user:gone")
    assert unknown_subjects(selection, Declared(), holding(), memory) == ()
    assert len(unknown_subjects(selection, Declared(), holding(), NOTHING_KNOWN)) == 1
    plan = plan_of(wanting(), holding(live_user("u-1")), memory=memory, selection=selection)
    assert does(plan) == ["deactivate user:gone"]
