"""What people do to Git, HR to its table, and time to both."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from tests.lives.company import KEEPS_GROUP_NAMES, MARKS, PREFIX, Home, Person, Table, Team
from tests.lives.lived import (
    ANY,
    DAYS,
    KEYS,
    LOGINS,
    NAMES,
    TEAM_KEYS,
    TITLES,
    Lived,
    rules,
)
from tests.lives.manifests import NONSENSE
from tests.lives.of_guards import DEFAULTS
from tests.lives.oracle import RULES


class InGit(Lived):
    """The rules of people, of HR, and of the clock."""

    @rule(key=KEYS, login=LOGINS, title=TITLES)
    def somebody_joins_or_changes(self, key: str, login: str, title: str | None) -> None:
        person = self.company.people.get(key)
        if person is None and self.free(login):
            unit = self.department(title)
            self.company.people[key] = Person(key, login, self.home(key), title, unit)
            self.company.assigned.add(key)
        elif person is not None:
            person.title, person.department = title, self.department(title)

    @rule(key=KEYS)
    def somebody_is_removed(self, key: str) -> None:
        if key in self.company.people and len(self.company.people) > 1:
            self.company.remove_person(key)

    @rule(key=KEYS, login=LOGINS)
    def somebody_is_renamed(self, key: str, login: str) -> None:
        if key in self.company.people and self.free(login) and not self.company.rules.lookup:
            self.company.people[key].login = login

    @rule(key=KEYS, other=KEYS)
    def somebody_gets_a_manager(self, key: str, other: str) -> None:
        people = self.company.people
        if key in people:
            same_table = people[key].home is not Home.ROW or other.startswith(PREFIX)
            person = people[key]
            person.manager = other if other in people and other < key and same_table else None

    @rule(key=KEYS, enabled=st.booleans(), starts=DAYS, until=DAYS)
    def somebody_comes_or_ends(
        self, key: str, enabled: bool, starts: int | None, until: int | None
    ) -> None:
        person = self.company.people.get(key)
        if person is None:
            return
        person.enabled = enabled
        if person.home is Home.GIT:
            person.starts, person.until = self.day(starts), self.day(until)
            if starts is not None and until is not None and starts > until:
                person.starts, person.until = person.until, person.starts

    @rule(key=KEYS, days=DAYS)
    def somebody_is_held_or_let_go(self, key: str, days: int | None) -> None:
        until = self.day(days)
        if until is None:
            self.company.holds.pop(key, None)
        elif key in self.company.people:
            self.company.holds[key] = until

    @rule(keys=st.sets(KEYS), teams=st.sets(TEAM_KEYS))
    def assignments_change(self, keys: set[str], teams: set[str]) -> None:
        self.company.assigned = keys & self.company.people.keys()
        self.company.reaching = teams & self.company.teams.keys()

    @rule(
        key=TEAM_KEYS,
        members=st.sets(KEYS),
        inside=st.sets(TEAM_KEYS),
        member_rule=st.none() | st.sampled_from(sorted(RULES)),
        until=DAYS,
        additive=st.booleans(),
        privileged=st.booleans(),
    )
    def a_team_comes_or_changes(
        self,
        key: str,
        members: set[str],
        inside: set[str],
        member_rule: str | None,
        until: int | None,
        additive: bool,
        privileged: bool,
    ) -> None:
        team = self.company.teams.get(key)
        if team is None:
            name = f"Team {key}"
            if name in {each for t in self.company.teams.values() for each in (t.name, t.former)}:
                return
            team = self.company.teams[key] = Team(key, name)
            self.company.reaching.add(key)
        team.members = members & self.company.people.keys()
        team.inside = {t for t in inside & self.company.teams.keys() if t < key}
        team.rule, team.additive, team.privileged = member_rule, additive, privileged
        day = self.day(until)
        team.until = {} if day is None else dict.fromkeys(sorted(team.members)[:2], day)

    @rule(out=ANY, into=ANY, who=ANY)
    def somebody_moves(self, out: int, into: int, who: int) -> None:
        """Out of one team and into another, in one commit."""
        teams = list(self.company.teams.values())
        peopled = [team for team in teams if team.members]
        if not peopled or len(teams) < 2:
            return
        left = peopled[out % len(peopled)]
        others = [team for team in teams if team is not left]
        key = sorted(left.members)[who % len(left.members)]
        left.members.remove(key)
        left.until.pop(key, None)
        others[into % len(others)].members.add(key)

    @rule(key=TEAM_KEYS, name=NAMES)
    def a_team_is_renamed(self, key: str, name: str) -> None:
        used = {each for t in self.company.teams.values() for each in (t.name, t.former)}
        free = name not in used and self.profile not in KEEPS_GROUP_NAMES
        if key in self.company.teams and free:
            team = self.company.teams[key]
            team.name, team.former = name, team.name

    @rule(key=TEAM_KEYS)
    def a_team_is_removed(self, key: str) -> None:
        if key in self.company.teams:
            self.company.remove_team(key)

    @rule(data=st.data())
    def the_target_is_told_otherwise(self, data: st.DataObject) -> None:
        lookup = self.company.rules.lookup
        drawn = data.draw(rules(self.profile))
        drawn.lookup, drawn.marked = lookup, self.company.rules.marked
        drawn.owned_by_name &= "user" not in drawn.marked
        if lookup:
            drawn.filter = drawn.entitled = None
        self.company.rules = drawn

    @precondition(lambda self: "group" in MARKS[self.profile])
    @rule()
    def groups_are_owned_otherwise(self) -> None:
        self.company.rules.marked ^= {"group"}

    @rule(
        base=st.booleans(),
        guard=st.sampled_from(sorted(DEFAULTS)),
        floor=st.none() | st.integers(0, 3),
        keys=st.sets(KEYS, max_size=1),
    )
    def a_policy_changes(self, base: bool, guard: str, floor: int | None, keys: set[str]) -> None:
        tree = self.company.base if base else self.company.head
        tree.protected = keys & self.company.people.keys()
        tree.floors.pop(guard, None)
        if floor is not None:
            tree.floors[guard] = floor

    @rule(nonsense=st.sampled_from(NONSENSE))
    def somebody_writes_nonsense_and_mends_it(self, nonsense: str) -> None:
        self.company.nonsense = nonsense
        assert self.life.plan() is None
        if self.life.old:
            self.life.apply(self.life.old[-1])
        self.company.nonsense = None

    # HR's table changes.

    @precondition(lambda self: self.company.table is not None)
    @rule(key=KEYS, left=st.booleans(), both=st.booleans())
    def hr_tells_of_somebody(self, key: str, left: bool, both: bool) -> None:
        person = self.company.people.get(key)
        if person is not None and key.startswith(PREFIX):
            person.left, person.home = left, Home.BOTH if both else Home.ROW
            person.starts = person.until = None
            if person.manager is not None and not person.manager.startswith(PREFIX):
                person.manager = None

    @precondition(lambda self: self.company.table is not None)
    @rule(
        lost=st.sets(ANY, max_size=3),
        least=st.sampled_from([1, 3]),
        ragged=st.sampled_from([False, False, False, True]),
        hours=st.sampled_from([0, 1, 60, -3]),
    )
    def hr_exports_a_table(self, lost: set[int], least: int, ragged: bool, hours: int) -> None:
        assert self.company.table is not None
        now = self.life.shell.now
        self.company.table = Table(now - timedelta(hours=hours), least, ragged=ragged)
        rows = [person.key for person in self.company.rows()]
        self.company.table.lost = {rows[number % len(rows)] for number in lost if rows}

    @precondition(lambda self: self.company.table is not None)
    @rule()
    def hr_mends_its_table(self) -> None:
        assert self.company.table is not None
        self.company.table = Table(self.life.shell.now)

    @rule(hours=st.sampled_from([1, 11, 24, 50]))
    def time_passes(self, hours: int) -> None:
        self.life.pass_time(3600 * hours)
