"""Why somebody has, or has not, what they have at a target: as data for programs.

Entra's words stand where people search for them: the skip reason, and the answers of its scoping
step (`IsActive`, `Assigned`, `IsEffectivelyEntitledForProvisioning`).
"""

from __future__ import annotations

from typing import assert_never

from reconciler.desired.assignment import Grant
from reconciler.desired.scoping import FilterResult, GroupResult
from reconciler.model.desired import Excluded, MatchKey, Provisioned, Reason, Standing, Undetermined
from reconciler.model.mapping import Constant, Direct, Expression, MappingRule, Untouched
from reconciler.model.policy import Verdict
from reconciler.plan.explain.access import Access, Answer
from reconciler.plan.explain.declared import Explanation, LivePart
from reconciler.plan.explain.live import Candidate, Conflicted, Matched, Matching, NotFound
from reconciler.plan.explain.members import Membership
from reconciler.plan.explain.outcome import Outcome
from reconciler.plan.explain.values import ExplainedAttribute
from reconciler.plan.pairing import Proof, Way
from reconciler.plan.skips import skip_by_git
from reconciler.report.data import TRUTHS, Data, place_data, value_data
from reconciler.report.planfile import as_data, save


def explanation_data(explained: Explanation) -> Data:
    """The whole explanation as JSON data; truth is true, false or null (undetermined)."""
    live = explained.live
    return {
        "subject": str(explained.subject),
        "name": explained.name,
        "at": place_data(explained.at),
        "target": explained.target,
        "profile": explained.profile,
        "asOf": explained.as_of.isoformat(),
        "standing": standing_data(explained.standing),
        "access": _access(explained.access),
        "attributes": [_attribute(attribute) for attribute in explained.attributes],
        "membership": explained.mode,
        "memberships": [membership_data(membership) for membership in explained.memberships],
        "live": None if live is None else _matching(live.matching),
        "result": None if live is None else result_data(live.outcome),
        "entra": _entra(explained.access, explained.standing, live),
    }


def standing_data(standing: Standing) -> Data:
    """Whether somebody should be there, and why."""
    match standing:
        case Provisioned(reason=reason):
            return {"standing": "provisioned", "reason": _reason(reason)}
        case Excluded(cause=cause, reason=reason, managed=managed):
            return {
                "standing": "excluded",
                "cause": cause.value,
                "attributesKept": managed,
                "reason": _reason(reason),
            }
        case Undetermined(code=code, reason=reason):
            return {"standing": "undetermined", "code": code, "reason": _reason(reason)}
        case _:
            assert_never(standing)


def _access(access: Access) -> Data:
    return {
        "active": _answer(access.active),
        "assigned": _answer(access.assigned),
        "assignments": [
            {
                "assignment": grant.assignment,
                "through": grant.through,
                "role": grant.role,
                "at": place_data(grant.at),
                "way": _way_in(access, grant),
            }
            for grant in access.grants
        ],
        "roles": list(access.roles),
        "entitled": None if access.entitled is None else _answer(access.entitled),
        "included": None if access.included is None else _answer(access.included),
        "filter": _filter(access.filter),
    }


def _way_in(access: Access, grant: Grant) -> Data | None:
    way = None if grant.through is None else access.ways.get(grant.through)
    return None if way is None else _reason(way)


def _filter(found: FilterResult | Undetermined | None) -> Data | None:
    match found:
        case None:
            return None
        case Undetermined(reason=reason):
            return {"name": None, "passes": None, "reason": _reason(reason), "anyOf": []}
        case FilterResult():
            return {
                "name": found.filter.name,
                "passes": TRUTHS[found.truth],
                "reason": _reason(found.reason),
                "anyOf": [_filter_group(group) for group in found.groups],
            }
        case _:
            assert_never(found)


def _filter_group(result: GroupResult) -> Data:
    when = result.when
    return {
        "name": result.group.name,
        "truth": TRUTHS[result.truth],
        "at": place_data(result.group.at),
        "allOf": [
            {
                "attribute": clause.clause.attribute,
                "operator": clause.clause.unsupported or clause.clause.operator.value,
                "value": clause.clause.value,
                "seen": value_data(clause.seen),
                "truth": TRUTHS[clause.truth],
                "why": clause.why,
                "at": place_data(clause.clause.at),
            }
            for clause in result.clauses
        ],
        "when": None
        if when is None
        else {
            "condition": result.group.when,
            "truth": TRUTHS[when.truth],
            "why": when.why,
            "seen": {name: value_data(held) for name, held in when.seen},
        },
    }


