"""Which feeds are believed whole, and whom the others leave in doubt.

A feed is *incomplete* when its table could not be read to the end, has another number of rows than
its source expects, has lost more rows since the last apply than are believed, or is too old (or of
a time to come, which no clock could ever make old). What stands in it counts all the same: joiners
join, leavers leave. What does not stand in it is not known:

* nobody without a manifest and a row is taken for gone (`reconciler.plan.leaving`, `members`);
* somebody with a manifest and no row may have had one. They are provisioned from what is written,
  and lose nothing: no exclusion follows from attributes that may be missing, no group lets them go,
  and no value is computed from what nobody wrote.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from reconciler.desired.mapping import CompiledMapping
from reconciler.desired.rule import CompiledRule
from reconciler.desired.subjects import SourceObject
from reconciler.model.declared import Declared, User
from reconciler.model.desired import Cause, Excluded, Reason, Standing, Undetermined
from reconciler.model.diagnostic import Position
from reconciler.model.feed import Feed, FeedState
from reconciler.model.identity import Kind
from reconciler.model.note_code import NoteCode
from reconciler.model.path import AttributePath
from reconciler.model.source import computed_attributes

#: How far the clock of whoever made a table may be ahead.
_SKEW: Final = timedelta(hours=1)
_BY_ATTRIBUTES: Final = frozenset({Cause.OUT_OF_SCOPE, Cause.UNASSIGNED, Cause.NOT_ENTITLED})


@dataclass(frozen=True, slots=True)
class Feeds:
    """Every feed at one instant, in the order of their names."""

    states: tuple[FeedState, ...] = ()
    places: Mapping[str, Position] = field(default_factory=dict)

    @property
    def incomplete(self) -> tuple[FeedState, ...]:
        """Those that are not believed whole."""
        return tuple(state for state in self.states if state.gap is not None)

    def missing(self, user: User) -> Reason | None:
        """Why more may be known of a declared person than is there; None when nothing is missing.

        Keys tell sources apart where those have a prefix.
        """
        if user.row is not None:
            return None
        for state in self.incomplete:
            if user.key.startswith(state.prefix):
                said = f"source {state.name} is incomplete and may say more of {user.key}"
                return Reason(said, self.places.get(state.name))
        return None

    def spare(self, user: User, standing: Standing) -> Standing:
        """The standing, but undetermined where missing attributes may be why it excludes."""
        if not isinstance(standing, Excluded) or standing.cause not in _BY_ATTRIBUTES:
            return standing
        missing = self.missing(user)
        if missing is None:
            return standing
        said = f"{standing.reason.text}; but {missing.text}"
        return Undetermined(NoteCode.SOURCE_INCOMPLETE, replace(missing, text=said))


def read_feeds(declared: Declared, as_of: datetime, counted: Mapping[str, int]) -> Feeds:
    """The feeds at `as_of`; `counted` are their numbers of rows at the last apply."""
    feeds = [feed for _, feed in sorted(declared.feeds.items())]
    return Feeds(
        tuple(_state(feed, as_of, counted.get(feed.source.name)) for feed in feeds),
        {feed.source.name: feed.source.at for feed in feeds},
    )


def _state(feed: Feed, as_of: datetime, before: int | None) -> FeedState:
    source = feed.source
    return FeedState(
        name=source.name,
        file=feed.file,
        rows=feed.rows,
        leavers=feed.leavers,
        digest=feed.digest,
        dated=feed.dated,
        gap=feed.fault
        or source.expected.fault(feed.rows)
        or source.max_shrink.fault(feed.rows, before)
        or _too_old(feed, as_of),
        prefix=source.prefix,
    )


def _too_old(feed: Feed, as_of: datetime) -> str | None:
    most = feed.source.max_age
    if most is None:
        return None
    if feed.dated is None:
        return f"nothing tells how old it is, and at most {_duration(most)} are believed"
    if feed.dated > as_of + _SKEW:
        return f"it is dated {feed.dated:%Y-%m-%d %H:%M} UTC, which is still to come"
    if as_of - feed.dated > most:
        made = f"{feed.dated:%Y-%m-%d %H:%M} UTC"
        return f"it is of {made}, and at most {_duration(most)} are believed"
    return None


def _duration(age: timedelta) -> str:
    hours = int(age.total_seconds() // 3600)
    return f"{hours // 24} d" if hours % 24 == 0 else f"{hours} h"


def unfounded(mapping: CompiledMapping, source: SourceObject) -> frozenset[AttributePath]:
    """The targets of rules that read an attribute which nobody wrote for this object.

    What every resource must have stays: whoever is created has it from what is written.
    """
    return frozenset(
        compiled.rule.target
        for compiled in mapping.rules
        if any(name not in source.attributes for name in reads(compiled))
    ).difference(mapping.required)


_COMPUTED: Final = computed_attributes(Kind.USER).keys()


def reads(compiled: CompiledRule) -> frozenset[str]:
    """The attributes of a person that a rule reads, those apart that a target computes."""
    return compiled.reads - _COMPUTED
