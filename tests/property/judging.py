"""Whether what was planned, and what happened, is what Git says and nothing else.

Decided from `Company`, from what the provider really held before and after, and from the plan as
people see it. Nothing here asks the planner why.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from tests.property.behind import OURS, THEIRS, Document, Truth
from tests.property.company import HIDES_MEMBERS, MARKS, Company

Pairs = set[tuple[str, str]]


@dataclass(frozen=True)
class Planned:
    """A saved plan, and what was true when it was made."""

    file: str
    plan: dict[str, Any]
    blocked: bool
    truth: Truth

    @property
    def changes(self) -> list[dict[str, Any]]:
        return list(self.plan["changes"])


@dataclass(frozen=True)
class Judge:
    """Git as it is, on one day."""

    company: Company
    today: date

    def owned(self, kind: str, resource: Document) -> bool:
        """Whether the rule of the target makes this live resource ours."""
        mark = str(resource.get("externalId", ""))
        if f"{kind}s" in MARKS[self.company.profile] and mark.startswith("reconciler:"):
            return mark.startswith(OURS)
        return f"{kind}s" not in self.company.marked

    def groups_of(self, key: str, truth: Truth) -> list[str]:
        """The live groups that are provably this team's."""
        proof = {self.company.teams[key].object_id, OURS + key}
        return [i for i, group in truth.groups.items() if group.get("externalId") in proof]

    def undecided(self, truth: Truth) -> bool:
        """Whether somebody must decide something at the provider first.

        A name that somebody else has, two accounts of one person, or somebody else's mark where
        everything should be ours.
        """
        for person in self.company.people.values():
            own = set(truth.account(person.object_id, person.key))
            if self._unclear("user", own, set(truth.named(person.user_name)), truth):
                return True
        for team in self.company.teams.values():
            own = set(self.groups_of(team.key, truth))
            names = {team.name, team.former}
            same = {i for i, group in truth.groups.items() if group["displayName"] in names}
            if self._unclear("group", own, same, truth):
                return True
        return any(
            str(resource.get("externalId")).startswith(THEIRS)
            for kind in ("user", "group")
            if f"{kind}s" in MARKS[self.company.profile] - self.company.marked
            for resource in truth.of(kind).values()
        )

    def _unclear(self, kind: str, own: set[str], named: set[str], truth: Truth) -> bool:
        """One of that name who is provably nobody's is taken as the one who is meant."""
        if not own and len(named) == 1:
            resource = truth.of(kind)[next(iter(named))]
            return "externalId" in resource or not self.owned(kind, resource)
        return len(own) > 1 or not own >= named

    # Plans.

    def plan(self, planned: Planned) -> None:
        """Statements 1 and 2, and: nobody loses or gets what Git does not say."""
        for change in planned.changes:
            what = (change["action"], change["kind"], change["key"])
            live = planned.truth.of(change["kind"]).get(change["id"])
            assert live is None or self.owned(change["kind"], live), (*what, "is not ours")
            if "members" in change and change["action"] != "delete":
                self._members(change, planned)
            elif change["kind"] == "user":
                self._user(change, planned)
            else:
                self._group(change, planned)

    def _user(self, change: dict[str, Any], planned: Planned) -> None:
        truth, key = planned.truth, change["key"]
        what = (change["action"], key)
        match change["action"]:
            case "create":
                assert self.company.entitled(key, self.today), what
                person = self.company.people[key]
                assert set(truth.named(person.user_name)) <= _renamed(planned), what
                assert not truth.account(person.object_id, key), (*what, "is there already")
            case "reactivate":
                assert self.company.entitled(key, self.today), what
            case "deactivate":
                assert not self.company.entitled(key, self.today), what
                for other in self.company.people.values():
                    theirs = change["id"] in truth.account(other.object_id, other.key)
                    assert not (theirs and self.company.entitled(other.key, self.today)), what
            case "update":
                assert key in self.company.people, what
            case _:
                raise AssertionError(what)

    def _group(self, change: dict[str, Any], planned: Planned) -> None:
        key = change["key"]
        what = (change["action"], key)
        match change["action"]:
            case "delete":
                assert key not in self.company.teams, what
                for team in self.company.teams:
                    assert change["id"] not in self.groups_of(team, planned.truth), (*what, team)
            case "create" | "update":
                assert key in self.company.teams, what
            case _:
                raise AssertionError(what)

    def _members(self, change: dict[str, Any], planned: Planned) -> None:
        team = self.company.teams[change["key"]]
        for member in change["members"]:
            what = (change["action"], change["key"], member)
            entitled = self.company.entitled(member, self.today)
            if change["action"] == "addMembers":
                assert entitled and member in team.members, what
                continue
            assert not team.additive and not (entitled and member in team.members), what
            user = planned.truth.users.get(planned.plan["principals"][member]["id"])
            assert user is None or self.owned("user", user), (*what, "is not ours")

    # What has come of it.

    def apply(
        self, planned: Planned, outcomes: Sequence[dict[str, Any]], before: Truth, after: Truth
    ) -> None:
        """Statements 2 and 4: what the plan names has happened, and nothing else has."""
        allowed = _allowed(planned, outcomes)
        for kind in ("user", "group"):
            there, now = before.of(kind), after.of(kind)
            assert there.keys() - now.keys() <= allowed.deleted, "somebody is gone"
            assert now.keys() - there.keys() <= allowed.made, "somebody is new"
            for live in there.keys() & now.keys():
                differs = _differing(there[live], now[live])
                assert differs <= allowed.attributes[live], (live, differs)
        for group in before.members.keys() & after.members.keys():
            was_in, is_in = before.members[group], after.members[group]
            assert {(group, m) for m in is_in - was_in} <= allowed.added, group
            assert {(group, m) for m in was_in - is_in} <= allowed.removed, group
        applied = {o["hash"] for o in outcomes if o["status"] == "applied"}
        for change in planned.changes:
            if change["hash"] in applied and change["id"] is not None:
                self._as_seen(change, planned.truth, before, after)

    def _as_seen(self, change: dict[str, Any], seen: Truth, before: Truth, after: Truth) -> None:
        """What was carried out met what the plan had seen, or what it wanted."""
        kind, live = change["kind"], change["id"]
        if change["action"] == "delete":
            assert before.groups[live]["displayName"] == seen.groups[live]["displayName"]
            if self.company.profile not in HIDES_MEMBERS:
                assert before.members[live] == seen.members[live], change
        for root in _roots(change):
            values = (seen.of(kind)[live].get(root), after.of(kind)[live].get(root))
            assert before.of(kind)[live].get(root) in values, (change, root)

    def settled(self, truth: Truth) -> None:
        """Git is what is there, and nobody is there twice."""
        accounts: dict[str, str] = {}
        for key, person in self.company.people.items():
            own = truth.account(person.object_id, key)
            assert len(own) <= 1, f"{key} is there twice"
            if self.company.entitled(key, self.today):
                (accounts[key],) = own
                user = truth.users[own[0]]
                there = (user["active"], user["userName"], user.get("title"))
                assert there == (True, person.user_name, person.title)
        for live, user in truth.users.items():
            if self.owned("user", user) and live not in accounts.values():
                assert user.get("active") is False, f"{user['userName']} is still inside"
        for key in self.company.reaching:
            team = self.company.teams[key]
            (group,) = self.groups_of(key, truth)
            assert truth.groups[group]["displayName"] == team.name
            if self.company.profile in HIDES_MEMBERS:
                continue
            wanted = {accounts[member] for member in team.members if member in accounts}
            ours = {m for m in truth.members[group] if self.owned("user", truth.users[m])}
            besides = ours - wanted if team.additive else set()
            assert ours == wanted | besides, key


