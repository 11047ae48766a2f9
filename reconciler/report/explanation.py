"""Why somebody has, or has not, what they have at a target: as text for people.

One question a paragraph, in the order in which they are decided; each answer with the line that
makes it so. `reconciler.report.explanation_data` has the same for programs.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final, assert_never

from reconciler.desired.clauses import describe
from reconciler.desired.scoping import FilterResult, GroupResult
from reconciler.desired.truth import Truth
from reconciler.model.desired import Excluded, MatchKey, Provisioned, Standing, Undetermined
from reconciler.model.element import called
from reconciler.model.identity import Kind
from reconciler.model.mapping import Constant, Direct, Expression, Untouched
from reconciler.model.policy import Verdict
from reconciler.model.show import inert, plain, show
from reconciler.plan.explain.access import Access, Answer
from reconciler.plan.explain.declared import Explanation, LivePart
from reconciler.plan.explain.live import Candidate, Conflicted, Matched, Matching, NotFound
from reconciler.plan.explain.outcome import Outcome
from reconciler.plan.explain.undeclared import Anybody
from reconciler.plan.explain.values import Comparison, ExplainedAttribute, Input
from reconciler.plan.pairing import Proof, Way
from reconciler.plan.skips import skip_by_git
from reconciler.report.explanation_members import membership_lines
from reconciler.report.explanation_words import TRUTHS, because, located
from reconciler.report.style import Detail, Style, Tone
from reconciler.report.text import body_lines, verdict_lines
from reconciler.report.view import place, prepare, who

_COMPARISONS: Final = {
    Comparison.SAME: ("=", Tone.QUIET, "live the same"),
    Comparison.DIFFERS: ("~", Tone.CHANGE, "differs"),
    Comparison.NOT_LIVE: (".", Tone.QUIET, ""),
    Comparison.ON_CREATE: (".", Tone.QUIET, "written on creation only"),
    Comparison.KEPT: (".", Tone.QUIET, "what is there stays, because the mapping only adds"),
    Comparison.IMMUTABLE: (".", Tone.QUIET, "differs, and cannot be changed after creation"),
    Comparison.NOT_SHOWN: (".", Tone.QUIET, "the provider does not show it"),
    Comparison.SWITCHED: (".", Tone.QUIET, "switched by deactivating and reactivating"),
    Comparison.NOT_KEPT: (".", Tone.QUIET, "not kept up to date"),
    Comparison.NOT_MANAGED: (".", Tone.QUIET, "not managed"),
    Comparison.UNDETERMINED: ("?", Tone.BAD, "undetermined"),
}
_PROOFS: Final = {
    Proof.MARK: "our mark",
    Proof.LEDGER: "the id that the ledger recorded",
    Proof.OBJECT_ID: "the object id",
}


def explanation_lines(explained: Explanation, style: Style, detail: Detail) -> Iterator[str]:
    """The whole explanation, line by line."""
    yield located(heading_text(explained, style), explained.at, style)
    yield f"  {standing_text(explained.standing, style)}"
    yield ""
    yield "Access"
    yield from access_lines(explained.access, style)
    if explained.live is not None:
        yield ""
        yield "Live"
        yield from matching_lines(explained.live.matching, explained.subject.kind, style)
    yield ""
    yield "Attributes"
    for attribute in explained.attributes:
        yield from attribute_lines(attribute, explained.live, style)
    yield from membership_lines(explained, style, detail)
    yield ""
    if explained.live is None:
        said = "the target was not read, so no change can be named"
        skip = skip_by_git(explained.standing)
        skipped = "" if skip is None else f"; Git does not provision it ({skip})"
        yield f"{style.mark(Tone.STRONG, 'Result')}: {said}{skipped}."
    else:
        yield from result_lines(explained.live.outcome, explained.subject.kind, style, detail)


def heading_text(explained: Anybody, style: Style) -> str:
    """Who, at which target, as of when."""
    name = who(explained.subject.kind, explained.subject.key, explained.name)
    return style.mark(
        Tone.STRONG,
        f"{name} at {plain(explained.target)} ({plain(explained.profile)}), "
        f"as of {explained.as_of:%Y-%m-%d %H:%M} UTC",
    )


def standing_text(standing: Standing, style: Style) -> str:
    """Whether somebody should be there, and why."""
    match standing:
        case Provisioned(reason=reason):
            return because(style.mark(Tone.GOOD, "should be there"), reason, style)
        case Excluded(cause=cause, reason=reason, managed=managed):
            kept = ", attributes kept up to date" if managed else ""
            said = style.mark(Tone.BAD, f"should not be there ({cause}{kept})")
            return because(said, reason, style)
        case Undetermined(code=code, reason=reason):
            said = style.mark(Tone.CHANGE, f"undetermined ({code})")
            return because(said, reason, style)
        case _:
            assert_never(standing)


def access_lines(access: Access, style: Style) -> Iterator[str]:
    """Active, assigned, role, filter: the questions of Entra's scoping step, in its order."""
    yield answer_line("active in Git", access.active, style)
    yield answer_line("assigned", access.assigned, style)
    for number, grant in enumerate(access.grants):
        if number:
            yield located(f"      also {plain(grant.reason.text)}", grant.at, style)
        way = None if grant.through is None else access.ways.get(grant.through)
        if way is not None:
            yield located(f"        {inert(way.text)}", way.at, style)
    yield f"  roles: {', '.join(map(show, access.roles)) or 'none'}"
    if access.entitled is not None:
        yield answer_line("entitled by role", access.entitled, style)
    if access.included is not None:
        yield answer_line("in no excluded class", access.included, style)
    match access.filter:
        case None:
            yield "  scoping filter: none, so everybody passes"
        case Undetermined(reason=reason):
            yield answer_line("scoping filter", Answer(Truth.UNDETERMINED, reason), style)
        case FilterResult() as result:
            tone, word = TRUTHS[result.truth]
            name = f"scoping filter {plain(result.filter.name)}"
            yield located(f"  {name}: {style.mark(tone, word)}", result.filter.at, style)
            for group in result.groups:
                yield from _filter_group(group, style)
        case _:
            assert_never(access.filter)


