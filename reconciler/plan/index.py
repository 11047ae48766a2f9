"""Live resources by the values of one attribute, so that each is looked at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from reconciler.model.identity import ResourceId
from reconciler.model.path import AttributePath
from reconciler.plan.canonical import Comparable, canonical_value, comparable, read
from reconciler.plan.side import Side


class Index:
    """Ids by value, as values compare. What carries our mark is found by its mark alone."""

    def __init__(self, path: AttributePath, side: Side) -> None:
        self._known = side.known(path)
        self._ids: defaultdict[Comparable, list[ResourceId]] = defaultdict(list)
        for live_id, resource in side.listing.resources.items():
            if live_id not in side.claims.keys:
                value = read(resource, path, side.profile)
                for item in value if isinstance(value, tuple) else (value,):
                    self._ids[comparable(self._known, item)].append(live_id)

    def find(self, value: str) -> Sequence[ResourceId]:
        """Everybody who has the value; nobody has no value."""
        wanted = comparable(self._known, canonical_value(self._known, value))
        return () if wanted is None else self._ids.get(wanted, ())