@dataclass
class _Allowed:
    """What a plan may do, by ids."""

    attributes: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    made: set[str] = field(default_factory=set)
    deleted: set[str] = field(default_factory=set)
    added: Pairs = field(default_factory=set)
    removed: Pairs = field(default_factory=set)


def _allowed(planned: Planned, outcomes: Sequence[dict[str, Any]]) -> _Allowed:
    ids = {key: entry["id"] for key, entry in planned.plan["principals"].items()}
    live = {outcome["hash"]: outcome["id"] for outcome in outcomes}
    allowed = _Allowed(made={o["id"] for o in outcomes if o["action"] == "create"})
    for outcome in outcomes:
        kind, _, key = outcome["subject"].partition(":")
        if kind == "user" and outcome["action"] == "create":
            ids[key] = outcome["id"]
    for change in planned.changes:
        about = str(change["id"] or live.get(change["hash"]))
        allowed.attributes[about] |= _roots(change)
        match change["action"]:
            case "delete":
                allowed.deleted.add(about)
            case "addMembers":
                allowed.added |= {(about, ids[member]) for member in change["members"]}
            case "removeMembers":
                allowed.removed |= {(about, ids[member]) for member in change["members"]}
            case _:
                pass
    return allowed


def _roots(change: dict[str, Any]) -> set[str]:
    """The attributes of the document that a change writes."""
    if change["action"] == "deactivate":
        return {"active"}
    return {_root(part["path"]) for part in change.get("changes", [])}


def _root(path: str) -> str:
    """The attribute of the document in which a path ends."""
    urn = re.match(r"urn:[\w:.-]+:2\.0:User", path)
    return urn.group() if urn else re.split(r"[.\[]", path)[0]


def _renamed(planned: Planned) -> set[str]:
    """Accounts whose name the plan frees."""
    return {c["id"] for c in planned.changes if "userName" in _roots(c)}


def _differing(one: Document, other: Document) -> set[str]:
    return {name for name in one.keys() | other.keys() if one.get(name) != other.get(name)}