def _filter_group(result: GroupResult, style: Style) -> Iterator[str]:
    yield located(
        f"      {show(result.group.name)}: {_truth(result.truth, style)}", result.group.at, style
    )
    for clause in result.clauses:
        seen = inert(f"{clause.clause.attribute} is {show(clause.seen)}")
        said = f"        {inert(describe(clause.clause))}: {_truth(clause.truth, style)}; {seen}"
        if clause.truth is Truth.UNDETERMINED:
            said = f"{said}; {inert(clause.why)}"
        yield located(said, clause.clause.at, style)
    if result.when is not None:
        condition = plain(result.group.when or "")
        said = f"        when {condition}: {_truth(result.when.truth, style)}"
        undecided = result.when.truth is Truth.UNDETERMINED
        yield f"{said}; {inert(result.when.why)}" if undecided else said
        for name, held in result.when.seen:
            yield f"          {inert(f'{name} is {show(held)}')}"


def _truth(truth: Truth, style: Style) -> str:
    return style.mark(TRUTHS[truth][0], truth)


def answer_line(question: str, answer: Answer, style: Style) -> str:
    """`question: yes: why`."""
    tone, word = TRUTHS[answer.truth]
    return because(f"  {question}: {style.mark(tone, word)}", answer.reason, style)


def matching_lines(matching: Matching, kind: Kind, style: Style) -> Iterator[str]:
    """Which live resource is theirs, found by what, owned why; or why none is."""
    match matching:
        case Matched(live=live, by=by, adopting=adopting):
            yield f"  found: {candidate_text(live, kind)}, by {_way(by)}"
            yield answer_line("owned", live.owned, style)
            if adopting:
                yield "  ownership is taken with this plan (adopt)"
        case Conflicted(code=code, reason=reason, by=by, candidates=candidates):
            said = style.mark(Tone.BAD, f"conflict ({code})")
            yield because(f"  {said}", reason, style)
            for live in candidates:
                owned = answer_line("owned", live.owned, style).strip()
                yield f"      {candidate_text(live, kind)}, by {_way(by)}; {owned}"
        case NotFound(tried=tried, certain=certain, reason=reason):
            word = "none" if certain else "none that is certain"
            yield because(f"  live {kind}: {word}", reason, style)
            for key in tried:
                yield f"      looked for {_key(key)}"
        case _:
            assert_never(matching)


