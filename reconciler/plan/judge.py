"""Whether a plan may be carried out: guardrails and protections, and what its provider's profile
holds back (`reconciler.plan.safety`).

Everything that is judged stands in the plan, so the verdict over a saved plan can be made again,
with the policies of today, or with those of the base and of the head of a pull request.

Beside the guardrails (`reconciler.plan.measure`): `protection:NAME`, which nobody can release;
`destructive-rename`, a rename that destroys what is behind the name; `groups-per-user`, beyond what
the provider keeps, which nobody can release either, because no word of anybody makes it keep more;
`not-alone`, another repository's marks where everything should be ours, which only another
ownership answers.

Each count only grows with the plan, and no limit depends on what the plan does, so one more removal
never turns a refusal into a yes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Final

from reconciler.model.change import (
    AddMembers,
    Change,
    Deactivate,
    Delete,
    Reactivate,
    RemoveMembers,
    Update,
)
from reconciler.model.identity import Kind, Subject, subject_of_member
from reconciler.model.note_code import NoteCode
from reconciler.model.plan import Plan
from reconciler.model.policy import (
    DEFAULT_LIMITS,
    Guard,
    Limit,
    Policies,
    Protection,
    Verdict,
    Violation,
)
from reconciler.model.profile.clauses import Safety
from reconciler.model.words import counted
from reconciler.plan.hashes import hashes_of
from reconciler.plan.measure import PEOPLE, RENAMES, Measure, measures
from reconciler.plan.safety import unsafe

#: A provider of which no profile says anything.
UNHELD: Final = Safety()
#: How many places of one guardrail are violations of their own.
_APART: Final = 3


def judge(plan: Plan, policies: Policies, safety: Safety = UNHELD) -> Verdict:
    """The verdict over `plan`. A guardrail that `policies` do not mention keeps its default."""
    # That nothing at all is desired is never a matter of configuration.
    always = {Guard.NOTHING_DESIRED: DEFAULT_LIMITS[Guard.NOTHING_DESIRED]}
    limits = {**DEFAULT_LIMITS, **policies.limits, **always}
    tripped = [_guard(measure, limits[measure.guard]) for measure in measures(plan)]
    found = [
        *_together([violation for violation in tripped if violation is not None]),
        *(_protection(protection, plan) for protection in policies.protections),
        _destructive_rename(plan),
        _groups_per_user(plan),
        _not_alone(plan),
        *unsafe(plan, safety),
    ]
    violations = (violation for violation in found if violation is not None)
    return Verdict(tuple(sorted(violations, key=lambda v: (v.check, v.message))))


def judge_all(plan: Plan, policies: Sequence[Policies], safety: Safety) -> Verdict:
    """The violations of every set of policies: those of the base revision and those of the head."""
    violations = {
        (violation.check, violation.token): violation
        for rules in policies
        for violation in judge(plan, rules, safety).violations
    }
    return Verdict(tuple(violations[key] for key in sorted(violations)))


def _guard(measure: Measure, limit: Limit) -> Violation | None:
    allowed = limit.allowed(measure.population)
    if measure.count <= allowed:
        return None
    check = measure.guard.value if measure.about is None else f"{measure.guard}:{measure.about}"
    who = counted(measure.count, *measure.noun)
    are = "is" if allowed == 1 else "are"
    message = f"{who} would {measure.what}; {allowed:,} {are} allowed{_rule(limit, measure)}"
    return Violation(check, message, measure.way_out, hashes_of(measure.changes))


def _together(tripped: Sequence[Violation]) -> Iterator[Violation]:
    """One violation for a guardrail that trips in many places, so that people can read the rest.

    Its acknowledgement covers all of the places, and falls with any change in any of them.
    """
    by_guard: defaultdict[str, list[Violation]] = defaultdict(list)
    for violation in tripped:
        by_guard[violation.check.partition(":")[0]].append(violation)
    for guard, violations in by_guard.items():
        if len(violations) <= _APART:
            yield from violations
            continue
        violations.sort(key=lambda v: v.check)
        named = "; ".join(violation.message for violation in violations[:_APART])
        yield Violation(
            guard,
            f"trips in {len(violations)} places: {named}; and {len(violations) - _APART} more",
            violations[0].way_out,
            tuple(sorted({each for violation in violations for each in violation.hashes})),
        )


def _rule(limit: Limit, measure: Measure) -> str:
    if not limit.share:
        return ""
    share = f"{limit.share * 100:.10g} % of {measure.population:,} {measure.of}"
    cap = "" if limit.cap is None else f", at most {limit.cap:,}"
    return f" (max of {limit.floor:,} and {share}{cap})"


def _protection(protection: Protection, plan: Plan) -> Violation | None:
    protected = {
        *(Subject(Kind.USER, key) for key in protection.users),
        *(Subject(Kind.GROUP, key) for key in protection.groups),
    }
    hit = {change: found for change in plan.changes if (found := _losers(change) & protected)}
    if not hit:
        return None
    losers = sorted(map(str, set[Subject]().union(*hit.values())))
    return Violation(
        f"protection:{protection.name}",
        f"this plan takes something from {', '.join(losers)}, from whom nothing is ever taken",
        f"see why it would, and undo that; or change the protection at {protection.at} first",
        hashes_of(hit),
        releasable=False,
    )


def _losers(change: Change) -> set[Subject]:
    """From whom a change takes something: access, membership, members, or the account itself."""
    match change:
        case Deactivate():
            return {change.subject}
        case Delete(members=members) | RemoveMembers(members=members):
            return {change.subject, *map(subject_of_member, members)}
        case Update() | Reactivate() if change.irreversible is not None:
            return {change.subject}
        case _:
            return set()


def _destructive_rename(plan: Plan) -> Violation | None:
    renames = [c for c in plan.changes if isinstance(c, Update | Reactivate) and c.irreversible]
    if not renames:
        return None
    names = ", ".join(sorted(str(change.subject) for change in renames))
    return Violation(
        "destructive-rename",
        f"{counted(len(renames), *RENAMES)} would destroy what is behind the old name: {names}",
        "tell the people first, or keep the old name",
        hashes_of(renames),
    )


def _groups_per_user(plan: Plan) -> Violation | None:
    beyond = {note.key for note in plan.notes if note.code == NoteCode.TOO_MANY_GROUPS}
    hit = [
        change
        for change in plan.changes
        if isinstance(change, AddMembers) and not beyond.isdisjoint(change.members)
    ]
    if not hit:
        return None
    people = sorted({key for change in hit for key in change.members} & beyond)
    return Violation(
        "groups-per-user",
        f"{counted(len(people), *PEOPLE)} would be in more groups than the provider keeps: "
        + ", ".join(people),
        "take them out of groups that they no longer need first, in a plan of its own",
        hashes_of(hit),
        releasable=False,
    )


def _not_alone(plan: Plan) -> Violation | None:
    found = sorted({note.message for note in plan.notes if note.code == NoteCode.NOT_ALONE})
    if not found:
        return None
    return Violation(
        "not-alone",
        "; ".join(found),
        "write `ownership: marked` or a rule, in both repositories; or remove marks that nobody "
        "needs any more at the provider",
        hashes_of(plan.changes),
        releasable=False,
    )
