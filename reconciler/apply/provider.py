"""What the executor needs of a service provider; the SCIM client implements it.

Every method is one request (a listing: as many as it has pages) and raises `ProviderError`:
`OutcomeUnknownError` when a request was sent and no answer came, `UnreachableError` when nothing
was sent, `RejectedError` when the provider said no. Retries that cannot do anything twice, pacing
and `Retry-After` are the implementation's business.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from reconciler.model.identity import Kind, ResourceId
from reconciler.model.path import AttributePath, Value
from reconciler.model.resource import Listing, Resource
from reconciler.model.written import Written


class Reader(Protocol):
    """How live resources are looked at again."""

    async def get(self, kind: Kind, id: ResourceId) -> Resource | None:
        """One resource, a group with its members; None when the provider says that it is gone."""
        ...

    async def find(self, kind: Kind, path: AttributePath, value: str) -> tuple[Resource, ...]:
        """Every resource with that value; none means verified that there is none.

        Raises:
            ProviderError: an absence cannot be concluded.
        """
        ...

    async def is_member(self, group: ResourceId, member: ResourceId) -> bool:
        """Whether somebody is a member, where nothing shows members (`MembersIn.PROBED`)."""
        ...

    async def listing(self, kind: Kind) -> Listing:
        """Every resource of a kind; groups with `Unread` members where lists do not show them."""
        ...


class Provider(Reader, Protocol):
    """A reader that also writes. Only `reconciler.apply` calls the writing methods."""

    async def create(self, kind: Kind, values: Mapping[AttributePath, Value]) -> Written:
        """RFC 7644 §3.3."""
        ...

    async def update(
        self,
        kind: Kind,
        id: ResourceId,
        values: Mapping[AttributePath, Value],
        *,
        seen: Resource | None = None,
        version: str | None = None,
    ) -> Written:
        """RFC 7644 §3.5.2; None or () clears. `version` is sent as `If-Match` (§3.14).

        `seen` is the resource as it was read last: what it lacks cannot be picked by a path.
        """
        ...

    async def delete(self, kind: Kind, id: ResourceId, *, version: str | None = None) -> Written:
        """RFC 7644 §3.6."""
        ...

    async def add_members(self, group: ResourceId, members: Sequence[ResourceId]) -> Written:
        """One request, at most `Profile.additions_per_patch` members."""
        ...

    async def replace_members(self, group: ResourceId, members: Sequence[ResourceId]) -> Written:
        """These are the members, and nobody else."""
        ...

    async def empty_group(self, group: ResourceId) -> Written:
        """One request after which nobody is a member, whoever was."""
        ...

    async def remove_members(self, group: ResourceId, members: Sequence[ResourceId]) -> Written:
        """One request, at most `Profile.removals_per_patch` members, each named in it."""
        ...

    def together(
        self, number: int, ready: Callable[[], bool]
    ) -> Sequence[AbstractContextManager[Provider]]:
        """RFC 7644 §3.7: so many places in one request, each held by one task of a group.

        The first write in a place waits until every place has one or was left; then all of them
        leave at once, if it is `ready`, and each is answered as if it had been alone. Otherwise, or
        where the provider has no Bulk, it raises `NotTogetherError`: it was not sent, and what is
        still to be sent has to go outside.
        """
        ...
