"""Whether what an Expectation says holds, and who breaks it.

Asked of the same memberships and standings from which a plan is made (`reconciler.desired.roster`).
Three answers are possible and one is good: an assertion that is broken and one that cannot be
decided are both errors, told apart in words.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final, assert_never
from zoneinfo import ZoneInfo

from reconciler.desired.assertions import Broken, Doubtful, Judge
from reconciler.desired.desire import desire_for
from reconciler.desired.grounds import find_grounds
from reconciler.desired.membership import call_rolls
from reconciler.desired.roster import AsDeclared, AtTarget, Reading
from reconciler.desired.suspects import Results, suspects
from reconciler.model.declared import Declared
from reconciler.model.diagnostic import Diagnostic, error, ordered
from reconciler.model.expectation import Assertion, Expectation, mentions
from reconciler.model.identity import UserKey
from reconciler.model.key import PUBLIC_KEY
from reconciler.model.period import Moment, start_of
from reconciler.model.show import plain

#: The one code that `failures` gives; `manifests/README.md` explains it.
FAILED: Final = "expectation-failed"


def failures(declared: Declared, *, as_of: datetime) -> tuple[Diagnostic, ...]:
    """Every assertion that does not hold, at its line, in order.

    `as_of` (with an offset) is the instant of those that name none. `declared` must be without
    errors: names that nobody declares were reported where they stand.
    """
    asked: dict[tuple[str | None, Moment | None], list[Expectation]] = {}
    for _, written in sorted(declared.expectations.items()):
        expectation = replace(written, assertions=tuple(_about_somebody(written, declared)))
        asked.setdefault((expectation.target, expectation.as_of), []).append(expectation)
    return ordered(
        found
        for (target, moment), expectations in asked.items()
        for found in _sitting(declared, target, moment, expectations, as_of)
    )


def _about_somebody(expectation: Expectation, declared: Declared) -> Iterator[Assertion]:
    """The assertions about people who are there: whoever has left a source is reported already."""
    for assertion in expectation.assertions:
        if declared.users.keys() >= set(mentions(assertion).users):
            yield assertion


def _sitting(
    declared: Declared,
    target: str | None,
    moment: Moment | None,
    expectations: Iterable[Expectation],
    as_of: datetime,
) -> Iterator[Diagnostic]:
    """What does not hold of expectations about one target at one instant: read once for all."""
    zone = UTC if target is None else ZoneInfo(declared.targets[target].time_zone)
    instant = as_of if moment is None else start_of(moment, zone)
    expectations = tuple(expectations)
    assertions = [each for expectation in expectations for each in expectation.assertions]
    results = Results(declared, instant)
    reading: Reading
    if target is None:
        groups = {group for assertion in assertions for group in mentions(assertion).groups}
        rolls = call_rolls(declared, sorted(groups), as_of=instant, zone=zone)
        reading = AsDeclared(declared, rolls, instant, zone)
    else:
        found = declared.targets[target]
        grounds = find_grounds(
            declared, found, declared.profiles[found.profile], as_of=instant, key=PUBLIC_KEY
        )
        people = set[UserKey]().union(*(suspects(a, grounds.rolls, results) for a in assertions))
        reading = AtTarget(grounds, desire_for(grounds, people))
    where = "" if target is None else f" at {target}"
    when = "" if moment is None else f" as of {moment.isoformat()}"
    judge = Judge(reading, results)
    for expectation in expectations:
        for assertion in expectation.assertions:
            answer = judge.answer(assertion)
            if answer is not None:
                yield _diagnostic(expectation, assertion, answer, where + when)


def _diagnostic(
    expectation: Expectation, assertion: Assertion, answer: Broken | Doubtful, where: str
) -> Diagnostic:
    ask = "" if expectation.owner is None else f" (ask {plain(expectation.owner)})"
    because = f"it is expected because: {plain(expectation.because)}"
    match answer:
        case Broken(wanted=wanted, found=found):
            said = f"{wanted}{where}, and {found}"
            hint = f"change what is named here, or what is expected{ask}; {because}"
        case Doubtful(wanted=wanted, why=why):
            said = f"{wanted}{where}, which is not certain: {why}"
            hint = (
                "what is not certain does not hold: mend what is named here, or change what is "
                f"expected{ask}; {because}"
            )
        case unknown:
            assert_never(unknown)
    return error(FAILED, f"Expectation {expectation.name}: {said}", assertion.at, hint=hint)
