"""Organisations in which names, seats and access change hands, on providers of every kind.

Few names and few people, so that nearly every change of one organisation into another hands a
`userName` or a group's name from one to another: by a leaver who is deleted, by a rename, in
chains and in circles. Where the provider limits how many groups somebody can be in, nobody is to
end up in more, and whoever moves may have to leave one before joining another.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Final, TypeVar
from uuid import NAMESPACE_OID, uuid5

from hypothesis import strategies as st
from starlette.middleware import Middleware

from reconciler.scim.client import ScimClient, connect
from reconciler.scim.connection import Connection
from reconciler.simulator.app import build_app
from reconciler.simulator.quirks import QUIRKS, Clears, Put, Quirks, Removals
from reconciler.simulator.store import Store
from tests.property.organisations import Playground
from tests.property.prefixes import State

T = TypeVar("T")

PEOPLE: Final = ("ana", "bo", "cy", "di", "eve")
TEAMS: Final = ("dev", "net", "ops", "sec")
LOGINS: Final = ("k1", "k2", "k3", "k4", "k5", "k6")
NAMES: Final = ("North", "South", "East", "West", "Sea")
#: Groups per person, where a provider limits them.
SEATS: Final = 2

_RFC7644: Final = QUIRKS["rfc7644"]


@dataclass(frozen=True)
class Way:
    """How a provider is written to: the profile that says so, and a provider of that kind."""

    extends: str
    quirks: Quirks
    spec: str = ""
    seats: int | None = None

    @property
    def nested(self) -> bool:
        return "nesting: native" in self.spec

    @property
    def document(self) -> str:
        limit = "" if self.seats is None else f", groupsPerUser: {self.seats}"
        spec = f"extends: {self.extends}{self.spec and ', '}{self.spec}{limit}"
        return (
            "apiVersion: reconciler/v1\nkind: Profile\nmetadata: {name: boxlike}\n"
            f"spec: {{{spec}}}\n"
        )


#: Every way of writing, by what is said of it where a test fails.
WAYS: Final = {
    "patch": Way("rfc7644", _RFC7644),
    "patch-in-small-chunks": Way("rfc7644", _RFC7644, "membersPerPatch: 1"),
    "patch-of-one-operation": Way("rfc7644", _RFC7644, "operationsPerPatch: 1"),
    "patch-groups-in-groups": Way("rfc7644", _RFC7644, "nesting: native, membersPerPatch: 2"),
    "bulk": Way("rfc7644", _RFC7644, "bulkOperations: 3"),
    "bare-remove": Way("rfc7644", _RFC7644, "bareRemove: true"),
    "list-of-removals": Way(
        "rfc7644", replace(_RFC7644, removals=Removals.LIST), "memberRemoval: list"
    ),
    "replace-members": Way(
        "rfc7644", replace(_RFC7644, removals=Removals.NONE), "memberRemoval: replace"
    ),
    "put-replaces": Way(
        "rfc7644",
        replace(_RFC7644, patch_user=False, patch_group=False),
        "updateUser: putReplaces, updateGroup: putReplaces",
    ),
    "put-replaces-groups-in-groups": Way(
        "rfc7644",
        replace(_RFC7644, patch_user=False, patch_group=False),
        "updateUser: putReplaces, updateGroup: putReplaces, nesting: native, membersPerPatch: 2",
    ),
    "put-merges-users": Way(
        "rfc7644",
        replace(_RFC7644, put=Put.MERGES, clears=Clears.NULL, patch_user=False),
        'updateUser: putMerges, clearing: "null"',
    ),
    "probed-members": Way("aws-identity-center", QUIRKS["aws-identity-center"]),
    "zpa": Way("zpa", QUIRKS["zpa"]),
    "entra-compatible": Way("entra-compatible", QUIRKS["entra-compatible"]),
    "github-emu": Way("github-emu", QUIRKS["github-emu"]),
    "slack": Way("slack", QUIRKS["slack"]),
    "seats": Way("rfc7644", _RFC7644, seats=SEATS),
    "seats-zpa": Way("zpa", QUIRKS["zpa"], seats=SEATS),
    "seats-replace-members": Way(
        "rfc7644", replace(_RFC7644, removals=Removals.NONE), "memberRemoval: replace", seats=SEATS
    ),
    "seats-bare-remove": Way("rfc7644", _RFC7644, "bareRemove: true", seats=SEATS),
    "seats-put-replaces": Way(
        "rfc7644",
        replace(_RFC7644, patch_user=False, patch_group=False),
        "updateUser: putReplaces, updateGroup: putReplaces",
        seats=SEATS,
    ),
}


class Leaving(StrEnum):
    """Why somebody's access ends at once, before anything else is done."""

    DISABLED = "disabled"
    ENDED = "ended"
    HELD = "held"


