"""What every rule of a life stands on: its beginning, its end, and what is drawn."""

from __future__ import annotations

import sys
import tempfile
from collections import Counter
from datetime import date, timedelta
from pathlib import Path

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize

from tests.lives.company import (
    DELETES_NOBODY,
    HIDES_MEMBERS,
    MARKS,
    PREFIX,
    REMOVALS,
    WANTS_DEPARTMENTS,
    Company,
    Home,
    Person,
    Rules,
    Table,
    Team,
)
from tests.lives.life import Life
from tests.lives.oracle import FILTERS
from tests.property.organisations import TEAMS, TRICKY

PEOPLE = ("ana", "bo", "cy", "di", f"{PREFIX}eve", f"{PREFIX}fay", f"{PREFIX}gus", f"{PREFIX}hal")

#: Somebody, a team, a live resource, a plan: by number, of as many as there are then.
ANY = st.integers(0, 11)
KEYS, TEAM_KEYS = st.sampled_from(PEOPLE), st.sampled_from(TEAMS)
DAYS = st.none() | st.integers(-2, 3)
LOGINS = st.sampled_from([key.removeprefix(PREFIX) for key in PEOPLE] + ["ida", "jo"])
NAMES = st.sampled_from([*(f"Team {key}" for key in TEAMS), "Crew", "Guild"])
TITLES = st.none() | TRICKY
#: What lives have done, for whoever reports it.
DONE: Counter[str] = Counter()


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


class Lived(RuleBasedStateMachine):
    """A life from its founding to its last settling; subclasses say what may happen in it."""

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
            company.people[key] = Person(key, login, self.home(key), None, self.department(None))
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

    def home(self, key: str) -> Home:
        in_table = self.company.table is not None if hasattr(self, "life") else False
        return Home.ROW if in_table and key.startswith(PREFIX) else Home.GIT

    def department(self, text: str | None) -> str | None:
        return text or ("Lead" if self.profile in WANTS_DEPARTMENTS else None)

    def day(self, days: int | None) -> date | None:
        return None if days is None else self.life.shell.now.date() + timedelta(days=days)

    def free(self, login: str) -> bool:
        return login not in {person.login for person in self.company.people.values()}
