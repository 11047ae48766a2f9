"""What the answer to a change of members tells of the group, and what it puts in doubt.

A provider that shows the group after an addition shows for nothing what a read would cost. There
are some that drop a member without a word, and some that put the new ones in the place of those who
were there; what one of these does to the first group it must not do to the second.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import assert_never

from reconciler.apply.asking import group_now
from reconciler.apply.compare import compare_additions
from reconciler.apply.finding import Due, Finding
from reconciler.apply.run import Run
from reconciler.model.entry_code import EntryCode
from reconciler.model.identity import ResourceId
from reconciler.model.resource import Members, Probed, Unread


@dataclass(frozen=True, slots=True)
class Doubt:
    """What is wrong with an addition that the provider accepted."""

    reason: str
    code: EntryCode


async def doubted(
    group: ResourceId,
    added: Sequence[ResourceId],
    shown: frozenset[ResourceId] | None,
    staying: frozenset[ResourceId],
    run: Run,
) -> Doubt | None:
    """What a read says where `shown`, the answer, lacks somebody; None where all is well.

    One of `staying` may have been taken out by somebody else meanwhile; not all of them.
    """
    if shown is None or shown.issuperset(staying.union(added)):
        return None
    lost: frozenset[ResourceId] = frozenset()

    async def look() -> Finding:
        nonlocal lost
        live = await group_now(group, added, run.provider, run.profile)
        members = None if live is None else live.members
        lost = lost_of(members, staying)
        return compare_additions(group, members, added)

    back = await run.courier.watch(look)
    if lost and lost == staying:
        run.brake.additions_unsafe = (
            "no member is added any more in this run: adding replaces who was there"
        )
        said = f"{len(lost)} members vanished when {len(added)} were added, who replace them here"
        hint = "`reconciler doctor TARGET --scratch` tries it; add nobody to a group before that"
        return Doubt(f"{said}; {hint}", EntryCode.LIVE_STATE_CHANGED)
    if isinstance(back, Due):
        said = f"{len(back.members)} of {len(added)} are no members"
        return Doubt(f"{said}, although the provider said that they were added", EntryCode.NOT_KEPT)
    return None


def lost_of(members: Members | None, staying: frozenset[ResourceId]) -> frozenset[ResourceId]:
    """Those of `staying` who certainly are no members any more."""
    match members:
        case frozenset():
            return staying - members
        case Probed(absent=absent):
            return staying & absent
        case Unread() | None:
            return frozenset()
        case _:
            assert_never(members)
