"""Roles and default exclusions: which roles somebody has, and whom a target lets in."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import pytest

from reconciler.desired.check import check
from reconciler.model.access import DEFAULT_ACCESS, Admission, AppRole, Exclusion
from reconciler.model.declared import Assignment, Declared, Group, User
from reconciler.model.desired import Cause, Excluded, Provisioned, Reason, Standing, Undetermined
from reconciler.model.diagnostic import Position
from reconciler.model.identity import UserKey, role_id
from reconciler.model.note_code import NoteCode
from reconciler.model.path import Value, parse_path
from reconciler.model.source import APP_ROLE_ASSIGNMENTS
from reconciler.model.target import Scope
from tests.unit.desired.builders_desired import (
    TARGET_AT,
    USER_NAME,
    USERS_AT,
    a_group,
    a_handling,
    a_mapping,
    a_target,
    a_tree,
    a_user,
    an_assignment,
    desired_user,
    direct,
    expression,
    grounds_of,
)

ADMIN = AppRole("admin", "ZPA Admin", "11111111-2222-3333-4444-555555555555", TARGET_AT)
ADMIN_TEXT = (
    '{"displayName":"ZPA Admin","id":"11111111-2222-3333-4444-555555555555","value":"admin"}'
)
USER_TEXT = f'{{"displayName":"user","id":"{role_id("app", "user")}","value":"user"}}'
FAILS = "int(user.department) == 1"


def a_role(role: str | None, assignment: Assignment, *, nested: bool = False) -> Assignment:
    return replace(assignment, role=role, nested=nested)


def a_tree_of(
    *assignments: Assignment,
    users: Iterable[User] = (),
    groups: Iterable[Group] = (),
    admission: Admission | None = None,
    scope: Scope = Scope.ASSIGNED,
) -> Declared:
    handling = a_handling() if admission is None else replace(a_handling(), admission=admission)
    target = replace(a_target(scope=scope, users=handling), roles=(ADMIN,))
    people = users or [a_user()]
    return a_tree(users=people, groups=groups, assignments=assignments, target=target)


def roles(tree: Declared, key: str = "e1") -> Value:
    return grounds_of(tree).source_of_user(tree.users[UserKey(key)]).value(APP_ROLE_ASSIGNMENTS)


def standing(tree: Declared, key: str = "e1") -> Standing:
    return desired_user(tree, key).standing


def test_roles_are_united_over_every_line_that_reaches_somebody() -> None:
    tree = a_tree_of(
        a_role("user", an_assignment(users=["e1"], name="a")),
        a_role("admin", an_assignment(groups=["ops"], name="b")),
        a_role("admin", an_assignment(users=["e1"], name="c")),
        a_role("elsewhere", an_assignment(users=["e1"], name="d", target="other")),
        groups=[a_group("ops", rule="true")],
    )
    assert roles(tree) == (ADMIN_TEXT, USER_TEXT)


def test_default_access_is_no_role_and_the_attribute_is_written_without_value() -> None:
    tree = a_tree_of(an_assignment(users=["e1"]))
    assert roles(tree) is None
    # Written: a mapping clears what the provider still has, instead of leaving it alone.
    mapping = a_mapping(
        USER_NAME, expression("title", "SingleAppRoleAssignment([appRoleAssignments])")
    )
    user = desired_user(replace(tree, mappings={**tree.mappings, "users": mapping}))
    assert user.values[parse_path("title")].value is None


def test_nested_assignment_reaches_people_of_groups_inside() -> None:
    groups = [a_group("top", groups=["inner"]), a_group("inner", users=["e1"])]
    plain = a_tree_of(a_role("admin", an_assignment(groups=["top"])), groups=groups)
    nested = a_tree_of(a_role("admin", an_assignment(groups=["top"]), nested=True), groups=groups)
    assert (roles(plain), roles(nested)) == (None, (ADMIN_TEXT,))
    said = Reason("assigned by a through group top", Position("assignments.yaml", 15))
    assert standing(nested) == Provisioned(said)
    assert isinstance(standing(plain), Excluded)


def test_a_rule_that_fails_hides_the_roles_and_nothing_is_written_from_them() -> None:
    tree = a_tree_of(
        a_role("user", an_assignment(users=["e1"], name="a")),
        a_role("admin", an_assignment(groups=["ops"], name="b")),
        groups=[a_group("ops", rule=FAILS)],
    )
    assert isinstance(standing(tree), Provisioned)
    mapping = a_mapping(
        USER_NAME, expression("title", "SingleAppRoleAssignment([appRoleAssignments])")
    )
    tree = replace(tree, mappings={**tree.mappings, "users": mapping})
    said = "title of e1 follows from appRoleAssignments: memberRule of ops failed, so b is unclear"
    at = Position("assignments.yaml", 15)
    assert standing(tree) == Undetermined(NoteCode.SOURCE_UNDETERMINED, Reason(said, at))
    # Whoever has the role by another line is sure of it; so is who reads something else.
    sure = a_role("admin", an_assignment(users=["e1"], name="c"))
    assignments = {**tree.assignments, "c": sure}
    assert isinstance(standing(replace(tree, assignments=assignments)), Provisioned)
    direct_only = a_mapping(USER_NAME, direct("title", "jobTitle"))
    tree = replace(tree, mappings={**tree.mappings, "users": direct_only})
    assert isinstance(standing(tree), Provisioned)


def test_a_rule_that_fails_inside_a_nested_group_leaves_the_assignment_open() -> None:
    groups = [a_group("top", groups=["inner"]), a_group("inner", rule=FAILS)]
    line = a_role("admin", an_assignment(groups=["top"]), nested=True)
    said = "a memberRule in or inside top failed, so a is unclear"
    at = Position("assignments.yaml", 15)
    found = standing(a_tree_of(line, groups=groups))
    assert found == Undetermined(NoteCode.MEMBER_RULE_FAILED, Reason(said, at))


def test_a_direct_rule_on_a_hidden_attribute_decides_nothing_either() -> None:
    tree = a_tree_of(
        a_role("admin", an_assignment(groups=["ops"], name="b")),
        an_assignment(users=["e1"]),
        groups=[a_group("ops", rule=FAILS)],
    )
    mapping = a_mapping(USER_NAME, direct("title", APP_ROLE_ASSIGNMENTS))
    tree = replace(tree, mappings={**tree.mappings, "users": mapping})
    found = standing(tree)
    assert isinstance(found, Undetermined)
    assert found.code == "source-undetermined"


def test_default_access_by_a_failed_rule_hides_no_role() -> None:
    tree = a_tree_of(
        a_role("user", an_assignment(users=["e1"], name="a")),
        an_assignment(groups=["ops"], name="b"),
        groups=[a_group("ops", rule=FAILS)],
    )
    mapping = a_mapping(
        USER_NAME, expression("title", "SingleAppRoleAssignment([appRoleAssignments])")
    )
    assert isinstance(
        standing(replace(tree, mappings={**tree.mappings, "users": mapping})), Provisioned
    )


NO_DEFAULT = Admission(not_entitled=frozenset({DEFAULT_ACCESS}))
ONLY_ADMINS = Admission(entitled=frozenset({"admin"}))


@pytest.mark.parametrize(
    ("admission", "given", "let_in"),
    [
        (Admission(), [None], True),
        (NO_DEFAULT, [None], False),
        (NO_DEFAULT, ["user"], True),
        (NO_DEFAULT, [None, "user"], True),  # one role that counts is enough
        (ONLY_ADMINS, ["user", None], False),
        (ONLY_ADMINS, ["user", "admin"], True),
        (Admission(frozenset({DEFAULT_ACCESS}), frozenset()), [None], True),
    ],
)
def test_who_has_no_role_that_counts_is_not_effectively_entitled(
    admission: Admission, given: list[str | None], let_in: bool
) -> None:
    lines = [
        a_role(role, an_assignment(users=["e1"], name=f"a{n}")) for n, role in enumerate(given)
    ]
    found = standing(a_tree_of(*lines, admission=admission))
    if let_in:
        assert isinstance(found, Provisioned)
    else:
        has = ", ".join(sorted(role or DEFAULT_ACCESS for role in given))
        said = f"NotEffectivelyEntitled: e1 has {has}, and at app that counts for nothing"
        at = Position("assignments.yaml", 5)
        assert found == Excluded(Cause.NOT_ENTITLED, Reason(said, at))


def test_a_role_that_only_a_failed_rule_could_give_neither_entitles_nor_excludes() -> None:
    groups = [a_group("ops", rule=FAILS)]
    lines = (
        a_role("user", an_assignment(users=["e1"], name="a")),
        a_role("admin", an_assignment(groups=["ops"], name="b")),
    )
    found = standing(a_tree_of(*lines, groups=groups, admission=ONLY_ADMINS))
    said = "memberRule of ops failed, so b is unclear"
    at = Position("assignments.yaml", 15)
    assert found == Undetermined(NoteCode.MEMBER_RULE_FAILED, Reason(said, at))
    useless = a_role("guest", lines[1])
    found = standing(a_tree_of(lines[0], useless, groups=groups, admission=ONLY_ADMINS))
    assert isinstance(found, Excluded)


EXCLUDE_AT = Position("target.yaml", 12)
CONTRACTORS = Exclusion("contractors", 'user.employeeType == "Contractor"', EXCLUDE_AT)
BROKEN = Exclusion("broken", "int(user.department) == 1", EXCLUDE_AT)
UNREADABLE = Exclusion("unreadable", "user.", EXCLUDE_AT)


def test_a_class_stays_out_whichever_group_brings_it_until_somebody_is_named() -> None:
    people = [a_user("e1", employeeType="Contractor"), a_user("e2")]
    ops = a_group("ops", users=["e1", "e2"])
    out = Admission(exclusions=(CONTRACTORS,))
    tree = a_tree_of(an_assignment(groups=["ops"]), users=people, groups=[ops], admission=out)
    said = "default exclusion contractors of app, and no assignment names e1"
    assert standing(tree) == Excluded(Cause.OUT_OF_SCOPE, Reason(said, EXCLUDE_AT))
    assert isinstance(standing(tree, "e2"), Provisioned)
    lines = (an_assignment(groups=["ops"]), an_assignment(users=["e1"], name="b"))
    named = a_tree_of(*lines, users=people, groups=[ops], admission=out)
    assert isinstance(standing(named), Provisioned)


@pytest.mark.parametrize("scope", Scope)
def test_a_class_stays_out_of_every_scope(scope: Scope) -> None:
    tree = a_tree_of(
        an_assignment(groups=["ops"]),
        users=[a_user(employeeType="Contractor")],
        groups=[a_group("ops", users=["e1"])],
        admission=Admission(exclusions=(CONTRACTORS,)),
        scope=scope,
    )
    assert isinstance(standing(tree), Excluded)


@pytest.mark.parametrize("broken", [BROKEN, UNREADABLE])
def test_an_exclusion_that_fails_decides_nothing_and_another_still_does(broken: Exclusion) -> None:
    contractor, employee = a_user("e1", employeeType="Contractor"), a_user("e2")
    for exclusions in ((broken, CONTRACTORS), (CONTRACTORS, broken)):
        tree = a_tree_of(
            users=[contractor, employee],
            admission=Admission(exclusions=exclusions),
            scope=Scope.ALL,
        )
        assert isinstance(standing(tree), Excluded)
        found = standing(tree, "e2")
        assert isinstance(found, Undetermined)
        assert found.code == "exclusion-undetermined"
        assert found.reason.text.startswith(f"default exclusion {broken.name} could not be decided")
        assert found.reason.at == EXCLUDE_AT


def test_the_first_question_that_is_answered_no_is_the_cause() -> None:
    admission = replace(ONLY_ADMINS, exclusions=(CONTRACTORS,))
    person = a_user(employeeType="Contractor")
    unassigned = standing(a_tree_of(users=[person], admission=admission))
    assert unassigned == Excluded(
        Cause.UNASSIGNED, Reason("no assignment to app reaches e1", USERS_AT)
    )
    tree = a_tree_of(
        an_assignment(groups=["ops"]),
        users=[person],
        groups=[a_group("ops", users=["e1"])],
        admission=admission,
    )
    found = standing(tree)
    assert isinstance(found, Excluded)
    assert found.cause is Cause.NOT_ENTITLED


def test_check_finds_roles_that_decide_nothing_and_exclusions_that_are_no_condition() -> None:
    admission = Admission(frozenset({"admin"}), frozenset(), (UNREADABLE,))
    target = a_target(users=replace(a_handling(), admission=admission))
    mapping = a_mapping(
        USER_NAME,
        expression("title", "SingleAppRoleAssignment([appRoleAssignments])"),
        expression("nickName", "Join("),
    )
    tree = a_tree(users=[a_user()], user_mapping=mapping, target=target)
    found = [(d.code, d.at) for d in check(tree) if d.code != "bad-expression"]
    assert ("bad-condition", EXCLUDE_AT) in found
    assert ("roles-need-assignment", TARGET_AT) in found
    assert ("roles-need-assignment", Position("mappings.yaml", 50)) in found
    assigned = replace(target, scope=Scope.ASSIGNED)
    codes = {d.code for d in check(replace(tree, targets={"app": assigned}))}
    assert "roles-need-assignment" not in codes
    unmapped = replace(tree, mappings={})
    assert [d.code for d in check(unmapped)].count("roles-need-assignment") == 1


def test_roles_cannot_be_mapped_as_they_are() -> None:
    mapping = a_mapping(USER_NAME, direct("title", APP_ROLE_ASSIGNMENTS))
    found = check(a_tree(users=[a_user()], user_mapping=mapping))
    assert [d.code for d in found if d.severity == "error"] == ["roles-mapped-directly"]