@dataclass(frozen=True)
class Person:
    key: str
    login: str
    leaving: Leaving | None


@dataclass(frozen=True)
class Team:
    key: str
    name: str
    members: tuple[str, ...]
    nested: tuple[str, ...]
    additive: bool


@dataclass(frozen=True)
class Company:
    """What Git says at one time."""

    people: tuple[Person, ...]
    teams: tuple[Team, ...]
    removed: str  # deactivate | delete
    disabled: str  # deactivate | delete

    def documents(self, way: Way) -> list[str]:
        return [
            *(text for person in self.people for text in _person(person)),
            *map(_team, self.teams),
            way.document,
            _target(self),
            _MAPPINGS,
        ]

    def deletes(self, owner: str, way: Way) -> bool:
        """Whether the account with that object id is deleted, and with it its name is free."""
        if way.extends == "slack":  # a deletion there keeps the account
            return False
        person = next((p for p in self.people if object_id(p.key) == owner), None)
        if person is None:
            return self.removed == "delete"
        return self.disabled == "delete" and person.leaving in {Leaving.DISABLED, Leaving.ENDED}

    def out_of_reach(self, state: State, way: Way) -> set[str]:
        """Whose name stays somebody else's: of those who are switched off at most, or who keep
        theirs, or who wait in a circle."""
        return {
            key
            for market in (self._of_people(state, way), self._of_teams(state, way))
            for key in market.wants
            if not market.gets(key, frozenset())
        }

    def without_a_seat(self, state: State, seats: int) -> set[str]:
        """Who would be in too many groups even after leaving all that stay and can be left.

        Whoever is in a group that is deleted has its seat late, unless its name has to be free.
        """
        teams = {object_id(f"group {team.key}"): team for team in self.teams}
        names = {team.name for team in self.teams}
        found = set()
        for person in self.people:
            live = {one for one in state.active if state.owners[one] == object_id(person.key)}
            held = [group for group, members in state.members.items() if members & live]
            wanted = {owner for owner, team in teams.items() if person.key in team.members}
            stuck = [
                group
                for group in held
                if state.owners[group] not in teams and state.names[group] not in names
            ]
            if len(stuck) + len(wanted) > seats:
                found.add(person.key)
        return found

    def _of_people(self, state: State, way: Way) -> _Market:
        live = {state.owners[one] for one in state.active}
        gone = {owner for owner in live if self.deletes(owner, way)}
        # Whoever is disabled and stays is named as Git says, where there is still an account.
        kept_up = set() if way.extends == "zpa" else live - gone
        named = [
            p
            for p in self.people
            if p.leaving is None or (p.leaving is Leaving.DISABLED and object_id(p.key) in kept_up)
        ]
        return _Market(
            wants={p.key: f"{p.login}@zone.example" for p in named},
            owners={p.key: object_id(p.key) for p in named},
            holders={state.names[one]: state.owners[one] for one in state.active},
            gone=gone,
        )

    def _of_teams(self, state: State, way: Way) -> _Market:
        # Nobody deletes a group of which nobody can say who would lose it.
        seen = way.extends != "aws-identity-center"
        owners = {team.key: object_id(f"group {team.key}") for team in self.teams}
        return _Market(
            wants={team.key: team.name for team in self.teams},
            owners=owners,
            holders={state.names[one]: state.owners[one] for one in state.members},
            gone={state.owners[one] for one in state.members if seen} - set(owners.values()),
        )


@dataclass(frozen=True)
class _Market:
    """Who wants and holds which name, and who gives theirs up by being deleted."""

    wants: dict[str, str]
    owners: dict[str, str]
    holders: dict[str, str]
    gone: set[str]

    def gets(self, key: str, waiting: frozenset[str]) -> bool:
        holder = self.holders.get(self.wants[key])
        if holder in {None, self.owners[key]} or holder in self.gone:
            return True
        other = next((k for k, owner in self.owners.items() if owner == holder), None)
        if other is None or other in waiting | {key} or self.wants[other] == self.wants[key]:
            return False
        return self.gets(other, waiting | {key})


def object_id(key: str) -> str:
    return str(uuid5(NAMESPACE_OID, key))


