"""The safety statements of the product, over organisations that nobody thought of."""

from __future__ import annotations

from dataclasses import replace
from random import Random

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reconciler.model.attributes import ACTIVE
from reconciler.model.change import Deactivate, Delete, RemoveMembers
from reconciler.model.identity import Kind
from reconciler.model.outcome import Status
from reconciler.model.path import parse_path
from reconciler.model.resource import Actual, Listing, Unread
from reconciler.scim.client import ScimClient
from tests.property.organisations import (
    Organisation,
    Playground,
    memberships,
    organisations,
    plan_bytes,
    playground,
)

#: Nobody has a label.
ERRS_FOR_EVERYBODY = 'user.labels["floor"] == "3"'
COMMON = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)


def converge(place: Playground, organisation: Organisation) -> None:
    place.declare(organisation.documents())
    applied = place.apply(place.plan())
    assert {o.status for o in applied.outcomes} <= {Status.APPLIED, Status.ALREADY_APPLIED}


async def disturb(client: ScimClient, actual: Actual, chance: Random) -> None:
    """A second writer: people switched, retitled and removed; members added and thrown out."""
    users = sorted(actual.users.resources)
    for user in users:
        match chance.randrange(6):
            case 0:
                await client.update(Kind.USER, user, {ACTIVE: chance.random() < 0.5})
            case 1:
                await client.update(Kind.USER, user, {parse_path("title"): f"T{chance.random()}"})
            case 2:
                await client.delete(Kind.USER, user)
                users = [other for other in users if other != user]
            case _:
                pass
    for group in sorted(actual.groups.resources):
        for user in users:
            match chance.randrange(4):
                case 0:
                    await client.add_members(group, [user])
                case 1:
                    await client.remove_members(group, [user])
                case _:
                    pass
        if chance.randrange(6) == 0:
            await client.delete(Kind.GROUP, group)


@COMMON
@given(organisations(), organisations(), st.integers(0, 2**32))
def test_apply_then_plan_is_empty_on_every_profile(
    before: Organisation, after: Organisation, seed: int
) -> None:
    """Statement 7: whatever was there, whoever meddled, one apply is enough."""
    after = replace(after, profile=before.profile)
    with playground() as place:
        converge(place, before)
        actual = place.read()
        place.with_client(lambda client: disturb(client, actual, Random(seed)))
        place.declare(after.documents())

        plan = place.plan()
        applied = place.apply(plan)

        assert len(applied.outcomes) == len(plan.changes)
        assert {o.status for o in applied.outcomes} <= {Status.APPLIED, Status.ALREADY_APPLIED}
        assert place.plan().changes == ()


def cut(actual: Actual, chance: Random) -> Actual:
    """The same state, read badly: rows lost with a gap, members not shown."""

    def short(listing: Listing) -> Listing:
        kept = {r.id: r for r in listing.resources.values() if chance.random() < 0.6}
        return Listing(kept, gap="page 2 of 3 failed")

    users, groups = actual.users, actual.groups
    what = chance.randrange(1, 8)
    if what & 1:
        users = short(users)
    if what & 2:
        groups = short(groups)
    if what & 4:
        groups = Listing(
            {
                group.id: replace(group, members=Unread("not shown"))
                if chance.random() < 0.6
                else group
                for group in groups.resources.values()
            },
            groups.gap,
        )
    return Actual(users, groups)


@COMMON
@given(organisations(), organisations(), st.integers(0, 2**32))
def test_an_incomplete_read_never_removes(
    before: Organisation, after: Organisation, seed: int
) -> None:
    """Statement 1: of what was not read to the end, nobody is removed or created."""
    after = replace(after, profile=before.profile)
    with playground() as place:
        converge(place, before)
        place.declare(after.documents())
        actual = cut(place.read(), Random(seed))

        plan = place.plan(actual)

        unread = {g.id for g in actual.groups.resources.values() if isinstance(g.members, Unread)}
        for change in plan.changes:
            listing = actual.listing(change.kind)
            if isinstance(change, Deactivate) and change.key in after_keys(after):
                continue  # somebody whom Git disables, read and matched: no absence is concluded
            if isinstance(change, Deactivate | Delete):
                assert listing.complete
            if isinstance(change, RemoveMembers):
                assert actual.users.complete
                assert change.id not in unread
            if change.action == "create":
                assert listing.complete
        if not actual.complete:
            assert plan.gaps


