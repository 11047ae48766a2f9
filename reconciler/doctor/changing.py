"""Probes of how a user and a group are changed at all: by PATCH or by PUT, and whether renamed."""

from __future__ import annotations

from typing import Final

from reconciler.doctor.discovery import told
from reconciler.doctor.finding import Notes
from reconciler.doctor.line import Reading
from reconciler.doctor.operations import members_of, patch, setting
from reconciler.doctor.scratch import NAMES, Scratch
from reconciler.model.attributes import Mutability
from reconciler.model.dialect import Updating
from reconciler.model.identity import Kind
from reconciler.model.path import Json

#: The most requests that all of these probes send.
REQUESTS: Final = 5
_NOT_OFFERED: Final = (404, 405, 501)


class Changes:
    """The probes of one examination."""

    def __init__(self, scratch: Scratch, notes: Notes) -> None:
        self._scratch = scratch
        self._line = scratch.line
        self._notes = notes

    async def user_by_patch(self, ada: str) -> bool:
        """Whether a user can be patched; where not, whether a PUT does it."""
        answer = await patch(self._line, Kind.USER, ada, setting("title", "Doctor"))
        if answer.status not in _NOT_OFFERED:
            return True
        body = self._scratch.user("ada")
        await self._line.ask("PUT", self._line.path(Kind.USER, ada), {**body, "active": False})
        now = await self._line.get(self._line.path(Kind.USER, ada))
        if str(now.data.get("active")).lower() != "false":
            said = f"a user cannot be changed: PATCH answers {told(answer)}, and PUT does nothing"
            self._notes.problem("PATCH", said)
            return False
        how = f"PATCH answers {told(answer)}, and a PUT switched a user off"
        kept = bool(now.data.get("title"))
        way = Updating.PUT_MERGES if kept else Updating.PUT_REPLACES
        self._notes.saw("update_user", way, f"{how}; what it left out {_stays(kept)}")
        return False

    async def group_by_put(self, refused: Reading, group: str, ada: str, bo: str) -> None:
        """Members after a PATCH that adds them was refused: does a PUT make them members?"""
        held = set[str]()
        for people in ([ada, bo], [bo]):
            members: list[Json] = [{"value": each} for each in people]
            body = {**self._scratch.group("team"), "members": members}
            await self._line.ask("PUT", self._line.path(Kind.GROUP, group), body)
            held = await members_of(self._line, group) or held
            if not held.issuperset(people):
                said = f"nobody can be added to a group ({told(refused)}), also not by PUT"
                self._notes.problem("members", said)
                return
        kept = ada in held
        way = Updating.PUT_MERGES if kept else Updating.PUT_REPLACES
        how = f"PATCH answers {told(refused)}, and a PUT adds members; whom it left out"
        self._notes.saw("update_group", way, f"{how} {_stays(kept)}")

    async def rename(self, kind: Kind, id: str) -> bool:
        """Whether another name is taken, by PATCH. What a provider takes once only, no plan should
        try to change."""
        name = NAMES[kind]
        other = self._scratch.renamed(kind)
        answer = await patch(self._line, kind, id, setting(name, other))
        now = await self._line.get(self._line.path(kind, id))
        if str(now.data.get(name.lower())).lower() == other.lower():
            self._notes.good("renaming", f"a {kind} can be renamed")
            return True
        how = f"another {name} answers {told(answer)}, and changes nothing"
        self._notes.saw(f"{kind}s.attributes.{name}.mutability", Mutability.IMMUTABLE, how)
        return False


def _stays(kept: bool) -> str:
    return "stays" if kept else "is lost"