def _person(person: Person) -> list[str]:
    enabled = "false" if person.leaving is Leaving.DISABLED else "true"
    until = "\n  until: 2026-11-20" if person.leaving is Leaving.ENDED else ""
    texts = [
        "apiVersion: reconciler/v1\nkind: User\n"
        f"metadata: {{name: {person.key}}}\nspec:\n"
        f"  userPrincipalName: {person.login}@zone.example\n"
        f"  objectId: {object_id(person.key)}\n"
        f"  mail: {person.key}@mail.example\n  displayName: Person {person.key}\n"
        f"  givenName: {person.key}\n  surname: Ek\n"
        f"  accountEnabled: {enabled}{until}\n"
    ]
    if person.leaving is Leaving.HELD:
        texts.append(
            "apiVersion: reconciler/v1\nkind: Hold\n"
            f"metadata: {{name: of-{person.key}}}\n"
            f"spec: {{user: {person.key}, ticket: INC-1, until: 2027-01-01}}\n"
        )
    return texts


def _team(team: Team) -> str:
    members = [*team.members, *(f"{{group: {key}}}" for key in team.nested)]
    return (
        "apiVersion: reconciler/v1\nkind: Group\n"
        f"metadata: {{name: {team.key}}}\nspec:\n"
        f"  displayName: {team.name}\n  objectId: {object_id(f'group {team.key}')}\n"
        f"  membership: {'additive' if team.additive else 'authoritative'}\n"
        f"  members: [{', '.join(members)}]\n"
    )


def _target(company: Company) -> str:
    return (
        "apiVersion: reconciler/v1\nkind: Target\nmetadata: {name: box}\nspec:\n"
        "  profile: boxlike\n  baseUrl: embedded:box\n  scope: all\n"
        "  users:\n    ownership: exclusive\n    mapping: people\n"
        "    actions: [create, update, deactivate, delete]\n"
        f"    deprovision: {{removed: {company.removed}, disabled: {company.disabled}}}\n"
        "  groups:\n    ownership: exclusive\n    mapping: teams\n"
        "    actions: [create, update, delete]\n    deprovision: {removed: delete}\n"
    )


_MAPPINGS: Final = """\
apiVersion: reconciler/v1
kind: AttributeMapping
metadata: {name: people}
spec:
  for: users
  attributes:
    - {target: userName, source: userPrincipalName, match: 1}
    - {target: externalId, source: objectId}
    - {target: active, expression: 'Not([IsSoftDeleted])'}
    - {target: displayName, source: displayName}
    - {target: name.givenName, source: givenName}
    - {target: name.familyName, source: surname}
    - {target: 'emails[type eq "work"].value', source: mail}
---
apiVersion: reconciler/v1
kind: AttributeMapping
metadata: {name: teams}
spec:
  for: groups
  attributes:
    - {target: displayName, source: displayName, match: 1}
    - {target: externalId, source: objectId}
    - {target: members, source: members}
"""


@st.composite
def companies(draw: st.DrawFn, way: Way) -> Company:
    """One of few people and few names; nobody in more groups than there are seats."""
    keys = sorted(draw(st.sets(st.sampled_from(PEOPLE), min_size=3)))
    logins = draw(st.permutations(LOGINS))
    leaving = st.sampled_from([None, None, None, *Leaving])
    rarely = st.sampled_from([False, False, False, True])
    people = tuple(
        Person(key, login, draw(leaving)) for key, login in zip(keys, logins, strict=False)
    )
    team_keys = sorted(draw(st.sets(st.sampled_from(TEAMS), min_size=3)))
    names = draw(st.permutations(NAMES))
    of = {
        key: draw(
            st.sets(
                st.sampled_from(team_keys),
                min_size=draw(st.sampled_from([0, 1, way.seats or 1])),
                max_size=way.seats or len(TEAMS),
            )
        )
        for key in keys
    }
    teams = tuple(
        Team(
            key,
            name,
            tuple(person for person in keys if key in of[person]),
            # Later ones only, so that there is no circle; not where seats are counted.
            () if way.seats else tuple(k for k in team_keys if k > key and draw(rarely)),
            way.seats is None and draw(rarely),
        )
        for key, name in zip(team_keys, names, strict=False)
    )
    said = st.sampled_from(["deactivate", "delete"])
    return Company(people, teams, draw(said), draw(said))


@dataclass
class Neighbourhood(Playground):
    """A playground whose provider is of one kind, with somebody who stands before it."""

    way: Way = WAYS["patch"]
    around: Sequence[Callable[[Store], Middleware]] = field(default_factory=tuple)

    def with_client(self, work: Callable[[ScimClient], Awaitable[T]]) -> T:
        async def go() -> T:
            with Store.open(self.state.embedded("box")) as store:
                stack = [make(store) for make in self.around]
                app = build_app(store, self.way.quirks, token=None, middleware=stack)
                at = Connection(base_url="https://embedded.invalid/scim/v2")
                async with connect(at, self.profile, app=app) as client:
                    return await work(client)

        return asyncio.run(go())