def after_keys(organisation: Organisation) -> set[str]:
    return {person.key for person in organisation.people}


@COMMON
@given(organisations(mark=True), organisations(mark=True), st.integers(0, 2**32))
def test_what_is_not_ours_is_never_touched(
    before: Organisation, after: Organisation, seed: int
) -> None:
    """Statement 2: groups without our mark come through every run as they were."""
    after = replace(after, profile=before.profile)
    chance = Random(seed)
    with playground() as place:
        converge(place, before)

        async def strangers(client: ScimClient) -> None:
            users = sorted((await client.listing(Kind.USER)).resources)
            for name in ("Team ops", "Theirs", "Team net"):
                if chance.random() < 0.7:
                    made = await client.create(Kind.GROUP, {parse_path("displayName"): name})
                    members = [user for user in users if chance.random() < 0.5]
                    if made.id is not None and members:
                        await client.add_members(made.id, members)

        ours = set(place.read().groups.resources)
        place.with_client(strangers)
        place.declare(after.documents())
        theirs = {
            group.id: (group.data, group.members)
            for group in place.read().groups.resources.values()
            if group.id not in ours
        }

        plan = place.plan()
        assert not {c.id for c in plan.changes} & set(theirs)
        place.apply(plan)

        live = place.read().groups.resources
        assert {key: (live[key].data, live[key].members) for key in theirs} == theirs


@COMMON
@given(organisations(), organisations(), st.integers(0, 2**32), st.integers(2, 4))
def test_the_same_input_is_the_same_bytes(
    before: Organisation, after: Organisation, seed: int, files: int
) -> None:
    """Statement 11: neither the order of documents, files nor rows shows in a plan."""
    after = replace(after, profile=before.profile)
    chance = Random(seed)
    with playground() as place:
        converge(place, before)
        actual = place.read()
        place.declare(after.documents())
        first = place.plan(actual)

        shuffled = after.documents()
        chance.shuffle(shuffled)
        place.declare(shuffled, files)
        users = list(actual.users.resources.items())
        groups = list(actual.groups.resources.items())
        chance.shuffle(users)
        chance.shuffle(groups)
        second = place.plan(Actual(Listing(dict(users)), Listing(dict(groups))))

        # Lines move with the documents; what is done, to whom and why does not.
        assert [c.hash for c in first.changes] == [c.hash for c in second.changes]
        assert [(c.cause, c.reason.text) for c in first.changes] == [
            (c.cause, c.reason.text) for c in second.changes
        ]
        place.declare(after.documents())
        assert plan_bytes(place.plan(actual)) == plan_bytes(first)


@COMMON
@given(organisations(rules=(ERRS_FOR_EVERYBODY, "user.department.size() > 0", None)))
def test_undetermined_is_not_false(organisation: Organisation) -> None:
    """Statement 12: a rule that errs adds nobody and removes nobody."""
    with playground() as place:
        static = replace(
            organisation,
            teams=tuple(replace(team, rule=None) for team in organisation.teams),
        )
        converge(place, static)

        async def everybody_in(client: ScimClient) -> None:
            users = sorted((await client.listing(Kind.USER)).resources)
            for group in sorted((await client.listing(Kind.GROUP)).resources):
                if users:
                    await client.add_members(group, users)

        place.with_client(everybody_in)
        before = memberships(place.read())
        place.declare(organisation.documents())
        place.apply(place.plan())
        after = memberships(place.read())

        erring = {
            f"{person.key}@zone.example"
            for person in organisation.people
            if person.enabled and person.until != "2026-11-22"
        }
        for team in organisation.teams:
            undetermined = {
                name
                for name in erring
                if team.rule == ERRS_FOR_EVERYBODY
                or (team.rule is not None and _department(organisation, name) is None)
            }
            name = f"Team {team.key}"
            assert before[name] & undetermined == after[name] & undetermined


def _department(organisation: Organisation, name: str) -> str | None:
    return next(p.department for p in organisation.people if f"{p.key}@zone.example" == name)
