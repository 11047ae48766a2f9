"""Statements 8 and 9: guardrails and protections, counted once more."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from math import ceil

from tests.lives.company import DESTROYS, HIDES_MEMBERS, Policies
from tests.lives.evidence import Change, Planned
from tests.lives.oracle import BY_ATTRIBUTES, Stand

#: max(floor, ⌈share of the population⌉) where the policies say nothing (`policies/README.md`).
DEFAULTS = {
    "deactivations": (3, 0.005),
    "deletions": (1, 0.002),
    "groupDeletions": (0, 0.0),
    "memberRemovals": (5, 0.10),
    "attributeChanges": (10, 0.05),
    "leavingScope": (3, 0.005),
    "creates": (50, 0.05),
    "privilegedAdditions": (5, 0.0),
}
#: Checks that rest on what only the ledger or the provider's limits know; they may trip or not.
REST = frozenset({"widenedOwnership", "groups-per-user", "not-alone"})


def guardrails_trip(planned: Planned) -> None:
    """What the tree of the head *or* of the base forbids blocks the plan, and nothing else does.

    Not judged where the reading was spoilt: then the plan counts what it saw.
    """
    if planned.cut:
        return
    company = planned.oracle.company
    expected = {*tripped(planned, company.head), *tripped(planned, company.base)}
    found = {violation["check"].partition(":")[0] for violation in planned.violations}
    assert expected <= found, f"{expected - found} should have tripped"
    assert found <= expected | REST, f"{found - expected} should not have tripped"
    if not planned.plan["gaps"]:
        assert planned.code == (3 if found else 0), (planned.code, found)


def tripped(planned: Planned, policies: Policies) -> Iterator[str]:
    """The checks of one tree of policies that a plan does not pass."""
    for (guard, about), count in _counts(planned).items():
        floor, share = DEFAULTS[guard]
        if guard in policies.floors:
            floor, share = policies.floors[guard], 0.0
        population = _population(guard, about, planned)
        if count > max(floor, ceil(round(share * population, 9))):
            yield guard
    if any(policies.protected & set(_losers(change)) for change in planned.changes):
        yield "protection"
    if planned.oracle.company.profile in DESTROYS and any(map(_renames, planned.changes)):
        yield "destructive-rename"
    if _nobody_is_left(planned):
        yield "nothingDesired"


def _counts(planned: Planned) -> Counter[tuple[str, str]]:
    """What each guardrail counts, of what."""
    found: Counter[tuple[str, str]] = Counter()
    for change in planned.changes:
        kind, action = change["kind"], change["action"]
        leaves = action in {"deactivate", "delete"} and kind == "user"
        found["deactivations", kind] += action == "deactivate"
        found["deletions", kind] += action == "delete" and kind == "user"
        found["groupDeletions", kind] += action == "delete" and kind == "group"
        found["leavingScope", kind] += leaves and change["cause"] in BY_ATTRIBUTES
        if planned.truth.of(kind):
            found["creates", kind] += action in {"create", "reactivate"}
        if action == "removeMembers":
            found["memberRemovals", change["id"]] = len(change["members"])
        if action == "addMembers" and change["privileged"]:
            found["privilegedAdditions", kind] += len(change["members"])
        for path in _rewritten(change):
            found["attributeChanges", f"{kind} {path}"] += 1
    return found


def _population(guard: str, about: str, planned: Planned) -> int:
    oracle, truth = planned.oracle, planned.truth
    if guard == "memberRemovals":
        if oracle.company.profile in HIDES_MEMBERS:
            held = (c["held"] for c in planned.changes if c["id"] == about and c.get("held"))
            return int(next(held))
        return len(truth.members[about])
    if about.startswith("group"):
        return sum(oracle.owned("group", group) for group in truth.groups.values())
    return sum(truth.active(i) and oracle.owned("user", u) for i, u in truth.users.items())


def _rewritten(change: Change) -> Iterator[str]:
    """The attributes of somebody live that get another value, activation apart."""
    if change["action"] in {"update", "reactivate"}:
        yield from (p["path"] for p in change["changes"] if p["path"] != "active")
    if change["action"] == "setReferences" and change["id"] is not None:
        yield from (p["path"] for p in change["references"])


def _losers(change: Change) -> Iterator[str]:
    """People from whom a change takes something."""
    if change["action"] in {"delete", "removeMembers"}:
        yield from change["members"]
    if change["kind"] == "user" and change["action"] in {"delete", "deactivate"}:
        yield change["key"]
    if change["action"] in {"update", "reactivate"} and change["irreversible"]:
        yield change["key"]


def _renames(change: Change) -> bool:
    return "userName" in _rewritten(change)


def _nobody_is_left(planned: Planned) -> bool:
    """Whether something is taken while nobody, or no group, should be there at all."""
    oracle = planned.oracle
    nobody = not any(oracle.stands(key, Stand.IN) for key in oracle.people)
    no_group = not any(oracle.reaches(team) for team in oracle.company.teams)
    return any(
        (nobody and c["action"] in {"deactivate", "removeMembers"})
        or (nobody and c["action"] == "delete" and c["kind"] == "user")
        or (no_group and c["action"] == "delete" and c["kind"] == "group")
        for c in planned.changes
    )
