"""What the provider accepted is looked at again: always what takes away, the rest when asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from reconciler.apply.limits import Limits
from reconciler.model.attributes import MANAGER
from reconciler.model.identity import Kind, ResourceId
from reconciler.model.outcome import Status
from reconciler.model.path import AttributePath, Json, Value
from reconciler.model.profile import Deactivation, Deletion, Profile
from reconciler.model.profile.clauses import Safety
from reconciler.model.resource import Resource
from reconciler.model.written import Written
from tests.builders import a_create, a_deactivation, a_reference, an_update
from tests.fakes.target import FakeTarget, Fault, a_live_group, a_person
from tests.unit.apply.builders_apply import PLAIN, carry_out, delete_user, only, the_plan

ALL = Limits(read_back=True)


class Forgetful(FakeTarget):
    """Answers that it is done, and does nothing about some attributes, or nothing at all."""

    forgets: tuple[str, ...] = ()
    deletes_nothing: bool = False

    async def create(self, kind: Kind, values: Mapping[AttributePath, Value]) -> Written:
        return await super().create(kind, self._kept(values))

    async def update(
        self,
        kind: Kind,
        id: ResourceId,
        values: Mapping[AttributePath, Value],
        *,
        seen: Resource | None = None,
        version: str | None = None,
    ) -> Written:
        return await super().update(kind, id, self._kept(values), seen=seen, version=version)

    async def delete(self, kind: Kind, id: ResourceId, *, version: str | None = None) -> Written:
        if self.deletes_nothing:
            return Written(id, None, None)
        return await super().delete(kind, id, version=version)

    def _kept(self, values: Mapping[AttributePath, Value]) -> dict[AttributePath, Value]:
        return {path: value for path, value in values.items() if path.text not in self.forgets}


def forgetful(*forgets: str, profile: Profile = PLAIN, **more: Any) -> Forgetful:
    target = Forgetful(profile, **more).holds(a_person("e1", title="Lead"))
    assert isinstance(target, Forgetful)
    target.forgets = forgets
    return target


def gets(target: FakeTarget) -> int:
    return sum(1 for read in target.reads if read[0] == "get")


def test_a_deactivation_that_the_provider_forgets_has_failed() -> None:
    outcome = only(carry_out(the_plan(a_deactivation("e1")), forgetful("active")))
    assert (outcome.status, outcome.detail) == (
        Status.FAILED,
        "the provider accepted it, but a read right after it does not show it",
    )


def test_a_deactivation_costs_one_look_before_and_one_after() -> None:
    target = forgetful()
    assert only(carry_out(the_plan(a_deactivation("e1")), target)).status is Status.APPLIED
    assert gets(target) == 2


def test_an_account_that_is_gone_after_its_deactivation_is_said_to_be() -> None:
    class Removing(Forgetful):
        async def update(self, *args: Any, **kwargs: Any) -> Written:
            written = await super().update(*args, **kwargs)
            self.loses(Kind.USER, "id-e1")
            return written

    removing = Removing(PLAIN).holds(a_person("e1"))
    outcome = only(carry_out(the_plan(a_deactivation("e1")), removing))
    assert (outcome.status, outcome.detail) == (Status.APPLIED, "the account is gone with it")
    destructive = replace(PLAIN, deactivation=Deactivation.DESTRUCTIVE)
    removing = Removing(destructive).holds(a_person("e1"))
    outcome = only(carry_out(the_plan(a_deactivation("e1"), profile=destructive), removing))
    assert (outcome.status, outcome.detail) == (Status.APPLIED, None)


def test_a_deletion_that_the_provider_forgets_has_failed() -> None:
    target = forgetful()
    target.deletes_nothing = True
    outcome = only(carry_out(the_plan(delete_user("e1")), target))
    assert outcome.status is Status.FAILED


@pytest.mark.parametrize(("active", "status"), [(False, Status.APPLIED), (True, Status.FAILED)])
def test_where_a_deletion_switches_off_an_account_that_is_off_is_deleted(
    active: bool, status: Status
) -> None:
    class SwitchesOff(Forgetful):
        async def delete(self, *_: Any, **__: Any) -> Written:
            self.holds(a_person("e1", active=active))
            return Written(ResourceId("id-e1"), None, None)

    profile = replace(PLAIN, deletion=Deletion.DEACTIVATES)
    target = SwitchesOff(profile).holds(a_person("e1"))
    assert only(carry_out(the_plan(delete_user("e1"), profile=profile), target)).status is status


def test_what_cannot_be_read_back_is_unknown() -> None:
    target = forgetful(read_faults=dict.fromkeys(range(2, 9), Fault.ERROR))
    outcome = only(carry_out(the_plan(a_deactivation("e1")), target))
    assert (outcome.status, outcome.detail) == (
        Status.UNKNOWN,
        "the provider accepted it, but server error",
    )


def test_a_look_that_fails_once_is_made_again() -> None:
    target = forgetful(read_faults={2: Fault.ERROR})
    assert only(carry_out(the_plan(a_deactivation("e1")), target)).status is Status.APPLIED


def test_a_provider_that_shows_writes_late_is_given_the_time_that_its_profile_says() -> None:
    slow = replace(PLAIN, visible_within=20.0)
    target = forgetful(profile=slow, shows_after=5.0)
    assert only(carry_out(the_plan(a_deactivation("e1"), profile=slow), target)).status is (
        Status.APPLIED
    )
    target = forgetful("active", profile=slow)
    assert only(carry_out(the_plan(a_deactivation("e1"), profile=slow), target)).status is (
        Status.FAILED
    )
    assert sum(target.slept) >= 20.0


def test_nothing_else_is_read_back_unless_it_is_asked_for() -> None:
    target = forgetful()
    carry_out(the_plan(an_update("e1")), target)
    assert gets(target) == 1
    target = forgetful()
    assert only(carry_out(the_plan(an_update("e1")), target, limits=ALL)).status is Status.APPLIED
    assert gets(target) == 2


def test_a_create_that_is_kept_in_part_is_applied_and_says_what_is_missing() -> None:
    create = a_create("n1", userName="new", title="Lead")
    outcome = only(carry_out(the_plan(create), forgetful("title"), limits=ALL))
    assert (outcome.status, outcome.not_kept) == (Status.APPLIED, ("title",))


def test_an_update_of_which_nothing_is_kept_has_failed() -> None:
    outcome = only(carry_out(the_plan(an_update("e1")), forgetful("title"), limits=ALL))
    assert (outcome.status, outcome.not_kept) == (Status.FAILED, ("title",))


@pytest.mark.parametrize("whole", [True, False])
def test_an_answer_speaks_of_what_it_lacks_only_when_it_is_a_whole_resource(whole: bool) -> None:
    class Shows(Forgetful):
        async def create(self, kind: Kind, values: Mapping[AttributePath, Value]) -> Written:
            written = await super().create(kind, values)
            assert written.resource is not None
            whole_one: dict[str, Json] = {"meta": {}, "schemas": ()} if whole else {}
            shown = replace(written.resource, data={**written.resource.data, **whole_one})
            return replace(written, resource=shown)

    target = Shows(PLAIN).holds(a_live_group("ops"))
    assert isinstance(target, Shows)
    target.forgets = ("title",)
    outcome = only(carry_out(the_plan(a_create("n1", userName="new", title="Lead")), target))
    assert outcome.not_kept == (("title",) if whole else ())


def test_a_reference_that_is_not_kept_is_named() -> None:
    target = forgetful(MANAGER.text).holds(a_person("e2"))
    outcome = only(carry_out(the_plan(a_reference("e1")), target, limits=ALL))
    assert (outcome.status, outcome.not_kept) == (Status.FAILED, (MANAGER.text,))


def test_where_the_profile_says_so_everything_is_read_back_unasked() -> None:
    """One bad value makes such a provider drop others, and answer that all is well."""
    wary = replace(PLAIN, safety=Safety(read_back=True))
    target = forgetful("title", profile=wary)
    outcome = only(carry_out(the_plan(an_update("e1")), target))
    assert (outcome.status, outcome.not_kept) == (Status.FAILED, ("title",))
