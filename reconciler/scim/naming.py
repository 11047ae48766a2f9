"""What members are called, where a provider wants each that is added to carry a name.

Names are learnt from whatever is read or created anyway; only those still missing cost a request.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from reconciler.model.attributes import DISPLAY_NAME, USER_NAME
from reconciler.model.identity import ResourceId
from reconciler.model.path import AttributePath, Json, Value
from reconciler.model.resource import Resource


@dataclass(slots=True)
class Names:
    """`under` is the sub-attribute that carries a name; None where nobody asks for one."""

    under: str | None
    known: dict[ResourceId, str] = field(default_factory=dict)

    def learn(self, resources: Iterable[Resource]) -> None:
        """Remember what these are called."""
        if self.under is not None:
            for resource in resources:
                self._learn(resource.id, *(path.read(resource.data) for path in _PATHS))

    def learn_created(self, id: ResourceId | None, values: Mapping[AttributePath, Value]) -> None:
        """Remember somebody who was created with these values."""
        if self.under is not None and id is not None:
            self._learn(id, *(values.get(path) for path in _PATHS))

    def missing(self, members: Iterable[ResourceId]) -> list[ResourceId]:
        """Those whose name has to be read first."""
        return [one for one in members if one not in self.known] if self.under else []

    def of(self, member: ResourceId) -> dict[str, Json]:
        """What stands beside `value`."""
        name = self.known.get(member)
        return {} if self.under is None or name is None else {self.under: name}

    def _learn(self, id: ResourceId, *names: object) -> None:
        name = next((name for name in names if isinstance(name, str) and name), None)
        if name is not None:
            self.known[id] = name


_PATHS = (DISPLAY_NAME, USER_NAME)
#: For providers that know whom an id means.
UNNAMED = Names(None)
