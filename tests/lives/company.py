"""A company as Git has it, small: people, teams, what the target is told, and the table of HR.

Plain facts, which `machine` changes at random, `manifests` writes as YAML, and `oracle` draws its
own conclusions from.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import Enum
from uuid import NAMESPACE_OID, uuid5

OURS, THEIRS = "reconciler:ours/box:", "reconciler:theirs/box:"

#: What the keys of people in HR's table begin with.
PREFIX = "hr-"

#: On which kinds providers can carry marks.
_GROUPS_ONLY = frozenset({"group"})
MARKS = {
    "rfc7644": frozenset({"user", "group"}),
    "entra-compatible": _GROUPS_ONLY,
    "zpa": _GROUPS_ONLY,
    "aws-identity-center": _GROUPS_ONLY,
    "github-emu": frozenset[str](),
    "slack": _GROUPS_ONLY,
    "atlassian": _GROUPS_ONLY,
    "databricks": _GROUPS_ONLY,
    "google-cloud-identity": _GROUPS_ONLY,
    "salesforce": _GROUPS_ONLY,
    "snowflake": _GROUPS_ONLY,
    "zia": _GROUPS_ONLY,
    "zidentity": _GROUPS_ONLY,
}
#: Whose groups show no members: those of a group that is there are left as they are, but for
#: people whom our own applies have put there.
HIDES_MEMBERS = frozenset({"aws-identity-center"})
#: Whose groups show members only one by one.
SHOWS_MEMBERS_APART = frozenset({"entra-compatible", "zpa"})
#: Where a deletion of a person is none.
DELETES_NOBODY = frozenset({"slack", "atlassian", "salesforce"})
#: Where switching somebody off, or giving them another name, destroys the account.
DESTROYS = frozenset({"zpa"})
#: Where nobody finds whoever is switched off, until they are made again.
HIDES_LEAVERS = frozenset({"atlassian"})
#: Where a group keeps the name that it was created with.
KEEPS_GROUP_NAMES = frozenset({"atlassian"})
#: That want a department of everybody.
WANTS_DEPARTMENTS = frozenset({"zia"})
#: That refuse a write to another version than the one that was read.
GUARDS_VERSIONS = frozenset({"rfc7644"})
#: That keep nobody's manager.
WITHOUT_MANAGERS = frozenset({"zpa", "zia"})


class Home(Enum):
    """Where somebody is written down."""

    GIT = "a manifest"
    ROW = "a row of HR's table"
    BOTH = "a row, and a manifest that counts before it"


@dataclass
class Person:
    key: str
    login: str
    home: Home = Home.GIT
    title: str | None = None
    department: str | None = None
    enabled: bool = True
    left: bool = False  # by the row
    starts: date | None = None
    until: date | None = None
    manager: str | None = None

    @property
    def object_id(self) -> str:
        return str(uuid5(NAMESPACE_OID, self.key))

    @property
    def user_name(self) -> str:
        return f"{self.login}@zone.example"


@dataclass
class Team:
    """`until`: the members whose time is limited. `inside`: teams whose people are in it, too."""

    key: str
    name: str
    members: set[str] = field(default_factory=set)
    until: dict[str, date] = field(default_factory=dict)
    inside: set[str] = field(default_factory=set)
    rule: str | None = None  # one of `oracle.RULES`
    additive: bool = False
    privileged: bool = False
    former: str | None = None

    @property
    def object_id(self) -> str:
        return str(uuid5(NAMESPACE_OID, f"group {self.key}"))


@dataclass
class Table:
    """What HR exports. `lost`: rows that are missing, though nobody has left.

    `least` rows and at most `shrink` fewer than at the last apply are believed.
    """

    dated: datetime
    least: int = 1
    shrink: int = 1
    ragged: bool = False
    lost: set[str] = field(default_factory=set)


#: What becomes of whom: the fields of `deprovision`, with what the target says in them.
REMOVALS = ("keep", "report", "deactivate", "delete")
GENTLE = {
    "disabled": "deactivate",
    "outOfScope": "deactivate",
    "unassigned": "deactivate",
    "removed": "deactivate",
}


@dataclass
class Rules:
    """What the manifest of the target says. `owned_by_name`: people are ours by their domain."""

    everybody: bool = False  # scope: all
    lookup: bool = False  # somebody else writes people
    marked: set[str] = field(default_factory=set)  # of which kinds only marked ones are ours
    owned_by_name: bool = False
    filter: str | None = None  # one of `oracle.FILTERS`
    entitled: str | None = None  # the one role that counts
    nested: bool = False  # assignments reach the people of teams inside teams
    removals: dict[str, str] = field(default_factory=lambda: dict(GENTLE))
    days: int | None = None  # deleteAfterDays
    unassigned_groups: str = "keep"
    removed_groups: str = "delete"


@dataclass
class Policies:
    """A tree of policies: floors of guardrails, and who is protected."""

    floors: dict[str, int] = field(default_factory=dict)
    protected: set[str] = field(default_factory=set)


@dataclass
class Company:
    """`assigned`: people who are assigned by name; `reaching`: teams that bring their members.

    `narrow`: one request at a time, so that the clock can go on between any two of them, and few
    rows on a page. `head` and `base` are the two trees of policies that a plan has to pass.
    """

    profile: str
    narrow: bool = False
    rules: Rules = field(default_factory=Rules)
    people: dict[str, Person] = field(default_factory=dict)
    teams: dict[str, Team] = field(default_factory=dict)
    assigned: set[str] = field(default_factory=set)
    reaching: set[str] = field(default_factory=set)
    holds: dict[str, date] = field(default_factory=dict)
    table: Table | None = None
    head: Policies = field(default_factory=Policies)
    base: Policies = field(default_factory=Policies)
    nonsense: str | None = None  # a document that is wrong

    def rows(self) -> list[Person]:
        """Whoever stands in HR's table."""
        lost = set() if self.table is None else self.table.lost
        people = (self.people[key] for key in sorted(self.people))
        return [p for p in people if p.home is not Home.GIT and p.key not in lost]

    def declared(self) -> Iterator[Person]:
        """Whoever stands anywhere."""
        rows = {person.key for person in self.rows()}
        for key in sorted(self.people):
            if self.people[key].home is not Home.ROW or key in rows:
                yield self.people[key]

    def remove_person(self, key: str) -> None:
        del self.people[key]
        self.assigned.discard(key)
        self.holds.pop(key, None)
        for policies in (self.head, self.base):
            policies.protected.discard(key)
        if self.table is not None:
            self.table.lost.discard(key)
        for person in self.people.values():
            person.manager = None if person.manager == key else person.manager
        for team in self.teams.values():
            team.members.discard(key)
            team.until.pop(key, None)

    def remove_team(self, key: str) -> None:
        del self.teams[key]
        self.reaching.discard(key)
        for team in self.teams.values():
            team.inside.discard(key)
