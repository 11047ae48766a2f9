"""What a second writer does at the provider."""

from __future__ import annotations

from collections.abc import Iterable

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from tests.lives.behind import Stranger, Truth
from tests.lives.company import MARKS, OURS, THEIRS
from tests.lives.lived import ANY, LOGINS, NAMES, TITLES, Lived

#: What a stranger may write: titles that act on a terminal, on a CI log.
THEIR_TITLES = TITLES | st.sampled_from(["\x1b]0;owned\x07", "a\x1b[31mb", "::error::no", "a\nb"])


class Strangers(Lived):
    """The rules of somebody else."""

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
