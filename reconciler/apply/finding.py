"""What a look at the live state says about one change: to do, done, no longer as planned, unclear.

The same question is asked before a change is sent, after an answer was lost, and after the provider
said that its resource has another version; so there is one set of answers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from reconciler.model.identity import ResourceId
from reconciler.model.path import AttributePath, Value
from reconciler.model.resource import Resource


@dataclass(frozen=True, slots=True)
class Due:
    """Live is as the plan saw it. `values` or `members` are what still differs from the result.

    `seen` is the live resource that was looked at, where there is one to be changed.
    """

    values: Mapping[AttributePath, Value] = field(default_factory=dict)
    members: tuple[ResourceId, ...] = ()
    version: str | None = None
    seen: Resource | None = None


@dataclass(frozen=True, slots=True)
class Done:
    """Live is as the change wants it. `id` is the resource that shows it, None after a delete."""

    id: ResourceId | None


@dataclass(frozen=True, slots=True)
class Moved:
    """Live is neither: somebody else was there. `reason` names attributes, never values."""

    reason: str


@dataclass(frozen=True, slots=True)
class Unclear:
    """The look itself failed, so nothing can be concluded."""

    reason: str


Finding = Due | Done | Moved | Unclear
