"""`memberOf` at a target: whose groups are known, and what an unknown one does."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC

from reconciler.desired.belonging import find_belonging
from reconciler.desired.desire import desire_for
from reconciler.model.access import Admission, Exclusion
from reconciler.model.declared import Declared, Group
from reconciler.model.desired import Cause, Excluded, Provisioned, Reason, Undetermined
from reconciler.model.diagnostic import Position
from reconciler.model.identity import UserKey
from reconciler.model.note_code import NoteCode
from reconciler.model.period import Period
from reconciler.model.scoping import Match, Operator, ScopingFilter
from tests.unit.desired.builders_desired import (
    NOW,
    PAST,
    TARGET_AT,
    a_clause,
    a_filter,
    a_group,
    a_handling,
    a_target,
    a_tree,
    a_user,
    an_entry,
    dated,
    desired,
    desired_user,
    grounds_of,
)

FAILS = "int(user.department) == 1"
IN_TOP = a_filter(
    an_entry(replace(a_clause("memberOf", Operator.EQUALS, "top"), match=Match.ANY), name="top")
)


def a_tree_of(*groups: Group, scoping: ScopingFilter = IN_TOP) -> Declared:
    return a_tree(
        users=[a_user(f"e{n}") for n in range(1, 5)],
        groups=groups,
        filters=[scoping],
        target=a_target(users=a_handling(filter="people")),
    )


TOP = a_group("top", users=["e1"], groups=["inner"], dated=[dated("e4", Period(None, PAST))])
INNER = a_group("inner", users=["e2"])


def test_groups_are_those_at_the_moment_direct_and_through_others() -> None:
    found = find_belonging(a_tree_of(TOP, INNER), as_of=NOW, zone=UTC)
    assert found.groups == {UserKey("e1"): ("top",), UserKey("e2"): ("inner", "top")}
    assert found.hidden == {}
    assert found.attributes(UserKey("e4")) == {"memberOf": None}


def test_filter_lets_in_whoever_belongs_and_no_assignment_is_needed_for_the_group() -> None:
    tree = a_tree_of(TOP, INNER)
    standings = {str(k): type(u.standing) for k, u in desired(tree).users.items()}
    assert standings == {"e1": Provisioned, "e2": Provisioned, "e3": Excluded, "e4": Excluded}


def test_a_rule_that_fails_hides_the_groups_of_whom_it_fails_for() -> None:
    top = replace(TOP, member_rule=FAILS, member_rule_at=Position("groups.yaml", 60))
    tree = a_tree_of(top, INNER)
    found = desired_user(tree, "e3").standing
    said = "memberRule of top failed for e3, so not all their groups are known"
    whole = f'cannot be decided: filter people, "top": {said}'
    at = Position("filters.yaml", 5)
    assert found == Undetermined(NoteCode.FILTER_UNDETERMINED, Reason(whole, at))


def test_a_default_exclusion_can_look_at_groups() -> None:
    class_at = Position("targets.yaml", 9)
    exclusion = Exclusion("top", '"top" in user.memberOf', class_at)
    admission = Admission(exclusions=(exclusion,))
    handling = replace(a_handling(), admission=admission)
    tree = a_tree(
        users=[a_user("e1"), a_user("e3")],
        groups=[a_group("top", users=["e1"])],
        target=a_target(users=handling),
    )
    said = "default exclusion top of app, and no assignment names e1"
    assert desired_user(tree, "e1").standing == Excluded(Cause.OUT_OF_SCOPE, Reason(said, class_at))
    why = Reason("app takes every declared user", TARGET_AT)
    assert desired_user(tree, "e3").standing == Provisioned(why)


def test_managers_and_groups_are_found_also_when_few_people_are_asked_about() -> None:
    scoping = a_filter(
        an_entry(
            a_clause("manager.department", Operator.EQUALS, "Ops"),
            when='manager != null && "top" in user.memberOf',
        )
    )
    people = [a_user(f"e{n}") for n in range(2, 9)]
    tree = a_tree(
        users=[a_user("e1", manager="boss"), a_user("boss", department="Ops"), *people],
        groups=[a_group("top", users=["e1"])],
        filters=[scoping],
        target=a_target(users=a_handling(filter="people")),
    )
    grounds = grounds_of(tree)
    few = desire_for(grounds, {UserKey("e1")})
    assert list(few.users) == ["e1"]
    assert few.users[UserKey("e1")] == desired_user(tree)
    assert isinstance(desired_user(tree).standing, Provisioned)
