"""The steps of a life (`tests.property.lives`), drawn by hypothesis."""

from __future__ import annotations

import sys
import tempfile
from collections import Counter
from datetime import date, timedelta
from pathlib import Path

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from tests.property.behind import OURS, THEIRS
from tests.property.company import MARKS, Company, Person, Team
from tests.property.lives import CUTS, PARTS, Life
from tests.property.organisations import PEOPLE, TEAMS, TRICKY

PROFILES = tuple(MARKS)

#: Somebody, a team, a live resource: by number, of as many as there are then.
ANY = st.integers(0, 11)
KEYS, TEAM_KEYS = st.sampled_from(PEOPLE), st.sampled_from(TEAMS)
DAYS = st.none() | st.integers(-2, 3)
LOGINS = st.sampled_from([*PEOPLE, "gil", "hal"])
NAMES = st.sampled_from([*(f"Team {key}" for key in TEAMS), "Crew", "Guild"])
TITLES = st.none() | TRICKY
#: What the next machines have done, for whoever reports it.
DONE: Counter[str] = Counter()


def machine(profile: str) -> type[RuleBasedStateMachine]:
    """A machine that lives with a provider of that profile."""
    return type(f"Life_{profile}", (_Living,), {"profile": profile})


class _Living(RuleBasedStateMachine):
    profile = "rfc7644"
    life: Life

    @initialize(
        marked=st.sets(st.sampled_from(["users", "groups"])),
        keys=st.sets(KEYS, min_size=2),
        teams=st.sets(TEAM_KEYS, min_size=1),
    )
    def founded(self, marked: set[str], keys: set[str], teams: set[str]) -> None:
        memory = Path("/dev/shm")
        self.directory = tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None)
        company = Company(self.profile, marked & MARKS[self.profile])
        for key in sorted(keys):
            company.people[key] = Person(key, key)
        for key in sorted(teams):
            company.teams[key] = Team(key, f"Team {key}", set(keys))
        company.assigned, company.reaching = set(keys), set(teams)
        # The gentlest team is there from the start: what others put into it stays.
        company.teams[min(teams)].additive = True
        self.life = Life.begin(company, Path(self.directory.name))
        self.life.settle()

    def teardown(self) -> None:
        if hasattr(self, "life"):
            if sys.exc_info()[0] is None:
                self.life.settle()  # so that whatever was drawn last is judged as well
            DONE.update(self.life.acts)
            DONE["lives"] += 1
            self.directory.cleanup()

    @property
    def company(self) -> Company:
        return self.life.company

    def _day(self, days: int | None) -> date | None:
        return None if days is None else self.life.shell.now.date() + timedelta(days=days)

    def _free(self, login: str) -> bool:
        return login not in {person.login for person in self.company.people.values()}

    # Git changes.

    @rule(key=KEYS, login=LOGINS, title=TITLES)
    def somebody_joins_or_changes(self, key: str, login: str, title: str | None) -> None:
        person = self.company.people.get(key)
        if person is None and self._free(login):
            self.company.people[key] = Person(key, login, title)
            self.company.assigned.add(key)
        elif person is not None:
            person.title = person.department = title

    @rule(key=KEYS)
    def somebody_is_removed(self, key: str) -> None:
        if key in self.company.people and len(self.company.people) > 1:
            self.company.remove_person(key)

    @rule(key=KEYS, login=LOGINS)
    def somebody_is_renamed(self, key: str, login: str) -> None:
        if key in self.company.people and self._free(login):
            self.company.people[key].login = login

    @rule(key=KEYS, enabled=st.booleans(), starts=DAYS, until=DAYS)
    def somebody_comes_or_ends(
        self, key: str, enabled: bool, starts: int | None, until: int | None
    ) -> None:
        if key in self.company.people:
            person = self.company.people[key]
            person.enabled = enabled
            person.starts, person.until = self._day(starts), self._day(until)
            if starts is not None and until is not None and starts > until:
                person.starts, person.until = person.until, person.starts

    @rule(key=KEYS, days=DAYS)
    def somebody_is_held_or_let_go(self, key: str, days: int | None) -> None:
        until = self._day(days)
        if until is None:
            self.company.holds.pop(key, None)
        elif key in self.company.people:
            self.company.holds[key] = until

    @rule(keys=st.sets(KEYS), teams=st.sets(TEAM_KEYS))
    def assignments_change(self, keys: set[str], teams: set[str]) -> None:
        self.company.assigned = keys & self.company.people.keys()
        self.company.reaching = teams & self.company.teams.keys()

    @rule(key=TEAM_KEYS, members=st.sets(KEYS), additive=st.booleans())
    def a_team_comes_or_changes(self, key: str, members: set[str], additive: bool) -> None:
        team = self.company.teams.get(key)
        if team is None:
            name = f"Team {key}"
            if name in {other.name for other in self.company.teams.values()}:
                return
            team = self.company.teams[key] = Team(key, name)
            self.company.reaching.add(key)
        team.members = members & self.company.people.keys()
        team.additive = additive

    @rule(key=TEAM_KEYS, name=NAMES)
    def a_team_is_renamed(self, key: str, name: str) -> None:
        used = {each for t in self.company.teams.values() for each in (t.name, t.former)}
        if key in self.company.teams and name not in used:
            team = self.company.teams[key]
            team.name, team.former = name, team.name

    @rule(key=TEAM_KEYS)
    def a_team_is_removed(self, key: str) -> None:
        if key in self.company.teams:
            self.company.remove_team(key)

    @rule()
    def groups_are_owned_otherwise(self) -> None:
        self.company.marked ^= {"groups"} & MARKS[self.profile]

    @rule(hours=st.sampled_from([1, 11, 24, 50]))
    def time_passes(self, hours: int) -> None:
        self.life.shell.now += timedelta(hours=hours)

    # A second writer.

    @rule(name=LOGINS)
    def a_stranger_makes_somebody(self, name: str) -> None:
        with self.life.stranger() as (stranger, _):
            stranger.create("user", f"{name}@zone.example", self.profile)

    @rule(name=NAMES)
    def a_stranger_makes_a_group(self, name: str) -> None:
        with self.life.stranger() as (stranger, _):
            stranger.create("group", name, self.profile)

    @rule(number=ANY, title=TITLES, active=st.booleans(), name=st.none() | LOGINS)
    def a_stranger_edits_somebody(
        self, number: int, title: str | None, active: bool, name: str | None
    ) -> None:
        with self.life.stranger() as (stranger, truth):
            if users := sorted(truth.users):
                user = users[number % len(users)]
                stranger.change("user", user, active=active, title=title)
                if name is not None:
                    stranger.change("user", user, userName=f"{name}@zone.example")

    @rule(kind=st.sampled_from(["user", "group"]), number=ANY)
    def a_stranger_deletes(self, kind: str, number: int) -> None:
        with self.life.stranger() as (stranger, truth):
            if there := sorted(truth.of(kind)):
                stranger.delete(kind, there[number % len(there)])

    @rule(group=ANY, user=ANY, comes=st.booleans())
    def a_stranger_changes_members(self, group: int, user: int, comes: bool) -> None:
        with self.life.stranger() as (stranger, truth):
            groups, users = sorted(truth.groups), sorted(truth.users)
            if groups and users:
                act = stranger.add if comes else stranger.take_out
                act(groups[group % len(groups)], users[user % len(users)])

    @precondition(lambda self: "groups" in MARKS[self.profile])
    @rule(group=ANY, mark=st.sampled_from([None, OURS + "ops", THEIRS + "ops"]))
    def a_stranger_marks(self, group: int, mark: str | None) -> None:
        with self.life.stranger() as (stranger, truth):
            if groups := sorted(truth.groups):
                stranger.change("group", groups[group % len(groups)], externalId=mark)

    # We.

    @rule()
    def we_plan_for_later(self) -> None:
        self.life.plan()

    @rule(ago=st.integers(1, 4))
    def we_apply_an_old_plan(self, ago: int) -> None:
        self.life.apply(self.life.old[-min(ago, len(self.life.old))])
        self.life.acts["old plans"] += 1

    @rule(part=st.sampled_from(PARTS), fault=st.sampled_from(CUTS))
    def we_apply_after_an_incomplete_read(self, part: str, fault: str) -> None:
        planned = self.life.plan((part, fault))
        if planned is not None:
            self.life.apply(planned)

    @rule()
    def we_settle(self) -> None:
        self.life.settle()
