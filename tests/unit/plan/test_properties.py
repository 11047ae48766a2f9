"""Statements that hold for every organisation, not only for the ones we thought of."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.model.change import (
    AddMembers,
    Change,
    Create,
    Deactivate,
    Delete,
    Reactivate,
    RemoveMembers,
    Update,
)
from reconciler.model.desired import DesiredGroup, DesiredUser, Excluded
from reconciler.model.identity import Kind, ResourceId, Subject, UserKey
from reconciler.model.plan import Plan, Population
from reconciler.model.policy import Policies
from reconciler.model.resource import Actual, Listing
from reconciler.model.sealed import Held
from reconciler.model.target import Exclusive, Manage
from reconciler.plan.judge import judge
from tests.builders import a_create, a_deactivation, a_deletion, a_plan, a_removal, an_update
from tests.unit.plan.builders_plan import wanting
from tests.unit.plan.organisations import MARKS, Organisation, carried_out, organisations, recalled

NAMING = {Kind.USER: "userName", Kind.GROUP: "displayName"}

thoroughly = settings(max_examples=60, deadline=None)


def what(plan: Plan) -> list[str]:
    return [change.hash for change in plan.changes]


def claims_are_unique(organisation: Organisation) -> bool:
    """What manifests and desired states promise.

    Two object ids that are the same are an error of the manifests; whoever shares another unique
    value with somebody who is to be there is undetermined.
    """
    for subjects in (organisation.desired.users, organisation.desired.groups):
        claiming = [
            s
            for s in subjects.values()
            if not isinstance(s.standing, Excluded) or s.standing.managed
        ]
        names = [s.match[0].value for s in claiming]
        ids = [s.identity.value for s in subjects.values() if s.identity is not None]
        if len(set(names)) < len(names) or len(set(ids)) < len(ids):
            return False
    return True


def names_lead_to_one(organisation: Organisation) -> bool:
    """Live names are unique, and nobody bears the name of somebody whom the ledger knows elsewhere.

    Otherwise a plan removes the account that it has proof of, and only the next one sees that
    another is left with the name: two plans, which is right, and not what is looked for here.
    """
    for kind, subjects, path in (
        (Kind.USER, organisation.desired.users, "username"),
        (Kind.GROUP, organisation.desired.groups, "displayname"),
    ):
        bearers: dict[str, ResourceId] = {}
        for live in organisation.actual.listing(kind).resources.values():
            name = str(live.data.get(path)).casefold()
            if bearers.setdefault(name, live.id) != live.id:
                return False
        for subject in subjects.values():
            recorded = organisation.memory.links.get(str(Subject(kind, subject.key)))
            if recorded is not None and any(
                bearers.get(key.value.casefold(), recorded) != recorded for key in subject.match
            ):
                return False
    return True


@thoroughly
@given(organisations().filter(claims_are_unique).filter(names_lead_to_one))
def test_what_a_plan_does_leaves_nothing_to_plan(organisation: Organisation) -> None:
    plan = organisation.plan()
    after = replace(
        organisation,
        actual=carried_out(plan, organisation.actual),
        memory=recalled(plan, organisation.memory),
    )
    again = after.plan()
    assert again.changes == ()
    assert again.settled == ()


@thoroughly
@given(organisations())
def test_whoever_gets_a_name_is_alone_with_it(organisation: Organisation) -> None:
    plan = organisation.plan()
    after = carried_out(plan, organisation.actual)
    for change in plan.changes:
        values: list[tuple[str, Held]] = []
        if isinstance(change, Create):
            values = [(value.path, value.value) for value in change.values]
        elif isinstance(change, Update | Reactivate):
            values = [(part.path, part.after) for part in change.changes]
        given_names = {str(value).lower() for path, value in values if path == NAMING[change.kind]}
        holders = [
            resource.id
            for resource in after.listing(change.kind).resources.values()
            if str(resource.data[NAMING[change.kind].lower()]).lower() in given_names
        ]
        assert len(holders) == len(given_names)


@thoroughly
@given(organisations(), st.sampled_from([(True, False), (False, True), (True, True)]))
def test_an_incomplete_reading_never_removes(
    organisation: Organisation, missing: tuple[bool, bool]
) -> None:
    users_missing, groups_missing = missing
    actual = organisation.actual
    partly = replace(
        organisation,
        actual=replace(
            actual,
            users=replace(actual.users, gap="cut off" if users_missing else None),
            groups=replace(actual.groups, gap="cut off" if groups_missing else None),
        ),
    )
    plan = partly.plan()
    for change in plan.changes:
        assert not isinstance(change, RemoveMembers)
        if isinstance(change, Create | Deactivate | Delete):
            assert change.kind is (Kind.GROUP if users_missing else Kind.USER)
            assert not (users_missing and groups_missing)
    assert not plan.complete


@thoroughly
@given(organisations())
def test_unread_members_are_never_touched(organisation: Organisation) -> None:
    for change in organisation.plan().changes:
        if change.id is not None and isinstance(change, AddMembers | RemoveMembers | Delete):
            live = organisation.actual.listing(change.kind).resources[change.id]
            assert change.kind is Kind.USER or isinstance(live.members, frozenset)


def ours(organisation: Organisation, kind: Kind, id: ResourceId) -> bool:
    """A second reading of ownership, from the live value itself."""
    handling = organisation.target.handling(kind)
    live = organisation.actual.listing(kind).resources.get(id)
    mark = None if live is None else live.data.get("externalid")
    if handling.manage is Manage.LOOKUP or live is None:
        return False
    if isinstance(handling.ownership, Exclusive):
        return not str(mark).startswith(MARKS[1])
    return str(mark).startswith(MARKS[0])


@thoroughly
@given(organisations())
def test_what_is_not_ours_is_never_touched(organisation: Organisation) -> None:
    plan = organisation.plan()
    adopted = {c.id for c in plan.changes if isinstance(c, Update) and c.adopts}
    for change in plan.changes:
        handling = organisation.target.handling(change.kind)
        assert handling.manage is Manage.FULL
        if change.id is not None and change.id not in adopted:
            assert ours(organisation, change.kind, change.id)
        if isinstance(change, RemoveMembers):
            for key in change.members:
                member = plan.principals[key].id
                assert member is not None
                if organisation.target.users.manage is Manage.LOOKUP:
                    assert UserKey(key) in organisation.desired.users
                else:
                    assert ours(organisation, Kind.USER, member)


@thoroughly
@given(organisations())
def test_nobody_undetermined_or_in_a_conflict_is_touched(organisation: Organisation) -> None:
    plan = organisation.plan()
    left_alone = {
        note.subject
        for note in plan.notes
        if note.code
        in {
            "filter-undetermined",
            "ambiguous-match",
            "contested-match",
            "identity-differs",
            "not-ours",
        }
    }
    assert left_alone.isdisjoint(change.subject for change in plan.changes)
    members = {
        (key, change.action)
        for change in plan.changes
        if isinstance(change, AddMembers | RemoveMembers)
        for key in change.members
    }
    conflicted = {
        note.key
        for note in plan.notes
        if note.kind is Kind.USER and note.code in {"ambiguous-match", "contested-match"}
    }
    assert conflicted.isdisjoint(key for key, _ in members)


def reordered(listing: Listing, order: st.DataObject) -> Listing:
    resources = listing.resources
    keys = order.draw(st.permutations(list(resources)))
    return replace(listing, resources={key: resources[key] for key in keys})


def turned_round(subject: DesiredUser | DesiredGroup) -> DesiredUser | DesiredGroup:
    values = dict(reversed(list(subject.values.items())))
    return replace(subject, values=values, match=tuple(reversed(subject.match)))


@thoroughly
@given(organisations(), st.data())
def test_the_order_of_what_goes_in_does_not_matter(
    organisation: Organisation, order: st.DataObject
) -> None:
    desired, actual, memory = organisation.desired, organisation.actual, organisation.memory
    declared: list[DesiredUser | DesiredGroup] = [
        *desired.users.values(),
        *desired.groups.values(),
    ]
    turned = [turned_round(subject) for subject in order.draw(st.permutations(declared))]
    links = order.draw(st.permutations(list(memory.links.items())))
    other = replace(
        organisation,
        desired=wanting(*turned),
        actual=Actual(reordered(actual.users, order), reordered(actual.groups, order)),
        memory=replace(memory, links=dict(links)),
    )
    assert other.plan() == organisation.plan()


COUNTS = st.integers(0, 30)


@st.composite
def some_changes(draw: st.DrawFn) -> list[Change]:
    def user_deletion(number: int) -> Change:
        return replace(a_deletion(f"d{number}"), kind=Kind.USER)

    return [
        *(a_deactivation(f"e{n}") for n in range(draw(COUNTS))),
        *(user_deletion(n) for n in range(draw(st.integers(0, 3)))),
        *(a_removal(f"g{n}", [f"m{i}" for i in range(draw(COUNTS))], 40) for n in range(2)),
        *(a_create(f"c{n}") for n in range(draw(st.integers(0, 60)))),
        *(an_update(f"x{n}") for n in range(draw(COUNTS))),
    ]


POPULATIONS = st.builds(Population, COUNTS, COUNTS, COUNTS, COUNTS, COUNTS, COUNTS)


def with_one_more(changes: Iterable[Change], number: int) -> list[Change]:
    """One more removal: of a person, an account, a group, or a member of a group."""
    changed = list(changes)
    more: dict[int, Change] = {
        0: a_deactivation("one-more"),
        1: replace(a_deletion("one-more"), kind=Kind.USER),
        2: a_deletion("one-more"),
    }
    if number in more:
        return [*changed, more[number]]
    for index, change in enumerate(changed):
        if isinstance(change, RemoveMembers):
            changed[index] = replace(change, members=(*change.members, "one-more"))
            return changed
    return changed


@thoroughly
@given(some_changes(), POPULATIONS, st.integers(0, 3))
def test_one_more_removal_never_turns_a_refusal_into_a_yes(
    changes: list[Change], population: Population, number: int
) -> None:
    before = judge(a_plan(*changes, population=population), Policies())
    after = judge(a_plan(*with_one_more(changes, number), population=population), Policies())
    assert before.accepted or not after.accepted
    checks = {violation.check for violation in after.violations}
    assert {violation.check for violation in before.violations} <= checks


@thoroughly
@given(organisations())
def test_a_plan_can_be_judged_and_says_the_same_again(organisation: Organisation) -> None:
    plan = organisation.plan()
    assert judge(plan, Policies()) == judge(organisation.plan(), Policies())
    assert len(set(what(plan))) == len(plan.changes)
