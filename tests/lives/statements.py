"""What must be true of commands and of where they lead: statements 3, 6, 7, 11, 13 and 14."""

from __future__ import annotations

import re
from typing import Any

from tests.e2e.shell import Ran
from tests.lives.behind import Truth
from tests.lives.company import HIDES_MEMBERS, WITHOUT_MANAGERS, Person
from tests.lives.manifests import ENTERPRISE
from tests.lives.oracle import Oracle, Stand
from tests.lives.wire import Log

TOKEN = "a-token-that-nobody-may-see"
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]")
_ADDRESS = re.compile(r"[\w.]+@(?:zone|else)\.example")


def reading_sends_only_reads(command: str, log: Log, before: Truth, after: Truth) -> None:
    """Statement 3."""
    sent = {request.method for request in log.requests}
    assert sent <= {"GET"}, f"{command} has sent {sent}"
    assert before == after, f"{command} has written"


def nobody_is_there_twice(oracle: Oracle, before: Truth, after: Truth) -> None:
    """Statement 6: whatever has died, and whatever was lost on the way."""
    for person in oracle.people.values():
        was, now = (oracle.accounts(person, truth) for truth in (before, after))
        assert len(now) <= max(1, len(was)), f"{person.key} is there twice"
    for team in oracle.company.teams:
        was, now = (oracle.groups_of(team, truth) for truth in (before, after))
        assert len(now) <= max(1, len(was)), f"{team} is there twice"


def git_is_what_is_there(oracle: Oracle, before: Truth, after: Truth) -> None:
    """Statement 7, the first half: after an apply that nobody disturbed. `before` it was so."""
    accounts = {
        key: own for key, person in oracle.people.items() if (own := oracle.accounts(person, after))
    }
    if not oracle.company.rules.lookup:
        for key, person in oracle.people.items():
            _person(person, accounts.get(key, []), oracle, before, after)
        declared = {live for own in accounts.values() for live in own}
        for live, user in after.users.items():
            if live not in declared and oracle.owned("user", user):
                _orphan(live, oracle, before, after)
    for team in oracle.company.teams:
        _team(team, accounts, oracle, before, after)
    of_teams = {live for team in oracle.company.teams for live in oracle.groups_of(team, after)}
    for live, group in after.groups.items():
        if live not in of_teams and oracle.owned("group", group):
            assert oracle.company.rules.removed_groups == "keep" or _unseen(oracle), group


def _unseen(oracle: Oracle) -> bool:
    """Whether nobody can say who would lose a group."""
    return oracle.company.profile in HIDES_MEMBERS


def _person(person: Person, own: list[str], oracle: Oracle, before: Truth, after: Truth) -> None:
    standing = oracle.standing(person.key)
    match standing.stand:
        case Stand.IN:
            assert len(own) == 1, f"{person.key} should be there"
            user = after.users[own[0]]
            there = (user.get("active"), user["userName"], user.get("title"))
            assert there == (True, person.user_name, person.title), person.key
            if oracle.company.profile not in WITHOUT_MANAGERS:
                _manager(person, user.get(f"{ENTERPRISE}:manager"), oracle, after)
        case Stand.OUT:
            if oracle.removal(standing.cause) in {"deactivate", "delete"}:
                inside = [one for one in own if after.active(one)]
                assert not inside, f"{person.key} is still inside ({standing.cause})"
        case Stand.OPEN:
            same = [before.users.get(one) == after.users[one] for one in own]
            assert all(same), f"{person.key} should keep what they have"


def _manager(person: Person, held: Any, oracle: Oracle, after: Truth) -> None:
    named = None if person.manager is None else oracle.people.get(person.manager)
    live = held.get("value") if isinstance(held, dict) else held
    if person.manager is None:
        assert live is None, f"{person.key} has a manager, and Git says none"
    elif named is not None and oracle.stands(named.key, Stand.IN):
        assert [live] == oracle.accounts(named, after), f"{person.key} names another manager"


def _orphan(id: str, oracle: Oracle, before: Truth, after: Truth) -> None:
    """Somebody live whom nobody declares, and who is ours."""
    standing = oracle.standing("nobody declares this")
    if standing.stand is Stand.OUT and oracle.removal("removed") in {"deactivate", "delete"}:
        assert not after.active(id), f"{after.users[id]['userName']} is still inside"
    else:
        assert before.users[id] == after.users[id], after.users[id]["userName"]


def _team(
    key: str, accounts: dict[str, list[str]], oracle: Oracle, before: Truth, after: Truth
) -> None:
    team, groups = oracle.company.teams[key], oracle.groups_of(key, after)
    if not oracle.reaches(key):
        kept = oracle.company.rules.unassigned_groups == "keep" or _unseen(oracle)
        assert kept or not groups, f"{key} is still there"
        return
    (group,) = groups
    assert after.groups[group]["displayName"] == team.name
    if oracle.company.profile in HIDES_MEMBERS:
        return
    owner = {live: name for name, own in accounts.items() for live in own}
    for live, user in after.users.items():
        name, is_in = owner.get(live), live in after.members[group]
        belongs = oracle.is_member(name or "nobody declares this", key)
        paired = name is not None if oracle.company.rules.lookup else oracle.owned("user", user)
        if belongs:
            assert is_in, (key, name, "should be a member")
        elif belongs is None or not paired or team.additive:
            was_in = live in before.members.get(group, frozenset())
            assert is_in == was_in, (key, name or live, "should be left alone")
        else:
            assert not is_in, (key, name or live, "should be no member")


def nothing_is_left_to_do(plan: Any) -> None:
    """Statement 7, the second half."""
    assert plan["changes"] == [], plan["changes"]


def same_input_same_plan(one: Any, other: Any) -> None:
    """Statement 11: the order of documents, and in which file they stand, shows in lines alone."""
    assert _without_lines(one) == _without_lines(other), "another plan"


def _without_lines(part: Any) -> Any:
    if isinstance(part, dict):
        return {k: _without_lines(v) for k, v in part.items() if k not in {"at", "digest"}}
    return [_without_lines(each) for each in part] if isinstance(part, list) else part


def nothing_leaks(ran: Ran, ledger: str) -> None:
    """Statement 13: no token anywhere, nobody's address in messages, nothing that acts."""
    assert TOKEN not in ran.out + ran.err + ledger, "the token shows"
    assert not _CONTROL.search(ran.out + ran.err), "a value can act on a terminal"
    assert "Traceback" not in ran.err, ran.err
    assert not _ADDRESS.search(ledger), "an address stands in the ledger"


def bad_input_is_a_diagnostic(ran: Ran, log: Log) -> None:
    """Statement 14: said with file, line and column, in one pass, and nothing is sent."""
    assert ran.code == 4, (ran.code, ran.err)
    assert re.search(r"manifests/\w+\.yaml:\d+:\d+", ran.out + ran.err), ran.err
    assert log.requests == [], "sent, though the manifests are wrong"
