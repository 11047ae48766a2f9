"""Whether anybody else's marks stand behind an endpoint that is said to be ours alone.

Another repository cannot be read from here. What it leaves behind can: its marks on live resources
show that `exclusive` is not true, and that both would undo each other's work.
"""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.model.identity import Kind, ResourceId, live_key
from reconciler.model.note_code import NoteCode
from reconciler.model.plan import Note, NoteKind
from reconciler.model.show import plain
from reconciler.model.target import Exclusive, Manage
from reconciler.plan.ownership import live_name, owner_of
from reconciler.plan.scene import Scene


def strangers_marks(scene: Scene) -> Iterator[Note]:
    """One note for each repository and target that has marks where everything should be ours."""
    for kind in Kind:
        side = scene.of(kind).side
        handling = side.handling
        if handling.manage is Manage.LOOKUP or not isinstance(handling.ownership, Exclusive):
            continue
        by_owner: dict[str, list[ResourceId]] = {}
        for live_id, mark in side.claims.foreign.items():
            by_owner.setdefault(owner_of(mark), []).append(live_id)
        for owner, marked in sorted(by_owner.items()):
            first = min(marked)
            resource = side.listing.resources[first]
            carries = "1 carries" if len(marked) == 1 else f"{len(marked):,} carry"
            yield Note(
                NoteKind.CONFLICT,
                NoteCode.NOT_ALONE,
                kind,
                live_key(first),
                live_name(resource, scene.profile, scene.desired.seals),
                f"{scene.target.name} owns every {kind} there, and {carries} the mark of "
                f"{plain(owner)}",
                handling.at,
            )
