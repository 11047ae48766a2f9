"""Probes that write, on scratch objects alone: what removing, clearing and switching off really do.

Each asks, and then reads what became of it: an answer of 204 proves nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from typing import Final
from urllib.parse import quote

from reconciler.doctor.changing import REQUESTS as CHANGING
from reconciler.doctor.changing import Changes
from reconciler.doctor.discovery import told
from reconciler.doctor.finding import Notes
from reconciler.doctor.line import Reading
from reconciler.doctor.operations import adding, join, members_of, patch, setting
from reconciler.doctor.refusing import REQUESTS as REFUSING
from reconciler.doctor.refusing import Refusals
from reconciler.doctor.scratch import CLEANING, RENAMED, Remember, Scratch
from reconciler.model.dialect import Clearing, MediaType, MemberRemoval
from reconciler.model.identity import Kind
from reconciler.model.leniency import usable_id
from reconciler.model.path import CORE_GROUP, Json
from reconciler.model.profile import Deactivation, Deletion, MembersIn

_STALE: Final = {"if-match": 'W/"reconciler-doctor"'}
#: The most requests that `examine_writing` sends, cleaning included.
REQUESTS: Final = 37 + CHANGING + REFUSING + CLEANING


async def examine_writing(
    scratch: Scratch, domains: Set[str], notes: Notes, remember: Remember
) -> tuple[str, ...]:
    """Make, try, take away. What may be left is returned, for people to remove by hand.

    `domains` are those of the people who are there.
    """
    remember((scratch.tag, scratch.domain))
    try:
        await _Writer(scratch, domains, notes).run()
    finally:
        left = await scratch.clean()
    if not left:
        remember(None)
    return left


class _Writer:
    """The probes, which share two people and a group."""

    def __init__(self, scratch: Scratch, domains: Set[str], notes: Notes) -> None:
        self._scratch = scratch
        self._line = scratch.line
        self._notes = notes
        self._domains = domains
        self._refusals = Refusals(scratch, notes)
        self._changes = Changes(scratch, notes)

    async def run(self) -> None:
        ada = await self._first()
        bo = await self._scratch.make_user("bo")
        if ada.status == 415:
            other = next(m for m in MediaType if m is not self._scratch.media_type)
            how = f"a body called {self._scratch.media_type} is refused (415)"
            self._notes.saw("transport.content_type", other, how)
        if ada.id is None or bo.id is None:
            hint = "is a domain needed that it takes (--domain), or an attribute that the profile "
            hint += "does not require?"
            said = f"no user can be made ({told(ada)}, {told(bo)})"
            self._notes.problem("creating", said, hint=hint, private=ada.complaint)
            return
        again = await self._scratch.make_user("ada")
        if again.status == 409:
            self._notes.good("creating", "a userName that is taken answers 409")
        else:
            self._notes.warn("creating", f"a userName that is taken answers {told(again)}")
        await self._refusals.stranger(self._domains)
        await self._group(ada.id, bo.id)
        if await self._changes.user_by_patch(ada.id):
            await self._attributes(ada.id)
            renamed = await self._changes.rename(Kind.USER, ada.id)
            await self._switching(ada.id, RENAMED if renamed else "ada")
        await self._deleting(bo.id)

    async def _first(self) -> Reading:
        """Ada; with more than the profile requires where the provider asks for more."""
        plain = await self._scratch.make_user("ada", title="Doctor")
        if plain.status not in (400, 422):
            return plain
        self._scratch.rich = True
        rich = await self._scratch.make_user("ada", title="Doctor")
        if rich.id is not None:
            said = "a user needs more than the profile says: with externalId, displayName, name "
            said += f"and emails one can be made, and without them that answers {told(plain)}"
            hint = "name what it asks for in the profile: `users: {attributes: {NAME: {required: "
            hint += "true}}}`"
            self._notes.warn("creating", said, hint=hint, private=plain.complaint)
        return rich

    async def _group(self, ada: str, bo: str) -> None:
        made = await self._scratch.make_group("team")
        if made.id is None:
            said = f"no group can be made ({told(made)})"
            self._notes.problem("creating", said, private=made.complaint)
            return
        other = await self._scratch.make_group("TEAM")
        same = "are one" if other.status == 409 else f"may both be there ({told(other)})"
        self._notes.note("groups", f"two group names that differ in case {same}")
        joined = await join(self._line, self._scratch.profile, made.id, ada, bo)
        held = await members_of(self._line, made.id)
        if not held and not joined.fine:
            await self._changes.group_by_put(joined, made.id, ada, bo)
            return
        if not held:
            await self._asked_for(made.id, ada)
            return
        await self._shown_in(made.id)
        await self._refusals.known_member(made.id, ada, held)
        await self._removal(made.id, ada, bo)
        await self._put(made.id, bo)
        await self._refusals.unknown_member_and_atomicity(made.id, (ada, bo))
        await self._changes.rename(Kind.GROUP, made.id)

    async def _shown_in(self, group: str) -> None:
        """A group that has members for certain: does the list say so, too?"""
        listed = await self._line.get(f"{self._line.path(Kind.GROUP)}?startIndex=1&count=100")
        row = next((row for row in listed.rows if usable_id(row.get("id")) == group), None)
        if row is None:
            return  # on another page
        if row.get("members"):
            self._notes.saw("members_in", MembersIn.LIST, "the list shows a group's members")
        else:
            how = "a group has members that the list does not show"
            self._notes.saw("members_in", MembersIn.RESOURCE, how)

    async def _asked_for(self, group: str, ada: str) -> None:
        """Nothing shows members; a filter may tell of one of them, and of one who is none."""
        ones = [await self._found(group, member) for member in (ada, group)]
        if ones == [[group], []]:
            how = "a group with members showed none, and a filter told of one"
            self._notes.saw("members_in", MembersIn.PROBED, how)
        else:
            self._notes.saw("members_in", MembersIn.NEVER, "a group with members showed none")

    async def _found(self, group: str, member: str) -> list[str] | None:
        asked = quote(f'id eq "{group}" and members eq "{member}"', safe="")
        answer = await self._line.get(f"{self._line.path(Kind.GROUP)}?filter={asked}")
        return [str(row.get("id")) for row in answer.rows] if answer.listed else None

    async def _removal(self, group: str, ada: str, bo: str) -> None:
        """One of two goes. Whoever stays says which form removes one, and which everybody."""
        by_filter = {"op": "remove", "path": f'members[value eq "{ada}"]'}
        answer = await patch(self._line, Kind.GROUP, group, by_filter)
        held = await members_of(self._line, group)
        if held == {bo}:
            self._notes.saw("member_removal", MemberRemoval.FILTER, "a filter removed one of two")
        elif not held and answer.fine:
            self._notes.problem("members", "removing one member by a filter removed everybody")
        else:
            self._notes.note("members", f"a filter removes nobody ({told(answer)})")
        await join(self._line, self._scratch.profile, group, ada, bo)
        by_list: Mapping[str, Json] = {"op": "remove", "path": "members", "value": [{"value": ada}]}
        answer = await patch(self._line, Kind.GROUP, group, by_list)
        listed = await members_of(self._line, group)
        if listed == {bo} and held != {bo}:
            self._notes.saw("member_removal", MemberRemoval.LIST, "a list removed one of two")
        elif listed == {bo}:
            self._notes.note("members", "a list of values removes those alone, too")
        elif not listed and answer.fine:
            hint = "a client that sends this form empties groups here; Entra's older one does"
            said = "`remove members` with a list of one removes everybody"
            self._notes.warn("members", said, hint=hint)
        else:
            self._notes.note("members", f"a list of values removes nobody ({told(answer)})")

    async def _put(self, group: str, bo: str) -> None:
        await patch(self._line, Kind.GROUP, group, adding(bo))
        body: dict[str, Json] = {
            "schemas": [CORE_GROUP],
            "displayName": self._scratch.group_name("team"),
            "externalId": self._scratch.group_name("team"),
        }
        answer = await self._line.ask("PUT", self._line.path(Kind.GROUP, group), body)
        if not answer.fine:
            self._notes.note("PUT", f"a group cannot be replaced ({told(answer)})")
            return
        merges = bool(await members_of(self._line, group))
        said = "keeps the members that it does not name" if merges else "without members empties it"
        self._notes.note("PUT", f"PUT of a group {said}")

    async def _attributes(self, ada: str) -> None:
        """How a value is taken away, whether versions are guarded, what is not known."""
        await self._clearing(ada)
        guarded = await patch(
            self._line, Kind.USER, ada, setting("title", "Doctor"), headers=_STALE
        )
        self._notes.saw("etags", guarded.status == 412, "a write with a version that never was")
        capital = await patch(
            self._line, Kind.USER, ada, {**setting("title", "Doctor"), "op": "Replace"}
        )
        self._notes.note("PATCH", f"`Replace` with a capital answers {told(capital)}")
        unknown = await patch(self._line, Kind.USER, ada, setting("noSuchAttribute", "x"))
        self._notes.note("PATCH", f"an attribute that nobody has answers {told(unknown)}")

    async def _clearing(self, ada: str) -> None:
        made = await self._line.get(self._line.path(Kind.USER, ada))
        if not made.data.get("title"):
            self._notes.note(
                "PATCH", "a title is not kept, so how values are taken away stays open"
            )
            return
        forms: tuple[tuple[Clearing, Mapping[str, Json]], ...] = (
            (Clearing.REMOVE, {"op": "remove", "path": "title"}),
            (Clearing.NULL, setting("title", None)),
            (Clearing.EMPTY, setting("title", "")),
        )
        for form, operation in forms:
            await patch(self._line, Kind.USER, ada, setting("title", "Doctor"))
            answer = await patch(self._line, Kind.USER, ada, operation)
            now = await self._line.get(self._line.path(Kind.USER, ada))
            if answer.fine and now.fine and not now.data.get("title"):
                self._notes.saw("clearing", form, f"the form `{form}` took a title away")
                return
        self._notes.warn("PATCH", "no form takes a title away")

    async def _switching(self, ada: str, who: str) -> None:
        off = await patch(self._line, Kind.USER, ada, setting("active", False))
        now = await self._line.get(self._line.path(Kind.USER, ada))
        if now.gone:
            how = f"after `active: false` the user answered {told(now)}"
            await self._hidden_or_gone(ada, who, how)
            return
        inactive = str(now.data.get("active")).lower() == "false"
        if not off.fine or not inactive:
            self._notes.saw("deactivation", Deactivation.NONE, "`active: false` changed nothing")
            return
        self._notes.saw("inactive_shown", True, "after `active: false` the user was shown")
        await patch(self._line, Kind.USER, ada, setting("active", True))
        back = await self._line.get(self._line.path(Kind.USER, ada))
        comes = str(back.data.get("active")).lower() == "true"
        self._notes.saw("reactivates", comes, "`active: true` after `active: false`")
        if comes:
            said = "a user who is switched off is still shown, and comes back with `active: true`"
            hint = "whether what they had is gone meanwhile, no probe can tell"
            self._notes.note("switching off", said, hint=hint)
        else:
            self._notes.warn("switching off", "a user who is switched off does not come back")

    async def _hidden_or_gone(self, ada: str, who: str, how: str) -> None:
        """Who is not shown any more; if the same name brings back the same one, nothing is lost."""
        self._scratch.made.discard((Kind.USER, ada))
        again = await self._scratch.make_user(who)
        if again.id == ada:
            how = f"{how}, and the same userName brought back the id"
        else:
            self._notes.saw("deactivation", Deactivation.DESTRUCTIVE, how)
        self._notes.saw("inactive_shown", False, how)

    async def _deleting(self, bo: str) -> None:
        gone = await self._line.ask("DELETE", self._line.path(Kind.USER, bo))
        now = await self._line.get(self._line.path(Kind.USER, bo))
        if gone.fine and now.gone:
            await self._making_again(bo)
            return
        if now.fine and str(now.data.get("active")).lower() == "false":
            self._notes.saw("deletion", Deletion.DEACTIVATES, "after a DELETE the user is inactive")
        else:
            self._notes.saw("deletion", Deletion.NONE, f"a DELETE answers {told(gone)}")
        if gone.status < 500:
            self._notes.warn("cleaning up", "the scratch users stay there, switched off")

    async def _making_again(self, bo: str) -> None:
        """Who answers 404 may only be hidden, and be brought back by the same name."""
        self._scratch.made.discard((Kind.USER, bo))
        again = await self._scratch.make_user("bo")
        named = bo.lower() == self._scratch.user_name("bo").lower()  # the name is the id
        if again.id == bo and not named:
            how = "after a DELETE the user answered 404, and the same userName brought back the id"
            self._notes.saw("deletion", Deletion.DEACTIVATES, how)
            return
        self._notes.saw("deletion", Deletion.REMOVES, "after a DELETE the user answered 404")
        if again.fine or again.status == 409:
            how = f"the userName of who was deleted, used again, answered {told(again)}"
            self._notes.saw("recreates", again.fine, how)
        if again.status == 409:
            hint = "who comes back needs another userName, or a hand at the provider"
            self._notes.warn("deletion", "the userName of who was deleted stays taken", hint=hint)
