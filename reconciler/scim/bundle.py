"""Several tasks that each make their calls, of which the first writes leave in one request.

A task gets a place, and sends through it as it would by itself: what it reads goes at once, its
first write waits until every other place has one too or was left, and then one task sends all of
them together. What is sent after that goes by itself. So whoever writes does not know of the
others, and each hears what a request of its own would have told.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Final, Generic, TypeVar

from reconciler.errors import NotScimError, NotTogetherError, ProviderError, RejectedError
from reconciler.model.profile import Profile
from reconciler.scim import bulk
from reconciler.scim.answers import Answer
from reconciler.scim.calls import Call, Method
from reconciler.scim.sender import Sends

#: Of the request as a whole: nothing of it was carried out, and it is about Bulk. A token that is
#: refused altogether shows at the next single request.
_NOT_TAKEN: Final = frozenset({400, 403, 404, 405, 413, 501})

#: None: it is to go by itself.
_Told = Answer | ProviderError | NotTogetherError | None
_Said = TypeVar("_Said")
_Heard = TypeVar("_Heard")


class Meeting(Generic[_Said, _Heard]):
    """So many places, in each of which something is said once, or nothing.

    When that is settled for all of them, the task of the first place that spoke acts for everybody.
    The tasks are of one group: were that one to fail, the others end with it.
    """

    def __init__(
        self,
        places: int,
        act: Callable[[Mapping[int, _Said]], Awaitable[Mapping[int, _Heard]]],
    ) -> None:
        self._open = places
        self._act = act
        self._said: dict[int, _Said] = {}
        self._heard: Mapping[int, _Heard] = {}
        self._settled = asyncio.Event()
        self._acted = asyncio.Event()

    async def say(self, place: int, what: _Said) -> _Heard:
        """What came of it, once everybody has spoken or left."""
        self._said[place] = what
        self._close_one()
        await self._settled.wait()
        if place == min(self._said):
            self._heard = await self._act(dict(sorted(self._said.items())))
            self._acted.set()
        await self._acted.wait()
        return self._heard[place]

    def leave(self, place: int) -> None:
        """Nothing will be said there any more."""
        if place not in self._said:
            self._close_one()

    def _close_one(self) -> None:
        self._open -= 1
        if self._open == 0:
            self._settled.set()


class Bundle:
    """Places for so many tasks, whose first writes leave in one request; one place is one too."""

    def __init__(
        self, sender: Sends, profile: Profile, places: int, ready: Callable[[], bool]
    ) -> None:
        self._sender = sender
        self._places = places
        self._profile = profile
        self._ready = ready
        self._meeting: Meeting[Call, _Told] = Meeting(places, self._send)

    @contextmanager
    def place(self, number: int) -> Iterator[Place]:
        """The place with this number, from 0; for as long as it is held, others may wait for it."""
        try:
            yield Place(self._sender, self._meeting, number)
        finally:
            self._meeting.leave(number)

    async def _send(self, calls: Mapping[int, Call]) -> dict[int, _Told]:
        """What became of each; more than one request only where one would be too large."""
        if not self._ready():
            return dict.fromkeys(calls, NotTogetherError("it must not leave any more"))
        if len(calls) < min(2, self._places):
            return dict.fromkeys(calls)
        named = {_name(number): call for number, call in calls.items()}
        told: dict[str, _Told] = {}
        for part in bulk.in_parts(named, self._profile.bulk_bytes):
            told |= await self._send_part(part)
        return {number: told[_name(number)] for number in calls}

    async def _send_part(self, calls: Mapping[str, Call]) -> dict[str, _Told]:
        doing = f"make {len(calls)} changes in one request"
        # What goes together is of one kind (`plan.together`), as are the limits that it counts for.
        kind = next(iter(calls.values())).kind
        call = Call(Method.POST, kind, bulk.ENDPOINT, doing, bulk.request(calls), of_all=True)
        try:
            answer = await self._sender.send(call)
        except NotScimError as page:
            # Of a write, it is the web page of a path behind which nothing is.
            return dict.fromkeys(calls, NotTogetherError(page.message))
        except ProviderError as error:
            if isinstance(error, RejectedError) and error.status in _NOT_TAKEN:
                return dict.fromkeys(calls, NotTogetherError(error.message))
            return dict.fromkeys(calls, error)
        found = bulk.results(answer, calls)
        errors = self._profile.errors
        return {
            name: bulk.read(call, found.get(name, {}), answer, errors)
            for name, call in calls.items()
        }


def _name(number: int) -> str:
    return f"change-{number + 1}"


class Place:
    """One task's way to send; see the module."""

    def __init__(self, sender: Sends, meeting: Meeting[Call, _Told], number: int) -> None:
        self._sender = sender
        self._meeting = meeting
        self._number = number
        self._spoken = False

    @property
    def requests(self) -> Counter[str]:
        """Of the sender that everything goes through."""
        return self._sender.requests

    @property
    def retries(self) -> int:
        """The same."""
        return self._sender.retries

    async def send(self, call: Call) -> Answer:
        """The answer to a call, as if it had been sent by itself.

        Raises:
            NotTogetherError: it was not sent, and has to be sent outside of the bundle.
        """
        if call.reads or self._spoken:
            return await self._sender.send(call)
        self._spoken = True
        told = await self._meeting.say(self._number, call)
        if told is None:
            return await self._sender.send(call)
        if isinstance(told, Exception):
            raise told
        return told