def _matching(matching: Matching) -> Data:
    match matching:
        case Matched(live=live, by=by, adopting=adopting):
            return {"found": candidate_data(live), "by": _way(by), "adopting": adopting}
        case Conflicted(code=code, reason=reason, by=by, candidates=candidates):
            return {
                "found": None,
                "conflict": code,
                "reason": _reason(reason),
                "by": _way(by),
                "candidates": [candidate_data(live) for live in candidates],
            }
        case NotFound(tried=tried, certain=certain, reason=reason):
            return {
                "found": None,
                "reason": _reason(reason),
                "certain": certain,
                "tried": [_way(key) for key in tried],
            }
        case _:
            assert_never(matching)


def candidate_data(live: Candidate) -> Data:
    """A live resource."""
    return {
        "id": live.id,
        "name": live.name,
        "active": live.active,
        "owned": _answer(live.owned),
    }


def _way(way: Way) -> Data:
    match way:
        case Proof():
            return {"proof": way.value}
        case MatchKey(path=path, value=value, precedence=precedence, also=also):
            key: Data = {"attribute": path.text, "value": value, "precedence": precedence or None}
            more = [{"attribute": other.text, "value": held} for other, held in also]
            return {**key, "also": more} if more else key
        case _:
            assert_never(way)


def _attribute(attribute: ExplainedAttribute) -> Data:
    return {
        "target": attribute.rule.target.text,
        "at": place_data(attribute.rule.at),
        "source": _source(attribute.rule),
        "inputs": [
            {
                "attribute": given.attribute,
                "written": given.written,
                "value": value_data(given.value),
                "at": place_data(given.at),
                "overrides": place_data(given.overrides),
            }
            for given in attribute.inputs
        ],
        "wanted": value_data(attribute.wanted),
        "live": value_data(attribute.live),
        "comparison": attribute.comparison.value,
        "problem": None if attribute.problem is None else _reason(attribute.problem),
    }


def _source(rule: MappingRule) -> Data:
    match rule.source:
        case Direct(attribute=name):
            return {"attribute": name}
        case Constant(value=value):
            return {"constant": value_data(value)}
        case Expression(text=text):
            return {"expression": text}
        case Untouched():
            return {"default": value_data(rule.default)}
        case _:
            assert_never(rule.source)


def membership_data(membership: Membership) -> Data:
    """One person in one group."""
    belonging = membership.belonging
    return {
        "group": membership.group.key,
        "groupName": membership.group.name,
        "member": membership.member.key,
        "memberName": membership.member.name,
        "declared": None if belonging.declared is None else _reason(belonging.declared),
        "wanted": TRUTHS[belonging.wanted],
        "why": _reason(belonging.why),
        "live": membership.live.value,
        "move": membership.move.value,
        "stays": membership.stays,
        "waits": membership.waits,
    }


def result_data(outcome: Outcome) -> Data:
    """What a plan does, or why it does nothing."""
    data = as_data(save(outcome.plan, Verdict(outcome.violations)))
    nothing = outcome.nothing
    return {
        "changes": data["plan"]["changes"],
        "notes": data["plan"]["notes"],
        "gaps": data["plan"]["gaps"],
        "violations": data["verdict"]["violations"],
        "nothing": None if nothing is None else _reason(nothing.reason),
    }


def _entra(access: Access, standing: Standing, live: LivePart | None) -> Data:
    if live is None:
        skip = skip_by_git(standing)
    else:
        skip = None if live.outcome.nothing is None else live.outcome.nothing.skip
    assigned = TRUTHS[access.assigned.truth]
    return {
        "skipReason": None if skip is None else skip.value,
        "IsActive": TRUTHS[access.active.truth],
        "Assigned": assigned,
        # Where the target does not ask for roles, every role provisions.
        "IsEffectivelyEntitledForProvisioning": (
            assigned if access.entitled is None else TRUTHS[access.entitled.truth]
        ),
    }


def _answer(answer: Answer) -> Data:
    return {"truth": TRUTHS[answer.truth], "reason": _reason(answer.reason)}


def _reason(reason: Reason) -> Data:
    return {"text": reason.text, "at": place_data(reason.at)}
