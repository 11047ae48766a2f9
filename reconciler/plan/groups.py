"""What happens to groups themselves; who is in them is `members`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from reconciler.model.change import Change
from reconciler.model.desired import DesiredGroup, Excluded, Provisioned, Undetermined
from reconciler.model.identity import Kind
from reconciler.model.plan import Note
from reconciler.plan.leaving import Leaver, leave
from reconciler.plan.notes import skipped
from reconciler.plan.orphans import kept_orphans, orphans
from reconciler.plan.provisioning import create, keep
from reconciler.plan.scene import Scene


def plan_groups(scene: Scene) -> Iterator[Change | Note]:
    """Changes and notes for every declared group, and for groups of ours without a manifest.

    A group is created without members: they are added once it and they are there.
    """
    for group in scene.desired.groups.values():
        if isinstance(group.standing, Undetermined):
            code, reason = group.standing.code, group.standing.reason
            yield skipped(code, group, reason.text, reason.at)
        if scene.groups.side.managed and group.key not in scene.groups.conflicted:
            yield from _group(group, scene)
    for orphan in orphans(Kind.GROUP, scene):
        yield from leave(orphan, scene)
    yield from kept_orphans(Kind.GROUP, scene)


def _group(group: DesiredGroup, scene: Scene) -> Iterator[Change | Note]:
    live = scene.groups.live(group.key)
    match group.standing:
        case Provisioned(reason=reason):
            if live is None:
                yield from create(group, reason, scene)
            else:
                yield from keep(group, live, scene)
        case Excluded() as excluded:
            if live is not None:
                yield from leave(Leaver.of(group, excluded, live), scene)
        case Undetermined():
            pass
        case _:
            assert_never(group.standing)
