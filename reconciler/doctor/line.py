"""Questions to a provider, counted: never more of them than were announced."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, Protocol
from urllib.parse import quote

from reconciler.model.dialect import MediaType
from reconciler.model.exchange import Failure, Reply
from reconciler.model.identity import Kind
from reconciler.model.leniency import usable_id, whole
from reconciler.model.path import Json, fold
from reconciler.model.profile import RFC7644, Profile

_LONGEST: Final = 200
_ACCEPT: Final = ", ".join(MediaType)


class Exchange(Protocol):
    """One request, and its answer or why there is none."""

    async def exchange(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes | None,
        *,
        turn: Callable[[], Awaitable[None]],
    ) -> Reply | Failure: ...


@dataclass(frozen=True, slots=True)
class Reading:
    """An answer as far as it can be understood. `status` 0 is none, and `fault` says why.

    `data` has folded names; it is empty for whatever is not a JSON object.
    """

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    data: Mapping[str, Json] = field(default_factory=dict)
    fault: str | None = None
    page: bool = False

    @property
    def fine(self) -> bool:
        return 200 <= self.status < 300

    @property
    def complaint(self) -> str | None:
        """The provider's own sentence: for those at this terminal alone."""
        said = self.data.get("detail")
        return said[:_LONGEST] if isinstance(said, str) and said else None

    @property
    def gone(self) -> bool:
        """The provider's own word that nobody is there."""
        return self.status in (404, 410) and not self.page

    @property
    def rows(self) -> tuple[Mapping[str, Json], ...]:
        """The resources of a list."""
        found = self.data.get("resources")
        rows = found if isinstance(found, tuple) else ()
        return tuple(row for row in rows if isinstance(row, Mapping))

    @property
    def total(self) -> int | None:
        return whole(self.data.get("totalresults"))

    @property
    def listed(self) -> bool:
        """A list as RFC 7644 §3.4.2 has it."""
        return self.fine and self.total is not None

    @property
    def id(self) -> str | None:
        return usable_id(self.data.get("id"))


#: Nobody has this name or id.
NOBODY: Final = "00000000-0000-4000-8000-00000000d0c7"


class BudgetError(RuntimeError):
    """More would be sent than was announced: our own bug, found before it is sent."""


class Line:
    """Asks one question after the other, in the way that a profile says; `pause` lets a rate be
    kept between them."""

    def __init__(
        self,
        wire: Exchange,
        base_url: str,
        *,
        budget: int,
        pause: Callable[[], Awaitable[None]],
        profile: Profile = RFC7644,
    ) -> None:
        self._wire = wire
        self._base = base_url
        self._left = budget
        self._pause = pause
        self._profile = profile
        self.sent = 0
        self.answers: list[Reading] = []
        self.counted = True  # whether lists may be asked for with `startIndex` and `count`

    async def ask(
        self,
        method: str,
        path: str,
        body: Mapping[str, Json] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Reading:
        """Send it, if the budget allows; what went wrong on the way is in the reading.

        Raises:
            BudgetError: the budget is used up.
        """
        if self._left <= 0:
            raise BudgetError("the announced number of requests is used up")
        self._left -= 1
        self.sent += 1
        sent = {"accept": _ACCEPT, **(headers or {})}
        content = None
        if body is not None:
            sent["content-type"] = self._profile.transport.content_type.value
            content = json.dumps(body).encode("ascii")
        url = f"{self._base}{path}"
        answer = _read(await self._wire.exchange(method, url, sent, content, turn=self._pause))
        self.answers.append(answer)
        return answer

    def path(self, kind: Kind, id: str = "") -> str:
        """Where all of one kind are, or one of it."""
        return self._profile.path(kind, quote(id, safe=""))

    async def get(self, path: str) -> Reading:
        return await self.ask("GET", path if self.counted else _uncounted(path))


def _uncounted(path: str) -> str:
    place, _, query = path.partition("?")
    kept = [p for p in query.split("&") if not p.startswith(("count=", "startIndex="))]
    return f"{place}?{'&'.join(kept)}" if any(kept) else place


def _read(answer: Reply | Failure) -> Reading:
    if isinstance(answer, Failure):
        return Reading(0, fault=answer.fault.value)
    first = answer.body.lstrip()[:1]
    declared = "html" in answer.headers.get("content-type", "").lower()
    page = first == b"<" or (declared and first != b"{")
    try:
        data = None if page else fold(json.loads(answer.body))
    except (ValueError, RecursionError):
        data = None
    found = data if isinstance(data, Mapping) else {}
    return Reading(answer.status, answer.headers, found, page=page)
