"""Live resources of ours that no manifest declares: who of them leaves, and who is kept and why."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.model.desired import Cause, Reason
from reconciler.model.identity import Kind, ResourceId
from reconciler.model.note_code import NoteCode
from reconciler.model.plan import Note
from reconciler.model.target import Removal
from reconciler.plan.leaving import Leaver
from reconciler.plan.lifecycle import Setting
from reconciler.plan.notes import skipped
from reconciler.plan.pairing import Pairing
from reconciler.plan.scene import Scene


def orphans(kind: Kind, scene: Scene) -> Iterator[Leaver]:
    """Live resources of ours without a manifest, where it is certain that nobody declares them.

    Not certain: an incomplete listing, an incomplete source of people, or a declared subject that
    may be any of them.
    """
    pairing = scene.of(kind)
    side = pairing.side
    if side.listing.gap is not None or pairing.unlocatable or _incomplete_sources(kind, scene):
        return
    for live_id in pairing.undeclared:
        if scene.history.created_behind_our_back(live_id) and not side.marked:
            said = "no manifest declares it, and it was not there when Git was last applied"
            yield _orphan(live_id, pairing, Cause.DRIFT, said)
        else:
            yield _orphan(live_id, pairing, Cause.REMOVED, "no manifest declares it")


def kept_orphans(kind: Kind, scene: Scene) -> Iterator[Note]:
    """A note for each of those who are not removed, or for whose sake nobody is."""
    pairing = scene.of(kind)
    removed = Setting.REMOVED.of(pairing.side.handling.deprovision)
    if not pairing.undeclared or removed in {Removal.KEEP, Removal.REPORT}:
        return
    sources = ", ".join(_incomplete_sources(kind, scene))
    for live_id in pairing.undeclared if sources else ():
        said = f"no manifest or row declares it, and source {sources} is incomplete: it is kept"
        orphan = _orphan(live_id, pairing, Cause.REMOVED, said)
        yield skipped(NoteCode.SOURCE_INCOMPLETE, orphan, said, orphan.reason.at)
    for wanted in scene.declared(kind):
        if wanted.key in pairing.unlocatable:
            message = f"may be any live {kind} without a manifest, so none of those is removed"
            yield skipped(NoteCode.UNDECLARED_KEPT, wanted, message, wanted.at)


def _orphan(live_id: ResourceId, pairing: Pairing, cause: Cause, said: str) -> Leaver:
    side = pairing.side
    return Leaver(
        kind=side.kind,
        key=pairing.key_of(live_id),
        name=side.name_of(live_id),
        live=side.live(live_id),
        cause=cause,
        reason=Reason(said, side.handling.at),
    )


def _incomplete_sources(kind: Kind, scene: Scene) -> tuple[str, ...]:
    """The sources from which somebody undeclared may be missing."""
    return scene.desired.incomplete if kind is Kind.USER else ()
