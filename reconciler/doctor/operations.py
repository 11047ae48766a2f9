"""PATCH requests of probes, and who is in a group afterwards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from reconciler.doctor.line import Line, Reading
from reconciler.model.identity import Kind
from reconciler.model.leniency import usable_id
from reconciler.model.path import Json
from reconciler.model.profile import Profile

_PATCH: Final = "urn:ietf:params:scim:api:messages:2.0:PatchOp"


def adding(*ids: str) -> Mapping[str, Json]:
    """The operation that adds members."""
    members: list[Json] = [{"value": each} for each in ids]
    return {"op": "add", "path": "members", "value": members}


def setting(path: str, value: Json) -> Mapping[str, Json]:
    """The operation that sets one value."""
    return {"op": "replace", "path": path, "value": value}


async def patch(
    line: Line,
    kind: Kind,
    id: str,
    *operations: Mapping[str, Json],
    headers: Mapping[str, str] | None = None,
) -> Reading:
    """Send operations in one request."""
    body: dict[str, Json] = {"schemas": [_PATCH], "Operations": list(operations)}
    return await line.ask("PATCH", line.path(kind, id), body, headers)


async def join(line: Line, profile: Profile, group: str, *ids: str) -> Reading:
    """Add members, as many in one request as the profile allows; the last answer."""
    most = profile.members_per_patch
    chunks = [ids[start : start + most] for start in range(0, len(ids), most)]
    return [await patch(line, Kind.GROUP, group, adding(*chunk)) for chunk in chunks][-1]


async def members_of(line: Line, group: str) -> set[str] | None:
    """The ids of who is shown in a group; None where it cannot be read."""
    now = await line.get(line.path(Kind.GROUP, group))
    if not now.fine:
        return None
    found = now.data.get("members")
    members: Sequence[Json] = found if isinstance(found, tuple) else (found,)
    ids = (usable_id(m.get("value") if isinstance(m, Mapping) else m) for m in members)
    return {name for name in ids if name is not None}
