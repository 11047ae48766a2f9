"""What goes before what."""

from __future__ import annotations

from dataclasses import replace

from reconciler.model.change import AttributeChange, Change, Step, Update
from reconciler.model.profile import RFC7644
from reconciler.plan.order import Edge, edges, waves
from tests.builders import a_create, a_reactivation, an_addition, an_update
from tests.unit.apply.builders_apply import create_group, delete_user


def rename(key: str, before: str, after: str, step: Step = Step.FREE) -> Update:
    return replace(an_update(key), step=step, changes=(AttributeChange("userName", before, after),))


def test_the_edges_of_a_plan() -> None:
    changes: list[Change] = [
        delete_user("e1", userName="Ada", title="x"),
        rename("e2", "bob", "BOB"),
        a_create("e3", "ada"),
        replace(a_reactivation("e4"), changes=rename("e4", "d", "ada", Step.CREATE_USERS).changes),
        create_group("ops"),
        replace(an_addition("ops"), id=None),
    ]
    changes[0] = replace(changes[0], step=Step.FREE)
    assert edges(changes, RFC7644) == (
        (),
        (),
        (Edge(0, "username: user:e1 still has what this one needs"),),
        (Edge(0, "username: user:e1 still has what this one needs"),),
        (),
        (Edge(4, "group:ops was not created"),),
    )


def test_a_name_that_is_freed_too_late_is_not_waited_for() -> None:
    changes: list[Change] = [a_create("e1", "ada"), delete_user("e2", userName="ada")]
    assert edges(changes, RFC7644) == ((), ())


def test_waves_keep_the_order_of_the_plan() -> None:
    waits = [(Edge(2, "x"),), (), (), (Edge(0, None),), (Edge(9, "earlier"),)]
    assert list(waves([0, 1, 2, 3, 4], waits)) == [(1, 2, 4), (0,), (3,)]


def test_those_who_wait_in_a_circle_go_last_together() -> None:
    waits = [(Edge(1, "x"),), (Edge(0, "y"),), ()]
    assert list(waves([0, 1, 2], waits)) == [(2,), (0, 1)]
