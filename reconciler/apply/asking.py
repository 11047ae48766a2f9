"""Members as they are now, in the way in which the provider tells of them.

Where nothing shows them, those who matter are asked for, one after another: the changes of a run go
side by side already, so the profile's number of connections stays the bound.
"""

from __future__ import annotations

from collections.abc import Sequence

from reconciler.apply.provider import Reader
from reconciler.model.identity import Kind, ResourceId
from reconciler.model.profile import MembersIn, Profile
from reconciler.model.resource import Members, Probed, Resource


async def group_now(
    group: ResourceId, about: Sequence[ResourceId], reader: Reader, profile: Profile
) -> Resource | None:
    """The group with its members, or with what is known of those `about` whom it is asked.

    None when it is gone. A group that has to be asked for members is not read beside that.

    Raises:
        ProviderError: it could not be read.
    """
    if profile.members_in is not MembersIn.PROBED:
        return await reader.get(Kind.GROUP, group)
    found = {member: await reader.is_member(group, member) for member in about}
    present = frozenset(member for member, is_one in found.items() if is_one)
    members: Members = Probed(present, frozenset(found) - present)
    return Resource(group, Kind.GROUP, {}, members)
