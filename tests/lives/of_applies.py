"""What must be true of an apply: statements 2, 4, 5 and 10, from every single request of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from tests.lives.behind import Truth
from tests.lives.company import DESTROYS, GUARDS_VERSIONS, HIDES_LEAVERS
from tests.lives.evidence import Carried, Change, made, written
from tests.lives.oracle import URGENT
from tests.lives.wire import Request, Stop

#: Outcomes of changes that are as they should be.
FINE = frozenset({"applied", "alreadyApplied"})
#: Seconds for which a look counts, where no version guards what is written.
LOOK_LASTS = 30


def approved_is_applied(carried: Carried) -> None:
    """Statements 2 and 4: each effect stands in the plan, and met what the plan had seen.

    A change that is reported as skipped has no effect at all.
    """
    skipped = {o["hash"] for o in carried.outcomes or () if o["status"] == "skipped"}
    planned = [c for c in carried.planned.changes if c["hash"] not in skipped]
    allowed = _allowed(planned, carried)
    for write in carried.log.writes:
        _stands_in_the_plan(write, allowed)
        _met_what_was_seen(write, planned, carried)


@dataclass
class _Allowed:
    """What a plan may do, by ids."""

    attributes: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    made: set[str] = field(default_factory=set)
    gone: set[str] = field(default_factory=set)
    added: set[tuple[str, str]] = field(default_factory=set)
    removed: set[tuple[str, str]] = field(default_factory=set)


def _allowed(changes: Iterable[Change], carried: Carried) -> _Allowed:
    ids = _ids(carried)
    leave_nothing = carried.planned.oracle.company.profile in DESTROYS | HIDES_LEAVERS
    allowed = _Allowed()
    for change in changes:
        about = change["id"] or ids.get((change["kind"], change["key"]), "")
        allowed.attributes[about] |= written(change).keys()
        members = [
            (about, ids["user", key]) for key in change.get("members", []) if ("user", key) in ids
        ]
        match change["action"]:
            case "create":
                allowed.made.add(about)
            case "delete":
                allowed.gone.add(about)
            case "deactivate" if leave_nothing:
                allowed.gone.add(about)
            case "addMembers":
                allowed.added |= set(members)
            case "removeMembers":
                allowed.removed |= set(members)
            case _:
                pass
    return allowed


def _ids(carried: Carried) -> dict[tuple[str, str], str]:
    """Whom the keys of a plan stand for, those included whom it makes."""
    plan = carried.planned
    ids = {
        ("user", key): entry["id"]
        for key, entry in plan.plan["principals"].items()
        if entry["id"] is not None
    }
    for change in plan.changes:
        if change["action"] != "create":
            continue
        was_there = made(change, carried.before)
        just_made = (
            set(made(change, w.after)) - set(made(change, w.before)) for w in carried.log.writes
        )
        live = [*set[str]().union(*just_made), *was_there]
        if live:
            ids[change["kind"], change["key"]] = live[0]
    return ids


def _stands_in_the_plan(write: Request, allowed: _Allowed) -> None:
    before, after = write.before, write.after
    gone: set[str] = set()
    for kind in ("user", "group"):
        was, now = before.of(kind), after.of(kind)
        gone |= was.keys() - now.keys()
        assert was.keys() - now.keys() <= allowed.gone, ("somebody is gone", write)
        assert now.keys() - was.keys() <= allowed.made, ("somebody is new", write)
        for live in was.keys() & now.keys():
            differs = _differing(was[live], now[live])
            assert differs <= allowed.attributes[live], ("nobody planned", live, differs)
    for group in before.members.keys() & after.members.keys():
        was_in, is_in = before.members[group] - gone, after.members[group]
        assert {(group, m) for m in is_in - was_in} <= allowed.added, ("joined", group)
        assert {(group, m) for m in was_in - is_in} <= allowed.removed, ("left", group)


def _differing(one: object, other: object) -> set[str]:
    assert isinstance(one, dict) and isinstance(other, dict)
    return {name for name in one.keys() | other.keys() if one.get(name) != other.get(name)}


def _met_what_was_seen(write: Request, planned: Iterable[Change], carried: Carried) -> None:
    """What a write changes or deletes was looked at right before, and was as in the plan."""
    live = write.id
    if live is None or live not in write.before.of(write.kind):
        return
    differs = _differing(
        write.before.of(write.kind)[live], write.after.of(write.kind).get(live, {})
    )
    deleted = live not in write.after.of(write.kind)
    if not differs:
        return
    look = _look(write, carried)
    met = look.of(write.kind).get(live, {})
    seen = carried.planned.truth.of(write.kind).get(live, {})
    if deleted:
        about = [c for c in planned if c["id"] == live and c["action"] == "delete"]
        names = {"displayName", "userName", "active", "externalId"} if about else set()
        assert {met.get(n) == seen.get(n) for n in names} <= {True}, ("deleted, though moved", live)
        if write.kind == "group" and about:
            joined = look.members.get(live, frozenset()) - carried.planned.truth.members[live]
            assert not joined, ("deleted, though somebody joined", live)
        return
    result = write.after.of(write.kind)[live]
    for name in differs:
        # Activation has two states: whoever is not as wanted is due, whoever made them so.
        states = [seen.get(name), result.get(name)]
        assert name == "active" or met.get(name) in states, ("had moved", live, name, states)


def _look(write: Request, carried: Carried) -> Truth:
    """What we saw last before a write; right before it, where a version guards it."""
    company = carried.planned.oracle.company
    collection = f"/{write.kind.title()}s"
    looks = [
        look
        for look in carried.log.requests[: carried.log.requests.index(write)]
        if not look.writes and look.path in {collection, f"{collection}/{write.id}"}
        if "filter" not in look.query
    ]
    assert looks, ("written without a look", write.path)
    if company.profile in GUARDS_VERSIONS:
        return write.before
    slow = (write.at - looks[-1].at).total_seconds()
    assert slow <= LOOK_LASTS or isinstance(carried.incident, Stop), ("an old look", slow)
    return looks[-1].before


# Outcomes.


def every_change_ends_once(carried: Carried) -> None:
    """Statement 5: one outcome each, and it is what happened."""
    if carried.outcomes is None:
        return
    hashes = sorted(change["hash"] for change in carried.planned.changes)
    assert sorted(outcome["hash"] for outcome in carried.outcomes) == hashes
    statuses = {outcome["status"] for outcome in carried.outcomes}
    fine = statuses <= FINE
    stale = all(o["stale"] for o in carried.outcomes if o["status"] not in FINE)
    expected = {0} if fine else {6} if stale and not statuses & {"applied", "unknown"} else {1, 5}
    assert carried.code in expected, (carried.code, statuses)
    by_hash = {change["hash"]: change for change in carried.planned.changes}
    for outcome in carried.outcomes if not carried.log.meddled else ():
        if outcome["status"] in FINE:
            change = by_hash[outcome["hash"]]
            assert _holds(change, carried), ("told as done, and is not", change)


def _holds(change: Change, carried: Carried) -> bool:
    """Whether a change is as it should be once the apply has ended."""
    after, ids = carried.after, _ids(carried)
    live = change["id"] or ids.get((change["kind"], change["key"]))
    there = after.of(change["kind"])
    match change["action"]:
        case "create":
            return bool(made(change, after))
        case "delete":
            return live not in there
        case "deactivate":
            return not after.active(str(live))
        case "addMembers" | "removeMembers" if live in there:
            held = after.members[str(live)]
            members = {ids.get(("user", key)) for key in change["members"]}
            return members <= held if change["action"] == "addMembers" else not members & held
        case "update" | "reactivate":
            texts = {
                n: v for n, v in written(change).items() if n in {"title", "userName", "active"}
            }
            return all(there[str(live)].get(name) == value for name, value in texts.items())
        case _:
            return True


def unknown_is_settled_by_reading(carried: Carried) -> None:
    """Statement 5: nothing is sent again whose answer was lost until somebody has looked."""
    lost: dict[tuple[str, str, bytes], Request] = {}
    for request in carried.log.requests:
        what = (request.method, request.path, request.body)
        if not request.writes:
            lost = {w: r for w, r in lost.items() if r.kind != request.kind}
            continue
        assert what not in lost, ("sent again without a look", request.path)
        if request.status is None or request.status >= 500:
            lost[what] = request


# Order.


def grants_come_before_revokes(carried: Carried) -> None:
    """Statement 10: whoever keeps something holds it throughout, and leavers go first of all.

    Of applies that nobody disturbed, without a canary.
    """
    if not carried.undisturbed or carried.canary:
        return
    states = [carried.before, *(write.after for write in carried.log.writes)]
    held = [_holdings(state) for state in states]
    first, last = held[0], held[-1]
    for number, now in enumerate(held):
        for person in first.keys() & last.keys():
            kept = first[person] & last[person]
            assert kept <= now[person], (f"after write {number}", person, kept - now[person])
            if "account" in kept and len(first[person]) > 1 and len(last[person]) > 1:
                assert len(now[person]) > 1, (f"after write {number}", person, "is in no group")
    _leavers_first(carried)


def _holdings(truth: Truth) -> dict[str, frozenset[str]]:
    """The account, and the groups, of everybody who is there."""
    return {
        user: frozenset(
            [
                *(["account"] if truth.active(user) else []),
                *(group for group, members in truth.members.items() if user in members),
            ]
        )
        for user in truth.users
    }


def _leavers_first(carried: Carried) -> None:
    leavers = {c["id"] for c in carried.planned.changes if _is_urgent(c)}
    others = False
    for write in carried.log.writes:
        urgent = write.kind == "user" and write.id in leavers
        first = urgent and write.before.active(str(write.id))
        assert not (others and first), ("somebody whose access must end waited", write.id)
        others |= not urgent


def _is_urgent(change: Change) -> bool:
    leaves = change["action"] in {"deactivate", "delete"} and change["kind"] == "user"
    return leaves and change["cause"] in URGENT
