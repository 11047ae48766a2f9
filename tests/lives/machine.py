"""The steps of a life, drawn by hypothesis: what people, the second writer and we may do, when."""

from __future__ import annotations

import sys
import tempfile
from collections import Counter
from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from tests.e2e.spoiling import FAULTS
from tests.lives.behind import Stranger, Truth
from tests.lives.company import (
    DELETES_NOBODY,
    HIDES_MEMBERS,
    KEEPS_GROUP_NAMES,
    MARKS,
    OURS,
    PREFIX,
    REMOVALS,
    THEIRS,
    WANTS_DEPARTMENTS,
    Company,
    Home,
    Person,
    Rules,
    Table,
    Team,
)
from tests.lives.evidence import Planned
from tests.lives.life import CUTS, PARTS, Life
from tests.lives.manifests import NONSENSE
from tests.lives.of_guards import DEFAULTS
from tests.lives.oracle import FILTERS, RULES
from tests.lives.wire import Death, Faults, Incident, Meddling, Moment, Stop
from tests.property.organisations import TEAMS, TRICKY

PROFILES = tuple(MARKS)
PEOPLE = ("ana", "bo", "cy", "di", f"{PREFIX}eve", f"{PREFIX}fay", f"{PREFIX}gus", f"{PREFIX}hal")

#: Somebody, a team, a live resource, a plan: by number, of as many as there are then.
ANY = st.integers(0, 11)
KEYS, TEAM_KEYS = st.sampled_from(PEOPLE), st.sampled_from(TEAMS)
DAYS = st.none() | st.integers(-2, 3)
LOGINS = st.sampled_from([key.removeprefix(PREFIX) for key in PEOPLE] + ["ida", "jo"])
NAMES = st.sampled_from([*(f"Team {key}" for key in TEAMS), "Crew", "Guild"])
TITLES = st.none() | TRICKY
#: What a stranger may write: titles that act on a terminal, on a CI log.
THEIR_TITLES = TITLES | st.sampled_from(["\x1b]0;owned\x07", "a\x1b[31mb", "::error::no", "a\nb"])
#: Answers that are lost on the way, and work that may have been done without one.
LOST = tuple(
    FAULTS[name]
    for name in (
        "reset-before",
        "reset-after",
        "503-after-work",
        "504-after-work",
        "truncated-at-0",
    )
)
#: What the next machines have done, for whoever reports it.
DONE: Counter[str] = Counter()


def machine(profile: str) -> type[RuleBasedStateMachine]:
    """A machine that lives with a provider of that profile."""
    return type(f"Life_{profile}", (Living,), {"profile": profile})


@st.composite
def rules(draw: st.DrawFn, profile: str) -> Rules:
    """What the manifest of a target can say, most often something gentle."""
    removals = st.sampled_from(
        [r for r in REMOVALS if r != "delete" or profile not in DELETES_NOBODY]
    )
    everybody, lookup = draw(st.booleans()), profile not in HIDES_MEMBERS and draw(ANY) == 0
    marked = draw(st.sets(st.sampled_from(sorted(MARKS[profile])))) if MARKS[profile] else set()
    return Rules(
        everybody=everybody,
        lookup=lookup,
        marked=marked,
        owned_by_name="user" not in marked and draw(ANY) < 3,
        filter=None if lookup else draw(st.none() | st.sampled_from(sorted(FILTERS))),
        entitled=None
        if lookup or everybody
        else draw(st.sampled_from([None, None, "User", "Admin"])),
        nested=draw(st.booleans()),
        removals={
            name: draw(st.just("deactivate") | removals)
            for name in ("disabled", "outOfScope", "unassigned", "removed")
        },
        days=draw(st.sampled_from([None, None, 1, 2])),
        unassigned_groups=draw(st.sampled_from(["keep", "keep", "delete"])),
        removed_groups=draw(st.sampled_from(["delete", "delete", "keep"])),
    )


