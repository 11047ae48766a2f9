"""A plan as Markdown: for a job summary or a comment.

Values stand only in code spans and fences whose run of backticks is longer than any inside, so no
display name can ping a team, link somewhere or break the layout.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Final

from reconciler.model.change import (
    AddMembers,
    Change,
    Create,
    Deactivate,
    Delete,
    Reactivate,
    RemoveMembers,
    SetReferences,
    Update,
)
from reconciler.model.identity import Kind
from reconciler.model.plan import Plan
from reconciler.model.show import inert
from reconciler.report.planfile import SavedPlan
from reconciler.report.style import PLAIN, Detail
from reconciler.report.summary import summary
from reconciler.report.text import plan_lines

if TYPE_CHECKING:
    from jinja2 import Template

#: A job summary above 1 MiB is dropped whole, so the plan's body is cut before that, by lines.
LARGEST_BODY: Final = 900 * 1024
_OPEN_BELOW: Final = 12  # lines

_ROWS: Final[tuple[tuple[str, tuple[type[Change], ...]], ...]] = (
    ("delete", (Delete,)),
    ("deactivate", (Deactivate,)),
    ("update", (Update, SetReferences)),
    ("reactivate", (Reactivate,)),
    ("create", (Create,)),
)


def plan_markdown(saved: SavedPlan) -> str:
    """The plan for a job summary."""
    plan = saved.plan
    lines = list(plan_lines(saved, PLAIN, Detail.FOLDED))
    return _template().render(
        target=plan.target.name,
        state=_state(saved),
        summary=summary(plan),
        table=_table(plan),
        violations=saved.verdict.violations,
        gaps=plan.gaps,
        guesses=[f"{b.field}: {b.value} ({b.source})" for b in plan.rests_on],
        body=_cut(lines),
        open=len(lines) < _OPEN_BELOW,
        as_of=f"{plan.as_of:%Y-%m-%d %H:%M} UTC",
        commit=plan.commit,
        digest=saved.digest,
    )


def _state(saved: SavedPlan) -> str:
    if not saved.verdict.accepted:
        return "**blocked**"
    if saved.plan.gaps:
        return "incomplete"
    if saved.plan.changes:
        return "changes"
    return "not decided" if saved.plan.undecided else "in sync"


def _table(plan: Plan) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = [
        {
            "name": name,
            "users": _count(plan, Kind.USER, sorts),
            "groups": _count(plan, Kind.GROUP, sorts),
            "memberships": "",
        }
        for name, sorts in _ROWS
    ]
    for name, sort in (("remove", RemoveMembers), ("add", AddMembers)):
        members = sum(
            len(c.members)
            for c in plan.changes
            if isinstance(c, AddMembers | RemoveMembers) and isinstance(c, sort)
        )
        rows.append({"name": name, "users": "", "groups": "", "memberships": members})
    return rows


def _count(plan: Plan, kind: Kind, sorts: tuple[type[Change], ...]) -> int:
    # Whoever has several changes of one sort, of values and of references, is one person.
    return len({c.subject for c in plan.changes if c.kind is kind and isinstance(c, sorts)})


def _cut(lines: list[str]) -> str:
    size = 0
    for number, line in enumerate(lines):
        size += len(line.encode()) + 1
        if size > LARGEST_BODY:
            left = len(lines) - number
            return "\n".join([*lines[:number], f"… {left:,} lines more stand in the plan file"])
    return "\n".join(lines)


def _longest_run(text: str) -> int:
    return max((len(run) for run in re.findall("`+", text)), default=0)


def code(value: object) -> str:
    """A value as a code span that it cannot leave."""
    text = inert(str(value))
    ticks = "`" * (_longest_run(text) + 1)
    pad = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{ticks}{pad}{text}{pad}{ticks}"


def fence(body: str) -> str:
    """Lines as a fenced block that they cannot close."""
    ticks = "`" * max(3, _longest_run(body) + 1)
    return f"{ticks}text\n{body}\n{ticks}"


@cache
def _template() -> Template:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    # Autoescape would turn `<` inside code spans into visible `&lt;`; every value goes through
    # `code` or `fence` instead, which a test holds the template to.
    environment = Environment(
        loader=PackageLoader("reconciler.report"),
        undefined=StrictUndefined,
        autoescape=False,  # noqa: S701  Markdown: `code` and `fence` are the escaping
        keep_trailing_newline=True,
    )
    environment.filters["code"] = code
    environment.filters["fence"] = fence
    return environment.get_template("plan.md.j2")
