"""At every prefix of an apply's writes each person holds at least what they have before and after.

A real apply against the embedded provider, which is read to the end after each single request that
writes. That is more than a run that is broken off may leave behind: it is every state that anybody
could see. `prefixes` works out by itself what may come early: urgent leavers, and what has to free
a name or a seat.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from uuid import uuid4
from zlib import crc32

import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from reconciler.apply.brake import StopRequest
from reconciler.apply.execute import Applied, execute
from reconciler.apply.limits import Limits
from reconciler.model.note_code import NoteCode
from reconciler.model.outcome import Status
from reconciler.model.plan import Plan
from reconciler.scim.client import ScimClient
from reconciler.simulator.store import Store
from tests.property.organisations import NOW, playground
from tests.property.prefixes import Course, looking, state_of
from tests.property.reshuffles import WAYS, Company, Neighbourhood, Way, companies, object_id

CANARIES = st.sampled_from([0, 0, 0, 1, 4])
FINE = {Status.APPLIED, Status.ALREADY_APPLIED}


def course_of(place: Neighbourhood, company: Company, canary: int) -> Course | None:
    """What was there and is there after each write, while the provider becomes like that.

    None where there is no way of keeping to the provider's seats, so that no plan is carried out.
    """
    place.declare(company.documents(place.way))
    plan = place.plan()
    file = place.state.embedded("box")
    with Store.open(file) as store:
        seen = [state_of(store)]
    if crowded := {note.key for note in plan.notes if note.code == NoteCode.TOO_MANY_GROUPS}:
        assert place.way.seats is not None
        assert crowded <= company.without_a_seat(seen[0], place.way.seats)
        return None
    taken = {note.key for note in plan.notes if note.code == "name-taken"}
    expected = company.out_of_reach(seen[0], place.way)
    assert taken == expected, (taken, expected)
    place.around = [lambda store: looking(store, seen)]
    applied = carry_out(place, plan, canary)
    place.around = ()
    wrong = [outcome for outcome in applied.outcomes if outcome.status not in FINE]
    assert not wrong, wrong
    assert taken or place.plan().changes == ()
    leaving = {object_id(person.key) for person in company.people if person.leaving}
    urgent = frozenset(live for live, owner in seen[0].owners.items() if owner in leaving)
    return Course(seen, urgent, place.way.seats)


def carry_out(place: Neighbourhood, plan: Plan, canary: int) -> Applied:
    async def work(client: ScimClient) -> Applied:
        return await execute(
            plan,
            provider=client,
            profile=place.profile,
            ledger=place.ledger(),
            run=str(uuid4()),
            plan_digest="d",
            acknowledged=(),
            now=lambda: NOW,
            sleep=asyncio.sleep,
            stop=StopRequest(),
            progress=None,
            limits=Limits(canary=canary),
        )

    return place.with_client(work)


@pytest.mark.parametrize("name", WAYS)
def test_at_every_prefix_each_person_holds_what_they_have_before_and_after(name: str) -> None:
    way = WAYS[name]
    met: Counter[str] = Counter()

    @seed(crc32(name.encode()))
    @settings(
        max_examples=6, deadline=None, suppress_health_check=[HealthCheck.too_slow], database=None
    )
    @given(history=st.lists(companies(way), min_size=2, max_size=4), canary=CANARIES)
    def holds(history: list[Company], canary: int) -> None:
        met.update(walk(way, history, canary))

    holds()
    assert met["a leaver"]
    assert met["a name"] or name in {"probed-members", "slack"}  # hardly a deletion
    assert met["a seat"] or way.seats is None


def walk(way: Way, history: list[Company], canary: int) -> Counter[str]:
    """One company after another at one provider, each step watched; what had to come early."""
    met: Counter[str] = Counter()
    with playground() as there:
        place = Neighbourhood(there.directory, way=way)
        for company in history:
            course = course_of(place, company, canary)
            if course is None:
                break
            if not canary:  # what is tried first is tried before anything else
                course.leavers_are_first()
            course.nobody_lacks_what_they_keep()
            course.grants_before_revokes(of_each=bool(canary))
            if way.seats is not None:
                course.seats_are_kept()
            met.update(course.met)
    return met
