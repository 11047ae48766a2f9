"""What happens to groups themselves; who is in them is `members`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from reconciler.model.change import Change
from reconciler.model.desired import DesiredGroup, Excluded, Provisioned, Undetermined
from reconciler.model.identity import Kind
from reconciler.model.plan import Note
from reconciler.plan.leaving import Leaver, leave, undecided, undeclared
from reconciler.plan.provisioning import create, keep
from reconciler.plan.scene import Scene, skipped, subject_of


def plan_groups(scene: Scene) -> Iterator[Change | Note]:
    """Changes and notes for every declared group, and for groups of ours without a manifest.

    A group is created without members: they are added once it and they are there.
    """
    for group in scene.desired.groups.values():
        if isinstance(group.standing, Undetermined):
            code, reason = group.standing.code, group.standing.reason
            yield skipped(code, subject_of(group), group.name, reason.text, reason.at)
        if scene.groups.side.managed and group.key not in scene.groups.conflicted:
            yield from _group(group, scene)
    for leaver in undeclared(Kind.GROUP, scene):
        yield from leave(leaver, scene)
    yield from undecided(Kind.GROUP, scene)


def _group(group: DesiredGroup, scene: Scene) -> Iterator[Change | Note]:
    live = scene.groups.live(group.key)
    match group.standing:
        case Provisioned(reason=reason):
            if live is None:
                yield from create(group, reason, scene)
            else:
                yield from keep(group, live, scene)
        case Excluded(cause=cause, reason=reason):
            if live is not None:
                identity = None if group.identity is None else group.identity.path
                yield from leave(
                    Leaver(Kind.GROUP, group.key, group.name, live, cause, reason, identity), scene
                )
        case Undetermined():
            pass
        case _:
            assert_never(group.standing)
