"""What must be true of a plan: statements 1, 2 and 12, and that it is what Git says."""

from __future__ import annotations

from datetime import timedelta

from tests.lives.behind import path_of
from tests.lives.company import DELETES_NOBODY
from tests.lives.evidence import Change, Planned, written
from tests.lives.oracle import BY_ATTRIBUTES, KEPT_OUT, Stand

#: What takes something away, and from which readings it must follow.
REMOVALS = {
    ("deactivate", "user"): {"user"},
    ("delete", "user"): {"user"},
    ("delete", "group"): {"group", "members"},
    ("removeMembers", "group"): {"user", "group", "members"},
}


def incomplete_reads_never_remove(planned: Planned) -> None:
    """Statement 1, for the provider and for HR's table."""
    oracle = planned.oracle
    for change in planned.changes:
        what = (change["action"], change["kind"], change["key"])
        needed = REMOVALS.get((change["action"], change["kind"]), set())
        assert not needed & planned.cut, (*what, "follows from a read that was spoilt")
        if change["action"] == "create":
            assert change["kind"] not in planned.cut, (*what, "though nobody saw the absence")
        if oracle.believed or planned.undoes:
            continue
        losers = {"deactivate": [change["key"]], "removeMembers": change.get("members", [])}
        if change["kind"] == "user":
            losers["delete"] = [change["key"]]
        for key in losers.get(change["action"], []):
            missing = key not in oracle.people or oracle.spared(key)
            assert not (missing and change["cause"] in {"removed", "drift", *BY_ATTRIBUTES}), what
            assert not (missing and change["action"] == "removeMembers"), what
    incomplete = bool(planned.cut) or not oracle.believed
    if incomplete:
        assert planned.plan["gaps"], f"{planned.cut or 'a table'} was not whole, and nobody says so"
        assert planned.code == 1, planned.code


def what_is_not_ours_is_not_touched(planned: Planned) -> None:
    """Statement 2, for resources and for members."""
    oracle = planned.oracle
    for change in planned.changes:
        what = (change["action"], change["kind"], change["key"])
        live = planned.truth.of(change["kind"]).get(change["id"])
        assert live is None or oracle.owned(change["kind"], live), (*what, "is not ours")
        if change["action"] == "removeMembers":
            for member in change["members"]:
                user = planned.truth.users.get(str(planned.id_of(member)))
                paired = oracle.company.rules.lookup and member in oracle.people
                assert user is None or paired or oracle.owned("user", user), (*what, member)


def undetermined_is_not_false(planned: Planned) -> None:
    """Statement 12: whom nobody can judge keeps what they have, and gets nothing."""
    if planned.undoes:
        return
    oracle = planned.oracle
    for change in planned.changes:
        what = (change["action"], change["kind"], change["key"])
        if change["kind"] == "user" and change["key"] in oracle.people:
            assert not oracle.stands(change["key"], Stand.OPEN), (*what, "nobody can judge them")
        for member in change["members"] if "Members" in change["action"] else []:
            if change["key"] in oracle.company.teams:
                assert oracle.is_member(member, change["key"]) is not None, (*what, member)


def only_what_git_says(planned: Planned) -> None:
    """Every change is one that the company asks for: nobody loses or gets anything else."""
    if planned.undoes:
        return
    for change in planned.changes:
        if "Members" in change["action"]:
            _members(change, planned)
        elif change["kind"] == "user":
            _user(change, planned)
        else:
            _group(change, planned)


def _user(change: Change, planned: Planned) -> None:
    oracle, truth, key = planned.oracle, planned.truth, change["key"]
    what = (change["action"], key)
    standing, person = oracle.standing(key), oracle.people.get(key)
    match change["action"]:
        case "create":
            assert person is not None and standing.stand is Stand.IN, what
            assert set(truth.named(person.user_name)) <= _freed(planned), what
            assert not oracle.accounts(person, truth), (*what, "is there already")
        case "reactivate":
            assert standing.stand is Stand.IN, what
        case "update":
            managed = standing.stand is Stand.IN or standing.cause == "disabled"
            assert person is not None and managed, what
            wanted = {"userName": person.user_name, "title": person.title}
            for path, value in written(change).items():
                assert value == wanted.get(path, value), (*what, path)
        case "setReferences":
            assert person is not None, what
            (named,) = written(change).values()
            assert named == person.manager, what
            assert named is None or oracle.stands(named, Stand.IN), (*what, named)
        case "deactivate" | "delete":
            assert standing.stand is Stand.OUT, (*what, standing)
            _leaves(change, oracle.removal(standing.cause), planned)
            for other in oracle.people.values():
                theirs = change["id"] in oracle.accounts(other, truth)
                assert not (theirs and oracle.stands(other.key, Stand.IN)), (*what, other.key)
        case _:
            raise AssertionError(what)


