"""What follows from the company on one day: a second reading of the manual, and not the planner's.

Nothing of `reconciler.plan` or `reconciler.desired` is imported here. Each question has three
answers where the manual knows three: yes, no, and *nobody can say* (None, `Stand.OPEN`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import Enum
from functools import cached_property

from tests.lives.behind import Truth, Values
from tests.lives.company import MARKS, OURS, PREFIX, THEIRS, Company, Person

Answer = bool | None


def _long_title(person: Person) -> Answer:
    return None if person.title is None else len(person.title) > 4


#: Conditions in CEL, and what they say of somebody: the second one fails for whoever has no title.
RULES: Mapping[str, Callable[[Person], Answer]] = {
    'user.department == "Lead"': lambda person: person.department == "Lead",
    "user.jobTitle.size() > 4": _long_title,
    "user.accountEnabled": lambda person: person.enabled,
}
FILTERS: Mapping[str, Callable[[Person], Answer]] = {
    "leads": lambda person: person.department == "Lead",
    "long titles": _long_title,
}

#: The causes of not being there, by the field of `deprovision` that says what becomes of it.
SETTINGS = {
    "held": "disabled",
    "notYet": "disabled",
    "ended": "disabled",
    "disabled": "disabled",
    "unassigned": "unassigned",
    "notEntitled": "unassigned",
    "outOfScope": "outOfScope",
    "removed": "removed",
}
#: What depends on somebody's attributes, of which a table that is not believed may know more.
BY_ATTRIBUTES = frozenset({"unassigned", "notEntitled", "outOfScope"})
#: Whose access must end now, before anything else is done.
URGENT = frozenset({"held", "ended", "disabled"})
#: What undoing never overrules.
KEPT_OUT = frozenset({"held", "ended", "notYet"})


class Stand(Enum):
    IN = "should be there"
    OUT = "should not be there"
    OPEN = "nobody can say, so they keep what they have"


@dataclass(frozen=True)
class Standing:
    stand: Stand
    cause: str = ""


_IN, _OPEN = Standing(Stand.IN), Standing(Stand.OPEN)


@dataclass(frozen=True)
class Oracle:
    """The company at one moment; `counted`: the rows of HR's table at the last apply, if any."""

    company: Company
    now: datetime
    counted: int | None = None

    @property
    def today(self) -> date:
        return self.now.date()

    @cached_property
    def people(self) -> Mapping[str, Person]:
        """Whoever stands anywhere."""
        return {person.key: person for person in self.company.declared()}

    @cached_property
    def believed(self) -> bool:
        """Whether HR's table is taken for whole; so is one that there is not."""
        table = self.company.table
        if table is None:
            return True
        rows = len(self.company.rows())
        age = self.now - table.dated
        return (
            not table.ragged
            and rows >= max(1, table.least)
            and (self.counted is None or self.counted - rows <= table.shrink)
            and timedelta(hours=-1) <= age <= timedelta(days=2)
        )

    def spared(self, key: str) -> bool:
        """Whether a table that is not believed may know more of somebody than their manifest."""
        rows = {person.key for person in self.company.rows()}
        return not self.believed and key.startswith(PREFIX) and key not in rows

    # Who should be there.

    def standing(self, key: str) -> Standing:
        """Of whom nobody declares: `removed`, where that is certain."""
        person = self.people.get(key)
        if person is None:
            return Standing(Stand.OUT, "removed") if self.believed else _OPEN
        if (why := self._inactive(person)) is not None:
            return Standing(Stand.OUT, why)
        standing = self._admitted(person)
        if standing.cause in BY_ATTRIBUTES and self.spared(key):
            return _OPEN
        return standing

    def stands(self, key: str, stand: Stand) -> bool:
        return self.standing(key).stand is stand

    def _inactive(self, person: Person) -> str | None:
        until = self.company.holds.get(person.key)
        if until is not None and self.today <= until:
            return "held"
        if person.starts is not None and self.today < person.starts:
            return "notYet"
        if person.until is not None and self.today > person.until:
            return "ended"
        in_table = any(row.key == person.key for row in self.company.rows())
        if (person.left and in_table) or not person.enabled:
            return "disabled"
        return None

    def _admitted(self, person: Person) -> Standing:
        rules = self.company.rules
        if rules.lookup:
            return _IN
        by_name = rules.everybody or person.key in self.company.assigned
        by_team = self._by_team(person.key)
        if not by_name and not by_team:
            return _OPEN if by_team is None else Standing(Stand.OUT, "unassigned")
        if rules.entitled is not None:
            counts = by_name if rules.entitled == "User" else by_team
            if not counts:
                return _OPEN if counts is None else Standing(Stand.OUT, "notEntitled")
        if rules.filter is not None:
            passes = FILTERS[rules.filter](person)
            if not passes:
                return _OPEN if passes is None else Standing(Stand.OUT, "outOfScope")
        return _IN

    def _by_team(self, key: str) -> Answer:
        """Whether a team that is assigned has somebody as its own member."""
        answers = [
            self.belongs(key, team, nested=self.company.rules.nested)
            for team in self.company.reaching
        ]
        return True if True in answers else None if None in answers else False

    # Who is in which team.

    def belongs(self, key: str, team: str, *, nested: bool = True) -> Answer:
        """Whether a team, or with `nested` a team inside it, has somebody, wanted there or not."""
        teams = self.within(team) if nested else {team}
        answers = [self._own(self.people[key], each) for each in teams]
        return True if True in answers else None if None in answers else False

    def within(self, team: str) -> set[str]:
        """A team and all teams inside it."""
        inside = (self.within(each) for each in self.company.teams[team].inside)
        return {team}.union(*inside)

    def _own(self, person: Person, key: str) -> Answer:
        team = self.company.teams[key]
        until = team.until.get(person.key)
        if person.key in team.members and (until is None or self.today <= until):
            return True
        return False if team.rule is None else RULES[team.rule](person)

    def is_member(self, key: str, team: str) -> Answer:
        """Whether a group at the target should have somebody as a member."""
        if key not in self.people:
            return False if self.believed else None
        standing, belongs = self.standing(key), self.belongs(key, team)
        if standing.stand is Stand.IN and belongs:
            return True
        if standing.stand is not Stand.OUT and (belongs is None or self.spared(key)):
            return None
        if standing.stand is Stand.OPEN and belongs:
            return None
        return None if self.left_alone(standing) else False

    def left_alone(self, standing: Standing) -> bool:
        """Whether nothing is done with the memberships of those who are kept out of scope."""
        removal = self.company.rules.removals.get(SETTINGS.get(standing.cause, ""), "")
        kept = standing.cause in BY_ATTRIBUTES and removal in {"keep", "report"}
        return kept and not self.company.rules.lookup

    def reaches(self, team: str) -> bool:
        """Whether a team should be a group at the target."""
        rules = self.company.rules
        return team in self.company.teams and (rules.everybody or team in self.company.reaching)

    def removal(self, cause: str) -> str:
        """What becomes of an account: keep, report, deactivate, delete."""
        said = self.company.rules.removals[SETTINGS[cause]]
        if cause == "held":
            return "deactivate"
        return "deactivate" if cause == "notYet" and said == "delete" else said

    # Whose is what.

    def owned(self, kind: str, resource: Values) -> bool:
        """Whether the target's rule makes this live resource ours."""
        rules = self.company.rules
        mark = str(resource.get("externalId", ""))
        if kind == "user" and rules.lookup:
            return False
        if kind in MARKS[self.company.profile] and mark.startswith("reconciler:"):
            if not mark.startswith(OURS):
                return False
        elif kind in rules.marked:
            return False
        if kind == "user" and rules.owned_by_name:
            return str(resource["userName"]).endswith("@zone.example")
        return True

    def accounts(self, person: Person, truth: Truth) -> list[str]:
        """The accounts that are provably this person's, or else the one that is nobody's by proof
        and has the name; by name alone, where we only look people up."""
        named = truth.named(person.user_name)
        if self.company.rules.lookup:
            return named
        proven = truth.account(person.object_id, person.key)
        return proven or [one for one in named if "externalId" not in truth.users[one]]

    def groups_of(self, team: str, truth: Truth) -> list[str]:
        """The live groups that are provably this team's."""
        proof = {self.company.teams[team].object_id, OURS + team}
        return [i for i, group in truth.groups.items() if group.get("externalId") in proof]

    def undecided(self, truth: Truth) -> bool:
        """Whether somebody must decide something at the provider first.

        A name that somebody else has, two accounts of one person, an account that the rule of
        ownership does not give us, or somebody else's mark where everything should be ours.
        """
        for person in self.people.values():
            own = set(self.accounts(person, truth))
            if self._unclear("user", own, set(truth.named(person.user_name)), truth):
                return True
        for team in self.company.teams.values():
            own = set(self.groups_of(team.key, truth))
            names = {team.name, team.former}
            same = {i for i, group in truth.groups.items() if group["displayName"] in names}
            if self._unclear("group", own, same, truth):
                return True
        rules = self.company.rules
        theirs = [
            kind
            for kind in MARKS[self.company.profile] - rules.marked
            for resource in truth.of(kind).values()
            if str(resource.get("externalId")).startswith(THEIRS)
        ]
        return bool(theirs)

    def in_the_way(self, truth: Truth) -> list[tuple[str, str]]:
        """What would have to go at the provider, so that everybody can be told apart."""
        proven = {live for p in self.people.values() for live in self.accounts(p, truth)[:1]}
        proven |= {live for t in self.company.teams for live in self.groups_of(t, truth)[:1]}
        return [
            (kind, live)
            for kind in ("user", "group")
            for live, resource in truth.of(kind).items()
            if live not in proven or not self.owned(kind, resource)
        ]

    def _unclear(self, kind: str, own: set[str], named: set[str], truth: Truth) -> bool:
        """One of that name who is provably nobody's is taken as the one who is meant."""
        if kind == "user" and self.company.rules.lookup:
            return len(named) > 1
        if any(not self.owned(kind, truth.of(kind)[one]) for one in own):
            return True
        if not own and len(named) == 1:
            resource = truth.of(kind)[next(iter(named))]
            return "externalId" in resource or not self.owned(kind, resource)
        return len(own) > 1 or not own >= named