class Living(RuleBasedStateMachine):
    profile = "rfc7644"
    life: Life

    @initialize(data=st.data())
    def founded(self, data: st.DataObject) -> None:
        memory = Path("/dev/shm")
        self.directory = tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None)
        narrow = data.draw(st.booleans())
        company = Company(self.profile, narrow, data.draw(rules(self.profile)))
        self.life = Life.begin(company, Path(self.directory.name))
        if data.draw(st.booleans()):
            company.table = Table(self.life.shell.now)
        keys = data.draw(st.sets(KEYS, min_size=3))
        for key in sorted(keys):
            login = key.removeprefix(PREFIX)
            company.people[key] = Person(key, login, self._home(key), None, self._department(None))
        for key in sorted(data.draw(st.sets(TEAM_KEYS, min_size=1))):
            company.teams[key] = Team(key, f"Team {key}", set(keys))
        company.assigned, company.reaching = set(keys), set(company.teams)
        # The gentlest team is there from the start: what others put into it stays.
        company.teams[min(company.teams)].additive = data.draw(st.booleans())
        if company.rules.lookup:
            with self.life.stranger() as (stranger, _):
                for key in sorted(keys):
                    stranger.create("user", company.people[key].user_name, self.profile)
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

    def _home(self, key: str) -> Home:
        in_table = self.company.table is not None if hasattr(self, "life") else False
        return Home.ROW if in_table and key.startswith(PREFIX) else Home.GIT

    def _department(self, text: str | None) -> str | None:
        return text or ("Lead" if self.profile in WANTS_DEPARTMENTS else None)

    def _day(self, days: int | None) -> date | None:
        return None if days is None else self.life.shell.now.date() + timedelta(days=days)

    def _free(self, login: str) -> bool:
        return login not in {person.login for person in self.company.people.values()}

    # People change Git.

    @rule(key=KEYS, login=LOGINS, title=TITLES)
    def somebody_joins_or_changes(self, key: str, login: str, title: str | None) -> None:
        person = self.company.people.get(key)
        if person is None and self._free(login):
            unit = self._department(title)
            self.company.people[key] = Person(key, login, self._home(key), title, unit)
            self.company.assigned.add(key)
        elif person is not None:
            person.title, person.department = title, self._department(title)

    @rule(key=KEYS)
    def somebody_is_removed(self, key: str) -> None:
        if key in self.company.people and len(self.company.people) > 1:
            self.company.remove_person(key)

    @rule(key=KEYS, login=LOGINS)
    def somebody_is_renamed(self, key: str, login: str) -> None:
        if key in self.company.people and self._free(login) and not self.company.rules.lookup:
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
        day = self._day(until)
        team.until = {} if day is None else dict.fromkeys(sorted(team.members)[:2], day)

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
        lost=st.sets(KEYS, max_size=3),
        least=st.integers(1, 3),
        ragged=ANY,
        hours=st.integers(-3, 60),
    )
    def hr_exports_a_table(self, lost: set[str], least: int, ragged: int, hours: int) -> None:
        assert self.company.table is not None
        table = self.company.table
        table.lost = {key for key in lost if key in self.company.people}
        table.least, table.ragged = least, ragged == 0
        table.dated = self.life.shell.now - timedelta(hours=hours)

    @precondition(lambda self: self.company.table is not None)
    @rule()
    def hr_mends_its_table(self) -> None:
        assert self.company.table is not None
        self.company.table = Table(self.life.shell.now)

    @rule(hours=st.sampled_from([1, 11, 24, 50]))
    def time_passes(self, hours: int) -> None:
        self.life.pass_time(3600 * hours)

    # A second writer.

    @rule(name=LOGINS, ours=st.booleans())
    def a_stranger_makes_somebody(self, name: str, ours: bool) -> None:
        with self.life.stranger() as (stranger, _):
            domain = "zone" if ours else "else"
            stranger.create("user", f"{name}@{domain}.example", self.profile)

    @rule(name=NAMES)
    def a_stranger_makes_a_group(self, name: str) -> None:
        with self.life.stranger() as (stranger, _):
            stranger.create("group", name, self.profile)

    @rule(number=ANY, title=THEIR_TITLES, active=st.booleans(), name=st.none() | LOGINS)
    def a_stranger_edits_somebody(
        self, number: int, title: str | None, active: bool, name: str | None
    ) -> None:
        with self.life.stranger() as (stranger, truth):
            edit(stranger, truth, number, title, active=active)
            if name is not None and truth.users and not self.company.rules.lookup:
                user = pick(truth.users, number)
                stranger.change("user", user, userName=f"{name}@zone.example")

    @rule(kind=st.sampled_from(["user", "group"]), number=ANY)
    def a_stranger_deletes(self, kind: str, number: int) -> None:
        with self.life.stranger() as (stranger, truth):
            if truth.of(kind):
                stranger.delete(kind, pick(truth.of(kind), number))

    @rule(group=ANY, user=ANY, comes=st.booleans())
    def a_stranger_changes_members(self, group: int, user: int, comes: bool) -> None:
        with self.life.stranger() as (stranger, truth):
            move(stranger, truth, group, user, comes=comes)

    @precondition(lambda self: "group" in MARKS[self.profile])
    @rule(group=ANY, mark=st.sampled_from([None, OURS + "ops", THEIRS + "ops"]))
    def a_stranger_marks(self, group: int, mark: str | None) -> None:
        with self.life.stranger() as (stranger, truth):
            if truth.groups:
                stranger.change("group", pick(truth.groups, group), externalId=mark)

    # We.

    @rule()
    def we_plan_for_later(self) -> None:
        self.life.plan()

    @rule(part=st.sampled_from(sorted(PARTS)), fault=st.sampled_from(CUTS), key=KEYS, way=ANY)
    def we_apply_after_an_incomplete_read(self, part: str, fault: str, key: str, way: int) -> None:
        self._stir(key, way, "Head")
        planned = self.life.plan(cut=(part, fault))
        if planned is not None:
            self.life.apply(planned)

    @rule(ago=st.integers(1, 4))
    def we_apply_an_old_plan(self, ago: int) -> None:
        self.life.apply(self._old(ago))
        self.life.acts["old plans"] += 1

    @rule(ago=st.integers(1, 4))
    def somebody_edits_a_plan(self, ago: int) -> None:
        """To take more away than was approved, or less: it is not what was reviewed."""
        planned = self._old(ago)
        if planned.changes:
            hashed = planned.changes[0]["hash"]
            edited = self.life.edit(
                planned, hashed, f"{hashed[:-1]}{'0' if hashed[-1] != '0' else '1'}"
            )
            assert self.life.attempt(edited, ()) == 6

    @rule(ago=st.integers(1, 4), other=st.integers(1, 4))
    def we_have_a_word_for_another_plan(self, ago: int, other: int) -> None:
        """Acknowledged changes are acknowledged, and no others."""
        self.life.attempt(self._old(other), ())
        given = self.life.words()
        planned = self._old(ago)
        if self.life.attempt(planned, ()) == 3:
            asked = self.life.words()
            if not set(asked) <= set(given) or not asked:
                code = self.life.attempt(planned, given)
                assert code == 3, "released by words for another plan"
                self.life.acts["words for another plan"] += 1

    @rule(number=st.integers(1, 12), user=ANY, group=ANY, title=TITLES, slow=st.booleans(), way=ANY)
    def somebody_writes_while_we_apply(
        self, number: int, user: int, group: int, title: str | None, slow: bool, way: int
    ) -> None:
        for key in sorted(self.company.people)[:3]:
            self._stir(key, way, f"Chief {number}")

        def act(stranger: Stranger, truth: Truth) -> None:
            match way % 4:
                case 0:
                    edit(stranger, truth, user, title, active=user % 2 == 0)
                case 1:
                    move(stranger, truth, group, user, comes=user % 2 == 0)
                case 2 if truth.groups:
                    stranger.delete("group", pick(truth.groups, group))
                case 3 if truth.users:
                    stranger.delete("user", pick(truth.users, user))
                case _:
                    pass  # there is nobody

        self._apply_with(Meddling(number, act, slow=slow and self.company.narrow))

    @rule(
        write=st.integers(1, 6),
        moment=st.sampled_from(list(Moment)),
        go_on=st.booleans(),
        key=KEYS,
        way=ANY,
    )
    def we_die_while_we_apply(
        self, write: int, moment: Moment, go_on: bool, key: str, way: int
    ) -> None:
        """And go on: with the same plan, or with a new one at once."""
        self._stir(key, way, "Dean")
        planned = self._apply_with(Death(write, moment))
        if go_on:
            self.life.apply(planned)
        self.life.settle()

    @rule(write=st.integers(1, 6))
    def our_time_is_up(self, write: int) -> None:
        self._apply_with(Stop(write))

    @rule(write=st.integers(1, 6), lost=st.sampled_from(LOST), key=KEYS, way=ANY)
    def an_answer_is_lost(self, write: int, lost: str, key: str, way: int) -> None:
        self._stir(key, way, "Rector")
        self._apply_with(Faults(f'request: WRITE *, nth: "{write}"', lost))

    @rule(canary=st.integers(1, 4))
    def we_send_a_few_first(self, canary: int) -> None:
        planned = self.life.plan()
        assert planned is not None
        self.life.apply(planned, canary=canary)
        self.life.acts["canaries"] += 1

    @rule(carry_out=st.booleans())
    def we_undo(self, carry_out: bool) -> None:
        planned = self.life.undo()
        if planned is not None and carry_out:
            self.life.apply(planned)

    @rule(key=KEYS, command=st.sampled_from(["drift", "explain", "validate", "show", "ledger"]))
    def we_look(self, key: str, command: str) -> None:
        match command:
            case "explain":
                self.life.look("explain", f"user:{key}", "box")
            case "show":
                self.life.look("show", self._old(1).file)
            case "ledger":
                self.life.look("ledger", "show", "box")
            case _:
                self.life.look(command)

    @rule()
    def we_settle(self) -> None:
        self.life.settle()

    def _stir(self, key: str, way: int, title: str | None) -> None:
        """One small edit, so that there is something to do: of somebody, or of who is where."""
        person = self.company.people.get(key)
        if person is None:
            return
        match way % 4:
            case 0:
                person.enabled = not person.enabled
            case 1:
                person.title = title
            case 2 if self.company.teams:
                self.company.teams[min(self.company.teams)].members ^= {key}
            case _:
                self.company.assigned ^= {key}

    def _old(self, ago: int) -> Planned:
        return self.life.old[-min(ago, len(self.life.old))]

    def _apply_with(self, incident: Incident) -> Planned:
        planned = self.life.plan()
        assert planned is not None
        self.life.apply(planned, incident=incident)
        return planned


def pick(there: Iterable[str], number: int) -> str:
    """One of those who are there, by id."""
    ids = sorted(there)
    return ids[number % len(ids)]


def edit(stranger: Stranger, truth: Truth, number: int, title: str | None, *, active: bool) -> None:
    if truth.users:
        stranger.change("user", pick(truth.users, number), active=active, title=title)


def move(stranger: Stranger, truth: Truth, group: int, user: int, *, comes: bool) -> None:
    if truth.groups and truth.users:
        act = stranger.add if comes else stranger.take_out
        act(pick(truth.groups, group), pick(truth.users, user))
