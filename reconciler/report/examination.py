"""What `doctor` found out: for people at the terminal, and as a report that they can pass on.

The report has no token, host, name or address in it, and no name of the target's or of a profile
of one's own either: only what `Finding` says can be passed on, and values of a profile.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Final

from reconciler.model.examination import Compared, Examination, Finding, Level
from reconciler.model.show import plain
from reconciler.report.style import Style, Tone

_TONES: Final = {
    Level.GOOD: Tone.GOOD,
    Level.NOTE: Tone.QUIET,
    Level.WARNING: Tone.CHANGE,
    Level.PROBLEM: Tone.BAD,
}


def examination_lines(found: Examination, style: Style) -> Iterator[str]:
    """Everything, what only these people should see included."""
    yield style.mark(Tone.STRONG, plain(found.target)) + f" ({plain(found.profile)})"
    for finding in found.findings:
        private = f" [{plain(finding.private)}]" if finding.private else ""
        level = style.mark(_TONES[finding.level], f"{finding.level:8}")
        yield f"  {level} {finding.about}: {plain(finding.said)}{private}"
        if finding.hint:
            yield f"           {plain(finding.hint)}"
    if found.compared:
        yield ""
        yield style.mark(Tone.STRONG, "Seen beside the profile")
        for each in found.compared:
            yield f"  {_compared(each)}"
    if found.left:
        yield ""
        yield style.mark(Tone.BAD, "Left behind") + ", to be removed by hand or with --clean:"
        yield from (f"  {plain(name)}" for name in found.left)
    yield ""
    yield f"Requests: {found.sent} sent, {found.announced} announced."
    if found.news:
        yield ""
        yield "As a manifest, with what was seen and the profile does not vouch for:"
        yield ""
        yield from proposal_lines(found)


def proposal_lines(found: Examination) -> Iterator[str]:
    """A `kind: Profile` that says what was seen."""
    yield "apiVersion: reconciler/v1"
    yield "kind: Profile"
    yield f"metadata: {{name: {plain(found.family)}-as-seen}}"
    yield "spec:"
    yield f"  extends: {plain(found.family)}"
    yield f"  probed: {found.day}"
    open_blocks: list[str] = []
    for each in sorted(found.news, key=lambda each: "." in each.field):
        *blocks, name = each.field.split(".")
        for depth, block in enumerate(blocks, start=1):
            if open_blocks[:depth] != blocks[:depth]:
                open_blocks = blocks[:depth]
                yield f"{'  ' * depth}{block}:"
        yield f"{'  ' * (len(blocks) + 1)}{name}: {_yaml(each)}  # {plain(each.how)}"


def _yaml(each: Compared) -> str:
    """The value as a manifest has it; the word `null` would be no value there."""
    seen = plain(each.seen)
    if each.several:
        return f"[{seen}]"
    return f'"{seen}"' if seen == "null" else seen


def examination_markdown(found: Examination) -> str:
    """The report to pass on, as Markdown."""
    lines = [
        f"# What a service provider does: profile {plain(found.family)}",
        "",
        f"Examined on {found.day} with {found.sent} requests.",
        "",
        "| | about | found |",
        "|---|---|---|",
        *(f"| {f.level} | {_cell(f.about)} | {_cell(f.said)} |" for f in found.findings),
        "",
        "| field | seen | profile | by |",
        "|---|---|---|---|",
        *(
            f"| `{each.field}` | {_cell(each.seen)} | {_cell(each.profile)} ({each.grade}) "
            f"| {_cell(each.how)} |"
            for each in found.compared
        ),
        "",
        "```yaml",
        *proposal_lines(found),
        "```",
    ]
    return "\n".join(lines) + "\n"


def examination_data(found: Examination) -> dict[str, object]:
    """The report to pass on, for programs."""
    return {
        "profile": found.family,
        "day": found.day,
        "requests": {"announced": found.announced, "sent": found.sent},
        "findings": [_finding(each) for each in found.findings],
        "seen": [
            {
                "field": each.field,
                "seen": each.seen,
                "profile": each.profile,
                "grade": each.grade.value,
                "agrees": each.agrees,
                "by": each.how,
            }
            for each in found.compared
        ],
        "proposal": "\n".join(proposal_lines(found)),
    }


def examination_json(found: Examination) -> str:
    """The same as text."""
    return json.dumps(examination_data(found), indent=1) + "\n"


def _finding(finding: Finding) -> dict[str, object]:
    return {
        "level": finding.level.value,
        "about": finding.about,
        "said": finding.said,
        "hint": finding.hint,
    }


def _compared(each: Compared) -> str:
    if each.agrees:
        return f"{each.field}: {plain(each.seen)}, as the profile says ({plain(each.how)})"
    return (
        f"{each.field}: {plain(each.seen)}, and the profile says {plain(each.profile)} "
        f"({each.grade}); {plain(each.how)}"
    )


def _cell(text: str) -> str:
    return plain(text).replace("|", "\\|").replace("`", "'")
