"""What one plan does otherwise than another: the reviewed one against a fresh one, say."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict
from typing import Any

from reconciler.model.change import Change
from reconciler.model.sealed import REDACTED
from reconciler.model.show import plain, show
from reconciler.report.planfile import SavedPlan
from reconciler.report.style import Style, Tone
from reconciler.report.view import who

# Why and where may differ without anything being done otherwise.
_NOT_WHAT = frozenset({"hash", "reason", "cause", "step", "at"})


def comparison_lines(earlier: SavedPlan, later: SavedPlan, style: Style) -> Iterator[str]:
    """Changes that came, went or do something else, by subject and action."""
    before = {_slot(c): c for c in earlier.plan.changes}
    after = {_slot(c): c for c in later.plan.changes}
    same = True
    for slot in sorted(before.keys() | after.keys()):
        old, new = before.get(slot), after.get(slot)
        if old is not None and new is not None and old.hash == new.hash:
            continue
        same = False
        if new is None and old is not None:
            yield f"  {style.mark(Tone.REMOVE, 'no longer')} {_title(old)}"
        elif old is None and new is not None:
            yield f"  {style.mark(Tone.ADD, 'new')} {_title(new)}"
        elif old is not None and new is not None:
            yield f"  {style.mark(Tone.CHANGE, 'otherwise')} {_title(new)}"
            yield from _differences(old, new)
    if same:
        yield "Both plans do the same."


def _slot(change: Change) -> tuple[str, str, str]:
    return change.kind.value, change.key, change.action


def _title(change: Change) -> str:
    return f"{change.action} {who(change.kind, change.key, change.name)}"


def _what(change: Change) -> dict[str, Any]:
    facts = asdict(change, dict_factory=_facts)
    return {name: value for name, value in facts.items() if name not in _NOT_WHAT}


def _facts(pairs: list[tuple[str, Any]]) -> Any:
    """A hidden value as a word for it; the end of its fingerprint tells it from another one."""
    facts = dict(pairs)
    if facts.get("shown") == REDACTED:
        return f"{REDACTED} {facts['fingerprint'][-8:]}"
    return facts


def _differences(old: Change, new: Change) -> Iterator[str]:
    from deepdiff import DeepDiff

    found = DeepDiff(_what(old), _what(new), view="tree", ignore_order=True)
    for sort in sorted(found):
        for item in found[sort]:
            before = show(item.t1) if _is_there(item.t1) else "(nothing)"
            after = show(item.t2) if _is_there(item.t2) else "(nothing)"
            yield f"      {_place(item.path(output_format='list'))}: {before} -> {after}"


def _place(steps: Iterable[str | int]) -> str:
    """`changes[0].after`"""
    parts = (f"[{step}]" if isinstance(step, int) else f".{plain(step)}" for step in steps)
    return "".join(parts).removeprefix(".")


def _is_there(value: object) -> bool:
    return type(value).__name__ != "NotPresent"