def _leaves(change: Change, removal: str, planned: Planned) -> None:
    """What the target says becomes of leavers; a deletion by date not before its date."""
    what = (change["action"], change["key"], removal)
    if change["action"] == "deactivate":
        assert removal == "deactivate", what
        return
    assert planned.oracle.company.profile not in DELETES_NOBODY, what
    if removal == "delete":
        return
    days, since = planned.oracle.company.rules.days, planned.deactivated.get(change["id"])
    assert removal == "deactivate" and days is not None and since is not None, what
    assert since + timedelta(days=days) <= planned.oracle.now, (*what, "before its date")


def _group(change: Change, planned: Planned) -> None:
    oracle, key = planned.oracle, change["key"]
    rules, what = oracle.company.rules, (change["action"], key)
    match change["action"]:
        case "delete":
            declared = key in oracle.company.teams
            said = rules.unassigned_groups if declared else rules.removed_groups
            assert said == "delete", what
            for team in oracle.company.teams:
                if oracle.reaches(team):
                    assert change["id"] not in oracle.groups_of(team, planned.truth), (*what, team)
        case "create":
            assert oracle.reaches(key), what
            assert not oracle.groups_of(key, planned.truth), (*what, "is there already")
        case "update":
            assert oracle.reaches(key), what
        case _:
            raise AssertionError(what)


def _members(change: Change, planned: Planned) -> None:
    oracle, key = planned.oracle, change["key"]
    assert oracle.reaches(key), (change["action"], key)
    for member in change["members"]:
        what = (change["action"], key, member)
        if change["action"] == "addMembers":
            assert oracle.is_member(member, key), what
        else:
            assert not oracle.company.teams[key].additive, (*what, "the team is additive")
            assert oracle.is_member(member, key) is False, what


def _freed(planned: Planned) -> set[str]:
    """Accounts whose name the plan frees."""
    return {
        change["id"]
        for change in planned.changes
        if change["action"] == "delete" or "userName" in written(change)
    }


def undoing_only_gives_back(planned: Planned, undone: Planned) -> None:
    """A way back leads to what was there before, and never past a Hold or a date."""
    oracle, was, now = planned.oracle, undone.truth, planned.truth
    done = {(change["kind"], change["id"]) for change in undone.changes}
    for change in planned.changes:
        live, what = change["id"], ("undo", change["action"], change["key"])
        there_before = live in was.of(change["kind"])
        assert not there_before or (change["kind"], live) in done, (*what, "was not in that plan")
        out = oracle.standing(change["key"]).cause in KEPT_OUT
        match change["action"]:
            case "reactivate":
                assert was.active(live) and not out, what
            case "deactivate" | "delete":
                assert not there_before or not was.active(live), what
            case "addMembers" | "removeMembers":
                for member in change["members"]:
                    before = planned.id_of(member) in was.members.get(live, frozenset())
                    assert before is (change["action"] == "addMembers"), (*what, member)
                    kept_out = oracle.standing(member).cause in KEPT_OUT
                    assert not (before and kept_out), (*what, member)
            case "update":
                held = was.of(change["kind"])[live]
                left = {
                    p: v for c in undone.changes if c["id"] == live for p, v in written(c).items()
                }
                for part in change["changes"]:
                    path = path_of(part["path"])
                    same = isinstance(held.get(path), list) or part["after"] == held.get(path)
                    assert same, (*what, path)
                    since = now.of(change["kind"])[live].get(path)
                    assert isinstance(since, list) or since == left.get(path), (*what, path, since)
            case _:
                pass
        assert live in now.of(change["kind"]), (*what, "is not there")
