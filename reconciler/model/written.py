"""What a service provider says about one write that it accepted."""

from __future__ import annotations

from dataclasses import dataclass

from reconciler.model.identity import ResourceId
from reconciler.model.resource import Resource


@dataclass(frozen=True, slots=True)
class Written:
    """The answer to a write.

    `id` is None when a create was answered without one: the resource has to be looked up.
    `resource` is what the answer showed, where it showed anything; what it left out is not known.
    `request_id` is the provider's name for the request, for its support. `members` are those whom
    the answer shows in a group, None where it shows nothing of them: no reading, but a sign.
    """

    id: ResourceId | None
    resource: Resource | None
    request_id: str | None
    members: frozenset[ResourceId] | None = None
