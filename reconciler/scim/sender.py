"""One call, with as many attempts as `protocol.decide` allows: where calls become requests."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Final, Protocol, assert_never

from reconciler.http import Wire
from reconciler.model.dialect import MediaType
from reconciler.model.exchange import Failure, Reply
from reconciler.model.profile import Profile
from reconciler.scim.answers import Answer, Refusal, ReplyRead, read_answer
from reconciler.scim.calls import Call
from reconciler.scim.pace import Pace
from reconciler.scim.protocol import Attempt, Done, Limits, Stop, Wait, decide
from reconciler.scim.quota import pause

_ACCEPT: Final = ", ".join(MediaType)  # answers are read the same, whatever they are called


class Sends(Protocol):
    """How calls leave: by themselves (`Sender`), or some of them with others (`bundle`)."""

    @property
    def requests(self) -> Counter[str]:
        """First attempts by method."""
        ...

    @property
    def retries(self) -> int:
        """All further ones."""
        ...

    async def send(self, call: Call) -> Answer:
        """The answer to a call.

        Raises:
            ProviderError: there is none, or it is no success; see `protocol` for the cases.
        """
        ...


class Sender:
    """Sends calls to one target at one pace.

    `requests` counts first attempts by method, `retries` all further ones.
    """

    def __init__(
        self,
        wire: Wire,
        base_url: str,
        pace: Pace,
        profile: Profile,
        limits: Limits,
        *,
        sleep: Callable[[float], Awaitable[None]],
        jitter: Callable[[], float],
    ) -> None:
        self._wire = wire
        self._base_url = base_url
        self._pace = pace
        self._limits = limits.at(profile.errors)
        self._media_type = profile.transport.content_type
        self._quota = profile.quota_headers
        self._sleep = sleep
        self._jitter = jitter
        self.requests: Counter[str] = Counter()
        self.retries = 0

    async def send(self, call: Call) -> Answer:
        """The answer to a call.

        Raises:
            ProviderError: there is none, or it is no success; see `protocol` for the cases.
        """
        number, waited = 1, 0.0
        self.requests[call.method.value] += 1
        while True:
            result = await self._attempt(call)
            attempt = Attempt(number, waited, self._jitter())
            match decide(call, attempt, result, self._limits):
                case Done(answer):
                    return answer
                case Stop(error, rest):
                    self._pace.budget.hold(rest)
                    raise error
                case Wait(seconds, everybody):
                    if everybody:
                        self._pace.budget.hold(seconds)
                    else:
                        await self._sleep(seconds)
                    waited += seconds
                case other:
                    assert_never(other)
            number += 1
            self.retries += 1

    async def _attempt(self, call: Call) -> ReplyRead | Failure:
        """One request; two for a provider that takes no `application/scim+json`, the first time."""
        media_type = self._media_type
        result = await self._exchange(call, media_type)
        refused = isinstance(result, Refusal) and result.status == 415 and call.body is not None
        if not refused or media_type is MediaType.JSON:
            return result
        self._media_type = MediaType.JSON
        self.retries += 1
        return await self._exchange(call, MediaType.JSON)

    async def _exchange(self, call: Call, media_type: MediaType) -> ReplyRead | Failure:
        headers = {"accept": _ACCEPT}
        body = None
        if call.body is not None:
            headers["content-type"] = media_type.value
            body = json.dumps(call.body, separators=(",", ":")).encode()
        if call.version is not None:
            headers["if-match"] = call.version
        url = self._base_url + call.path
        budget, left = self._pace.budget, 0.0

        async def turn() -> None:
            nonlocal left
            left = await self._pace.turn(call.writes)

        result = await self._wire.exchange(call.method, url, headers, body, turn=turn)
        match result:
            case Reply(status, reply_headers, content):
                if status == 429:
                    budget.refused(left)
                else:
                    budget.accepted(left)
                budget.hold(pause(reply_headers, self._quota))
                return read_answer(status, reply_headers, content)
            case Failure():
                return result
            case _:
                assert_never(result)
