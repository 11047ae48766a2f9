"""What a run knows where a user and a group have the same id."""

from __future__ import annotations

from reconciler.apply.known import Known
from reconciler.apply.sight import Sight
from reconciler.model.change import Delete, Step
from reconciler.model.desired import Cause
from reconciler.model.identity import Kind, ResourceId
from reconciler.model.plan import Principal
from reconciler.model.resource import Resource
from reconciler.model.written import Written
from tests.builders import BECAUSE, a_plan

ONE = ResourceId("1")


def known() -> Known:
    gone = Delete(
        kind=Kind.GROUP,
        key="net",
        name="Net",
        id=ONE,
        cause=Cause.REMOVED,
        reason=BECAUSE,
        step=Step.DELETE_GROUPS,
        seen=(),
    )
    plan = a_plan(gone, principals={"ada": Principal(ResourceId("2"), "Ada")})
    return Known(plan, Sight(), at_once=True)


def test_a_group_that_is_gone_is_no_user_who_is() -> None:
    run = known()
    run.lost(Kind.GROUP, ResourceId("2"))
    assert run.joining(["ada"]).ids == ("2",)
    run.lost(Kind.USER, ResourceId("2"))
    assert run.joining(["ada"]).missing == ("ada",)


def test_what_was_written_to_a_group_says_nothing_of_a_user() -> None:
    run = known()
    shown = Resource(ONE, Kind.GROUP, {}, frozenset(), 'W/"7"')
    run.wrote(Kind.GROUP, ONE, Written(ONE, shown, None))
    assert run.version(Kind.USER, ONE, 'W/"1"') == 'W/"1"'
    assert run.version(Kind.GROUP, ONE, 'W/"1"') == 'W/"7"'
    run.moved([ONE])
    assert run.version(Kind.USER, ONE, 'W/"1"') is None


def test_a_user_is_a_stranger_though_a_group_of_the_plan_has_the_id() -> None:
    user, group = (Resource(ONE, kind, {}) for kind in (Kind.USER, Kind.GROUP))
    assert known().strangers([user, group]) == (user,)