def candidate_text(live: Candidate, kind: Kind) -> str:
    """A live resource in a few words."""
    state = "" if kind is Kind.GROUP else ", active" if live.active else ", switched off"
    return f"{show(live.name)} ({plain(live.id)}){state}"


def _way(way: Way) -> str:
    return _PROOFS[way] if isinstance(way, Proof) else _key(way)


def _key(key: MatchKey) -> str:
    order = f", precedence {key.precedence}" if key.precedence else ""
    parts = " and ".join(f"{plain(path.text)} {show(value)}" for path, value in key.parts)
    return f"{parts}{order}"


def attribute_lines(
    attribute: ExplainedAttribute, live: LivePart | None, style: Style
) -> Iterator[str]:
    """One attribute: wanted and live, from what, by which line."""
    symbol, tone, word = _COMPARISONS[attribute.comparison]
    path = attribute.rule.target.text
    known = attribute.comparison not in {Comparison.NOT_MANAGED, Comparison.UNDETERMINED}
    parts = [f"wanted {show(called(path, attribute.wanted))}"] if known else []
    if live is not None and isinstance(live.matching, Matched):
        parts.append(f"live {show(called(path, attribute.live))}")
    if attribute.comparison is Comparison.SAME:
        wanted, held = (show(called(path, v)) for v in (attribute.wanted, attribute.live))
        parts, word = [wanted], word if wanted == held else f"live {held} counts as the same"
    said = ": ".join(text for text in (", ".join(parts), word) if text)
    text = f"  {style.mark(tone, symbol)} {plain(attribute.rule.target.text)}: {said}"
    yield located(text, attribute.rule.at, style)
    yield from _source(attribute, style)
    if attribute.problem is not None:
        yield because(f"      {style.mark(Tone.BAD, 'problem')}", attribute.problem, style)


def _source(attribute: ExplainedAttribute, style: Style) -> Iterator[str]:
    rule = attribute.rule
    default = "" if rule.default is None else f", default {show(rule.default)}"
    match rule.source:
        case Direct():
            (given,) = attribute.inputs
            yield located(f"      from {_input(given)}{default}", given.at, style)
        case Constant(value=value):
            yield f"      from the constant {show(value)}"
        case Expression(text=text):
            yield f"      from {plain(text)}{default}"
            for given in attribute.inputs:
                yield located(f"        {_input(given)}", given.at, style)
        case Untouched():
            yield f"      left alone{default}"
        case _:
            assert_never(rule.source)


def _input(given: Input) -> str:
    name = plain(given.attribute)
    if not given.written:
        return f"{name}, which is not written"
    over = "" if given.overrides is None else f", over what {place(given.overrides)} says"
    return f"{name} {show(given.value)}{over}"


def result_lines(outcome: Outcome, kind: Kind, style: Style, detail: Detail) -> Iterator[str]:
    """What a plan does, or why it does nothing."""
    label = style.mark(Tone.STRONG, "Result")
    if outcome.nothing is not None:
        reason = outcome.nothing.reason
        itself = " itself" if outcome.plan.changes else ""
        said = f"{label}: nothing to do for the {kind}{itself} ({outcome.nothing.skip})"
        yield because(said, reason, style)
    else:
        yield f"{label}: this is what a plan does"
    known = None if outcome.nothing is None else outcome.nothing.reason.text
    notes = tuple(note for note in outcome.plan.notes if note.message != known)
    for line in body_lines(prepare(replace(outcome.plan, notes=notes), detail), style):
        yield f"  {line}" if line else ""
    for gap in outcome.plan.gaps:
        yield style.mark(Tone.BAD, "Incomplete: ") + inert(gap)
    yield from verdict_lines(Verdict(outcome.violations), style)
