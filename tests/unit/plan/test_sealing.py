"""What a plan holds of values that must not be shown, and what opens it again."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reconciler.model.attributes import Characteristics
from reconciler.model.change import Create, Delete, Update
from reconciler.model.desired import Desired, DesiredGroup, DesiredUser, DesiredValue
from reconciler.model.identity import Kind, Subject
from reconciler.model.key import PUBLIC_KEY
from reconciler.model.mapping import Apply
from reconciler.model.path import Value, parse_path
from reconciler.model.profile import RFC7644
from reconciler.model.sealed import HIDDEN, Held, Sealed, Seals
from reconciler.plan.sealing import Vault, has_seals, vault_of
from tests.builders import A_KEY
from tests.unit.plan.builders_plan import DELETE_USERS as DELETED
from tests.unit.plan.builders_plan import (
    HERE,
    a_group,
    a_handling,
    a_person,
    a_target,
    address,
    holding,
    live_user,
    plan_of,
    wanting,
)

TITLE = parse_path("title")
PASSWORD = parse_path("password")
ADA, BOB = Subject(Kind.USER, "ada"), Subject(Kind.USER, "bob")
SEALS = Seals(A_KEY, "box", {Kind.USER: frozenset({TITLE})}, {Kind.USER: frozenset({"jobTitle"})})
MANY = Characteristics(multi_valued=True)


def sealing(*subjects: DesiredUser | DesiredGroup, seals: Seals = SEALS) -> Desired:
    return replace(wanting(*subjects), seals=seals)


def sealed(value: Value, subject: Subject = ADA) -> Held:
    return SEALS.seal(subject, TITLE, value)


def test_every_change_is_sealed_where_the_mapping_redacts() -> None:
    live = holding(
        live_user("u-1", address("ada"), title="old"), live_user("u-2", "x@zone.example", title="t")
    )
    hide_names = replace(SEALS, paths={Kind.USER: frozenset({TITLE, parse_path("userName")})})
    target = a_target(users=a_handling(deprovision=DELETED))
    desired = sealing(a_person("ada", title="new"), a_person("bob", title="new"), seals=hide_names)
    plan = plan_of(desired, live, target=target)
    kinds = {type(change): change for change in plan.changes}
    update, create, delete = kinds[Update], kinds[Create], kinds[Delete]
    assert isinstance(update, Update)
    assert isinstance(create, Create)
    assert isinstance(delete, Delete)
    assert [(p.path, p.before, p.after) for p in update.changes] == [
        ("title", sealed("old"), sealed("new"))
    ]
    assert {v.path: v.value for v in create.values}["title"] == sealed("new", BOB)
    assert {v.path: type(v.value) for v in delete.seen} == {
        "active": type(None),
        "userName": Sealed,
    }
    assert delete.name == "u-2"
    assert has_seals(plan.changes) == {change.subject for change in plan.changes}


def test_equal_values_of_two_people_do_not_look_alike() -> None:
    assert sealed("x", ADA) != sealed("x", BOB)
    assert sealed("x") == sealed("x")
    assert sealed("x") != Seals(PUBLIC_KEY, "box").seal(ADA, TITLE, "x")
    assert sealed(None) is None


def test_password_is_hidden_whatever_a_mapping_says() -> None:
    assert isinstance(Seals(A_KEY).hide(ADA, PASSWORD, "x"), Sealed)
    assert Seals(A_KEY).hide(ADA, TITLE, "x") == "x"


def test_what_is_only_shown_is_veiled() -> None:
    assert SEALS.veil(Kind.USER, TITLE, "x") == HIDDEN
    assert SEALS.veil(Kind.USER, TITLE, None) is None
    assert SEALS.veil(Kind.GROUP, TITLE, "x") == "x"
    assert SEALS.veil_input(Kind.USER, "jobTitle", "x") == HIDDEN
    assert SEALS.veil_input(Kind.USER, "jobTitle", None) is None
    assert SEALS.veil_input(Kind.GROUP, "jobTitle", "x") == "x"


def test_vault_opens_what_the_manifests_still_want() -> None:
    vault = vault_of(sealing(a_person("ada", title="new"), a_group("ops")), RFC7644)
    assert vault.open(ADA, TITLE, sealed("new")) == "new"
    assert vault.open(ADA, TITLE, sealed("other")) == sealed("other")
    assert vault.open(BOB, TITLE, sealed("new", BOB)) == sealed("new", BOB)
    assert vault.open(ADA, TITLE, "plain") == "plain"


def test_vault_opens_whichever_candidate_was_chosen() -> None:
    ada = a_person("ada")
    choice = DesiredValue("a", HERE, Apply.ON_CREATE, ("a", "b"))
    vault = vault_of(sealing(replace(ada, values={**ada.values, TITLE: choice})), RFC7644)
    assert [vault.open(ADA, TITLE, sealed(each)) for each in ("a", "b", "c")] == [
        "a",
        "b",
        sealed("c"),
    ]


@pytest.mark.parametrize(
    ("held", "before", "opened"),
    [
        (sealed(("a", "x")), ("a",), ("a", "x")),
        (sealed(("a", "x")), "a", ("a", "x")),
        (sealed(("a", "y")), ("a",), sealed(("a", "y"))),
        (sealed(("a", "x")), None, sealed(("a", "x"))),
        (sealed(("a", "x")), sealed("a"), sealed(("a", "x"))),
        ("plain", ("a",), "plain"),
    ],
)
def test_vault_opens_what_is_added_to_live_values(held: Held, before: Held, opened: Held) -> None:
    vault = Vault(SEALS, {ADA: {TITLE: ("x",)}})
    assert vault.open_added(ADA, TITLE, held, before, MANY) == opened
