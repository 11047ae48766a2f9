"""Whose absence from a list is worth a question: those who were there when we wrote last.

A list can be complete by its own numbers and yet lack somebody: a provider that counts a page for
the whole, that leaves out who is switched off, that shows a write only later. Nothing in the list
tells. But the ledger knows under which ids people and groups were, and somebody who is missed in
the list can be asked for by that id. A leaver who is not seen stays inside, and somebody who comes
back is made a second time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from reconciler.model.desired import Provisioned
from reconciler.model.identity import Kind, ResourceId
from reconciler.plan.scene import Scene

# Each costs a request. Where so many are gone the next one is gone as well, and where a list lacks
# one of them it is not believed in any case.
_MOST: Final = 20


def to_confirm(scene: Scene) -> Mapping[Kind, Mapping[ResourceId, bool]]:
    """Live ids to ask for, by kind: recorded, and not in a list that is complete by its numbers.

    True for those who should be there, who come first.
    """
    return {
        kind: {live_id: not spare for spare, live_id in missed[:_MOST]}
        for kind in Kind
        if scene.of(kind).side.listing.complete and (missed := sorted(_missed(kind, scene)))
    }


def _missed(kind: Kind, scene: Scene) -> Iterator[tuple[bool, ResourceId]]:
    """Whether they need not be there, and their ids."""
    live = scene.of(kind).side.listing.resources
    wanted = {
        str(subject.subject): isinstance(subject.standing, Provisioned)
        for subject in scene.declared(kind)
    }
    for subject, live_id in scene.history.memory.links.items():
        if live_id in live or not subject.startswith(f"{kind}:"):
            continue
        # Who was switched off by us and is to stay so has nothing to lose, seen or not.
        spare = not wanted.get(subject, False)
        if not spare or live_id not in scene.history.memory.deactivated:
            yield spare, live_id
