"""Which of the values that were sent a provider holds afterwards.

Some are dropped without a word, some come back altered. What an answer cannot show (RFC 7643 §7,
`returned: never`) is not asked for.
"""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.apply.compare import holds_value
from reconciler.apply.run import Run
from reconciler.model.change import Change, Create, Reactivate, Update
from reconciler.model.path import parse_path
from reconciler.model.profile import Profile
from reconciler.model.resource import Resource
from reconciler.model.sealed import Held


def not_held(
    change: Create | Update | Reactivate, live: Resource, profile: Profile
) -> tuple[str, ...]:
    """The attributes of a change that live has with another value, or without one; sorted."""
    missing = []
    for text, value in _wanted(change):
        path = parse_path(text)
        shown = profile.characteristics(live.kind, path).shown
        if shown and not holds_value(live, path, value, profile):
            missing.append(text)
    return tuple(sorted(missing))


def _wanted(change: Create | Update | Reactivate) -> Iterator[tuple[str, Held]]:
    match change:
        case Create(values=values):
            yield from ((value.path, value.value) for value in values)
        case Update(changes=parts) | Reactivate(changes=parts):
            yield from ((part.path, part.after) for part in parts)


def shown_by_answer(change: Change, answer: Resource | None, run: Run) -> tuple[str, ...]:
    """The attributes that the answer to a write shows not to be kept.

    An answer that leaves attributes out may be a short one, so only one that has `meta` and
    `schemas`, as a whole resource does, speaks of what it lacks.
    """
    if answer is None or not {"meta", "schemas"} <= answer.data.keys():
        return ()
    match change:
        case Create() | Update() | Reactivate():
            return not_held(change, answer, run.profile)
        case _:
            return ()
