"""Probes that ask for what a provider may refuse, and look whether something changed anyway."""

from __future__ import annotations

from collections.abc import Mapping, Set
from typing import Final

from reconciler.doctor.discovery import told
from reconciler.doctor.finding import Notes
from reconciler.doctor.line import NOBODY, Reading
from reconciler.doctor.operations import adding, members_of, patch
from reconciler.doctor.scratch import Scratch
from reconciler.model.identity import Kind
from reconciler.model.path import Json

#: No provider has an operation of this name.
_WRONG: Final[Mapping[str, Json]] = {**adding(NOBODY), "op": "doctor"}
#: The most requests that all of these probes send.
REQUESTS: Final = 8


class Refusals:
    """The probes of one examination; each leaves its traces on scratch objects alone."""

    def __init__(self, scratch: Scratch, notes: Notes) -> None:
        self._scratch = scratch
        self._line = scratch.line
        self._notes = notes

    async def stranger(self, domains: Set[str]) -> None:
        """A `userName` outside `domains`; where nobody has a domain, none is outside."""
        if not domains:
            return
        made = await self._scratch.make_stranger()
        if made.fine:
            said = f"a userName outside the domains of the others is taken ({told(made)})"
            self._notes.note("domains", said)
        elif _refused(made):
            hint = "the profile's `domains` let a plan say so before anything is sent"
            said = f"a userName outside the domains of the others is refused ({told(made)})"
            self._notes.note("domains", said, hint=hint)
        else:
            said = f"whether a userName outside the domains is taken stays open ({told(made)})"
            self._notes.warn("domains", said)

    async def known_member(self, group: str, member: str, before: Set[str]) -> None:
        """Somebody who is in it is added again."""
        answer = await patch(self._line, Kind.GROUP, group, adding(member))
        after = await members_of(self._line, group)
        self._compare("adding somebody who is in it", answer, before, after)

    async def unknown_member_and_atomicity(self, group: str, people: tuple[str, ...]) -> None:
        """An id that nobody has is added alone, and then after somebody of `people`.

        Comes last of all that is done to the group: the id may stay in it.
        """
        before = await members_of(self._line, group)
        answer = await patch(self._line, Kind.GROUP, group, adding(NOBODY))
        after = await members_of(self._line, group)
        self._compare("adding an id that nobody has", answer, before, after)
        alone = self._scratch.profile.members_per_patch == 1  # two would be refused as two
        if alone or after is None or after.issuperset(people):
            self._notes.note("PATCH", "whether several operations are one stays open")
            return
        # What is refused while it is carried out tells more than what cannot even be read.
        refused = _refused(answer) and after == before
        wrong = adding(NOBODY) if refused else _WRONG
        first = next(each for each in people if each not in after)
        answer = await patch(self._line, Kind.GROUP, group, adding(first), wrong)
        self._atomicity(answer, first, await members_of(self._line, group))

    def _atomicity(self, answer: Reading, first: str, held: Set[str] | None) -> None:
        what = f"two operations whose second is wrong answer {told(answer)}"
        if held is None:
            self._notes.warn("PATCH", f"{what}, and what became of the first cannot be read")
        elif answer.fine:
            done = "carries out" if first in held else "drops"
            self._notes.warn("PATCH", f"{what}, which {done} the first: nobody is told of it")
        elif first in held:
            hint = "after a refused PATCH, only reading tells what is there"
            self._notes.warn("PATCH", f"{what}, and the first is done: not atomic", hint=hint)
        elif _refused(answer):
            self._notes.good("PATCH", f"{what}, and the first is not done: atomic")
        else:
            self._notes.note("PATCH", f"{what}, so whether they are one stays open")

    def _compare(
        self, what: str, answer: Reading, before: Set[str] | None, after: Set[str] | None
    ) -> None:
        said = f"{what} answers {told(answer)}"
        if before is None or after is None:
            self._notes.warn("members", f"{said}, and who is in the group cannot be read")
        elif before == after:
            self._notes.note("members", f"{said}, and the group is unchanged")
        else:
            self._notes.warn("members", f"{said}, and the group is another one")


def _refused(answer: Reading) -> bool:
    """Because of what was asked: not because of who asked, or how often."""
    return 400 <= answer.status < 500 and answer.status not in (401, 403, 408, 429)
