"""A service provider in memory: it keeps state, notes what it is sent, and fails on demand.

It is a fake of the wire, for stories about the executor alone. It keeps versions, refuses a second
`userName`, drops memberships with the account, can lose an answer *after* doing the work, shows
writes late, and can be written to by somebody else in between. What SCIM really looks like is the
simulator's business.

`sent` has every write that arrived, as `(method, kind or group, …)`, a Bulk request as
`("bulk", …)` with its operations; `done` the positions in `sent` of those that were carried out,
`took_effect` what took effect by which of them, operation by operation.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from copy import deepcopy
from dataclasses import dataclass, field, replace
from enum import Enum, auto
from functools import partial
from typing import Any

from reconciler.errors import (
    ConflictError,
    NotFoundError,
    NotScimError,
    NotTogetherError,
    OutcomeUnknownError,
    ProviderError,
    RejectedError,
    StaleVersionError,
    ThrottledError,
    UnauthorizedError,
    UnreachableError,
)
from reconciler.model.identity import Kind, ResourceId
from reconciler.model.path import AttributePath, Json, Value
from reconciler.model.profile import MembersIn, Profile
from reconciler.model.resource import Listing, Resource, Unread, known_members
from reconciler.model.written import Written
from reconciler.plan.canonical import canonical_value, comparable, read
from reconciler.scim.bundle import Meeting


class Fault(Enum):
    """What can happen to one request. `AFTER`: the work was done all the same."""

    LOST = auto()
    LOST_AFTER = auto()
    UNREACHABLE = auto()
    REJECTED = auto()
    ERROR = auto()  # 500
    ERROR_AFTER = auto()
    HTML_AFTER = auto()
    THROTTLED = auto()
    UNAUTHORIZED = auto()
    NOT_FOUND = auto()
    STALE = auto()
    CONFLICT = auto()
    KILLED = auto()
    KILLED_AFTER = auto()


AFTER = frozenset({Fault.LOST_AFTER, Fault.ERROR_AFTER, Fault.HTML_AFTER, Fault.KILLED_AFTER})


class Killed(BaseException):
    """Our process is gone: nothing of it runs any more."""


def error_for(fault: Fault) -> ProviderError | Killed:
    match fault:
        case Fault.LOST | Fault.LOST_AFTER:
            return OutcomeUnknownError("no answer")
        case Fault.UNREACHABLE:
            return UnreachableError("no connection")
        case Fault.REJECTED:
            return RejectedError("invalid value", status=400)
        case Fault.ERROR | Fault.ERROR_AFTER:
            return RejectedError("server error", status=500)
        case Fault.HTML_AFTER:
            return NotScimError("a page of HTML")
        case Fault.THROTTLED:
            return ThrottledError("too many requests", status=429)
        case Fault.UNAUTHORIZED:
            return UnauthorizedError("token expired", status=401)
        case Fault.NOT_FOUND:
            return NotFoundError("not found", status=404)
        case Fault.STALE:
            return StaleVersionError("another version", status=412)
        case Fault.CONFLICT:
            return ConflictError("taken", status=409, scim_type="uniqueness")
        case Fault.KILLED | Fault.KILLED_AFTER:
            return Killed()


State = dict[tuple[Kind, ResourceId], Resource]
Work = Callable[[], Resource | None]
_Told = Written | ProviderError | NotTogetherError


@dataclass(frozen=True)
class _Operation:
    """One write of a Bulk request."""

    what: tuple[Any, ...]
    work: Work


#: Where the task that runs may say its first write, if it shares a request.
_PLACE: ContextVar[tuple[Meeting[_Operation, _Told], int] | None] = ContextVar(
    "place", default=None
)


@dataclass
class FakeTarget:
    """See the module. Faults and `meanwhile` are by the number of the write or read, from 1."""

    profile: Profile
    write_faults: Mapping[int, Fault] = field(default_factory=dict)
    read_faults: Mapping[int, Fault] = field(default_factory=dict)
    meanwhile: Mapping[int, Callable[[FakeTarget], object]] = field(default_factory=dict)
    gaps: Mapping[Kind, str] = field(default_factory=dict)
    bulk_faults: Mapping[int, Fault] = field(default_factory=dict)
    shows_after: float = 0.0
    empties_groups: bool = False
    ignores_removals: bool = False
    replaces_on_add: bool = False
    drops_on_add: int = 0  # so many of those who are to be added
    says_ids: bool = True
    answers_without_body: bool = False
    on_write: Callable[[], None] | None = None
    sent: list[tuple[Any, ...]] = field(default_factory=list)
    done: list[int] = field(default_factory=list)
    took_effect: list[tuple[int, tuple[Any, ...]]] = field(default_factory=list)
    reads: list[tuple[Any, ...]] = field(default_factory=list)
    clock: float = 0.0
    slept: list[float] = field(default_factory=list)
    yields: bool = False  # each write lets others run before it is done
    in_flight: int = 0
    most_in_flight: int = 0
    unseen: frozenset[str] = frozenset()  # ids that a GET says are not there
    _history: list[tuple[float, State]] = field(default_factory=lambda: [(float("-inf"), {})])
    _made: int = 0
    _operations: int = 0

    # What tests say.

    def holds(self, *resources: Resource) -> FakeTarget:
        """With these in it from the beginning (or, in `meanwhile`, by somebody else's hand)."""
        state = {**self.state, **{(r.kind, r.id): r for r in resources}}
        self._history.append((float("-inf") if not self.sent else self.clock, state))
        return self

    def loses(self, kind: Kind, id: str) -> None:
        """Somebody else deletes it."""
        state = {live: r for live, r in self.state.items() if live != (kind, id)}
        self._history.append((self.clock, state))

    def healed(self) -> FakeTarget:
        """The same provider, nothing fails any more and nothing has been noted."""
        return FakeTarget(self.profile, _history=[(float("-inf"), self.state)], _made=self._made)

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.clock += seconds

    @property
    def state(self) -> State:
        return self._history[-1][1]

    def members(self, group: str) -> frozenset[ResourceId]:
        members = self.state[Kind.GROUP, ResourceId(group)].members
        assert isinstance(members, frozenset)
        return members

    def data(self, kind: Kind, id: str) -> Mapping[str, Json]:
        return self.state[kind, ResourceId(id)].data

    # What the executor sees.

    async def get(self, kind: Kind, id: ResourceId) -> Resource | None:
        self._read("get", kind, id)
        found = None if id in self.unseen else self._shown().get((kind, id))
        never = self.profile.members_in in {MembersIn.NEVER, MembersIn.PROBED}
        return _hidden(found) if never and found is not None else found

    async def find(self, kind: Kind, path: AttributePath, value: str) -> tuple[Resource, ...]:
        self._read("find", kind, path.text, value)
        known = self.profile.characteristics(kind, path)
        key = comparable(known, canonical_value(known, value))
        return tuple(
            self._listed(r)
            for (of, _), r in sorted(self._shown().items())
            if of is kind and comparable(known, read(r, path, self.profile)) == key
        )

    async def is_member(self, group: ResourceId, member: ResourceId) -> bool:
        self._read("ask", group, member)
        live = self._shown().get((Kind.GROUP, group))
        return live is not None and member in known_members(live.members)

    async def listing(self, kind: Kind) -> Listing:
        self._read("list", kind)
        found = {r.id: self._listed(r) for r in self._shown().values() if r.kind is kind}
        if kind in self.gaps:
            found = dict(list(found.items())[: len(found) // 2])
        return Listing(found, gap=self.gaps.get(kind))

    async def create(self, kind: Kind, values: Mapping[AttributePath, Value]) -> Written:
        what = ("create", kind, _texts(values))
        return await self._write(what, lambda: self._new(kind, values))

    def _new(self, kind: Kind, values: Mapping[AttributePath, Value]) -> Resource:
        data = _with({}, values)
        self._refuse_second(kind, data, None)
        self._made += 1
        made = ResourceId(f"new-{self._made}")
        members = frozenset[ResourceId]() if kind is Kind.GROUP else None
        return self._keep(Resource(made, kind, data, members, version="1"))

    async def update(
        self,
        kind: Kind,
        id: ResourceId,
        values: Mapping[AttributePath, Value],
        *,
        seen: Resource | None = None,  # noqa: ARG002 - how a PATCH is spelled is nothing to a fake
        version: str | None = None,
    ) -> Written:
        def work() -> Resource:
            live = self._there(kind, id, version)
            data = _with(live.data, values)
            self._refuse_second(kind, data, id)
            return self._keep(_next(live, data=data))

        return await self._write(("update", kind, id, _texts(values)), work)

    async def delete(self, kind: Kind, id: ResourceId, *, version: str | None = None) -> Written:
        def work() -> None:
            self._there(kind, id, version)
            self._drop(kind, id)

        return await self._write(("delete", kind, id), work)

    async def add_members(self, group: ResourceId, members: Sequence[ResourceId]) -> Written:
        def work() -> Resource:
            live = self._there(Kind.GROUP, group, None)
            before = frozenset() if self.replaces_on_add else self.members(group)
            joining = members[self.drops_on_add :]
            return self._keep(_next(live, members=before | set(joining)))

        return await self._write(("add", group, tuple(members)), work)

    async def remove_members(self, group: ResourceId, members: Sequence[ResourceId]) -> Written:
        def work() -> Resource:
            live = self._there(Kind.GROUP, group, None)
            left = self.members(group) - set(members)
            if self.empties_groups:
                left = frozenset()
            if self.ignores_removals:
                left = self.members(group)
            return self._keep(_next(live, members=left))

        return await self._write(("remove", group, tuple(members)), work)

    async def replace_members(self, group: ResourceId, members: Sequence[ResourceId]) -> Written:
        def work() -> Resource:
            live = self._there(Kind.GROUP, group, None)
            return self._keep(_next(live, members=frozenset(members)))

        return await self._write(("replace", group, tuple(members)), work)

    async def empty_group(self, group: ResourceId) -> Written:
        def work() -> Resource:
            live = self._there(Kind.GROUP, group, None)
            return self._keep(_next(live, members=frozenset()))

        return await self._write(("empty", group), work)

    def together(
        self, number: int, ready: Callable[[], bool]
    ) -> Sequence[AbstractContextManager[FakeTarget]]:
        """One write, by the number of which it can fail as a whole.

        `bulk_faults` are those of its operations, numbered from 0 over all Bulk requests.
        """
        meeting = Meeting(number, partial(self._bulk, number, ready))
        return [self._placed(meeting, place) for place in range(number)]

    @contextmanager
    def _placed(self, meeting: Meeting[_Operation, _Told], place: int) -> Iterator[FakeTarget]:
        token = _PLACE.set((meeting, place))
        try:
            yield self
        finally:
            _PLACE.reset(token)
            meeting.leave(place)

    async def _bulk(
        self, places: int, ready: Callable[[], bool], operations: Mapping[int, _Operation]
    ) -> dict[int, _Told]:
        if not ready():
            return dict.fromkeys(operations, NotTogetherError("not ready"))
        if len(operations) < min(2, places):
            ((place, alone),) = operations.items()
            return {place: await self._write_alone(alone.what, alone.work)}
        found: dict[int, _Told] = {}

        def work() -> None:
            for place, operation in operations.items():
                found[place] = self._operation(operation)

        try:
            await self._write_alone(("bulk", *(o.what for o in operations.values())), work)
        except ProviderError as error:
            refused = isinstance(error, RejectedError) and error.status in {400, 404}
            told = NotTogetherError("no Bulk") if refused else error
            return dict.fromkeys(operations, told)
        return found

    def _operation(self, operation: _Operation) -> _Told:
        fault = self.bulk_faults.get(self._operations)
        self._operations += 1
        error = None if fault is None else error_for(fault)
        assert not isinstance(error, Killed)
        if error is not None and fault not in AFTER:
            return error
        try:
            resource = operation.work()
        except ProviderError as refused:
            return refused
        self.took_effect.append((len(self.sent) - 1, operation.what))
        return error or self._written(resource, None)

    # How it works.

    def _read(self, *what: Any) -> None:
        self.reads.append(what)
        fault = self.read_faults.get(len(self.reads))
        if fault is not None:
            raise error_for(fault)

    async def _write(self, what: tuple[Any, ...], work: Work) -> Written:
        place = _PLACE.get()
        if place is None:
            return await self._write_alone(what, work)
        _PLACE.set(None)
        meeting, number = place
        told = await meeting.say(number, _Operation(what, work))
        if isinstance(told, Exception):
            raise told
        return told

    async def _write_alone(self, what: tuple[Any, ...], work: Work) -> Written:
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        if self.yields:
            await asyncio.sleep(0)
        try:
            return self._answer(what, work)
        finally:
            self.in_flight -= 1

    def _answer(self, what: tuple[Any, ...], work: Work) -> Written:
        if self.on_write is not None:
            self.on_write()
        self.sent.append(what)
        number = len(self.sent)
        if number in self.meanwhile:
            self.meanwhile[number](self)
        fault = self.write_faults.get(number)
        if fault is not None and fault not in AFTER:
            raise error_for(fault)
        try:
            resource = work()
            self.done.append(number - 1)
            if what[0] != "bulk":
                self.took_effect.append((number - 1, what))
        finally:
            if fault is not None:
                raise error_for(fault)
        return self._written(resource, f"r{number}")

    def _written(self, resource: Resource | None, request: str | None) -> Written:
        shown = None if self.answers_without_body else resource
        made = resource.id if resource is not None and self.says_ids else None
        members = None if shown is None else shown.members
        return Written(made, shown, request, members if isinstance(members, frozenset) else None)

    def _shown(self) -> State:
        horizon = self.clock - self.shows_after
        return next(state for since, state in reversed(self._history) if since <= horizon)

    def _listed(self, resource: Resource) -> Resource:
        return resource if self.profile.members_in is MembersIn.LIST else _hidden(resource)

    def _there(self, kind: Kind, id: ResourceId, version: str | None) -> Resource:
        live = self.state.get((kind, id))
        if live is None:
            raise NotFoundError("not found", status=404)
        if version is not None and version != live.version:
            raise StaleVersionError("another version", status=412)
        return live

    def _refuse_second(self, kind: Kind, data: Mapping[str, Json], own: ResourceId | None) -> None:
        name = str(data.get("username")).lower()
        if kind is Kind.USER and any(
            r.kind is Kind.USER and r.id != own and str(r.data.get("username")).lower() == name
            for r in self.state.values()
        ):
            raise ConflictError("userName is taken", status=409, scim_type="uniqueness")

    def _keep(self, resource: Resource) -> Resource:
        self._history.append((self.clock, {**self.state, (resource.kind, resource.id): resource}))
        return resource

    def _drop(self, kind: Kind, id: ResourceId) -> None:
        self.loses(kind, id)
        for live in list(self.state.values()):
            if isinstance(live.members, frozenset) and id in live.members:
                self._keep(_next(live, members=live.members - {id}))


def _hidden(resource: Resource) -> Resource:
    if resource.kind is Kind.USER:
        return resource
    return replace(resource, members=Unread("lists do not show members"))


def _next(live: Resource, **parts: Any) -> Resource:
    return replace(live, version=str(int(live.version or "0") + 1), **parts)


def _texts(values: Mapping[AttributePath, Value]) -> dict[str, Value]:
    return {path.text: value for path, value in sorted(values.items(), key=lambda v: v[0].text)}


def _with(data: Mapping[str, Json], values: Mapping[AttributePath, Value]) -> dict[str, Json]:
    """`data` with these values at these paths, names folded."""
    new: dict[str, Any] = deepcopy(dict(data))
    for path, value in values.items():
        holder = new
        if path.urn is not None and path.folded.startswith(path.urn.lower()):
            holder = new.setdefault(path.urn.lower(), {})
        name = path.attribute.lower()
        if path.selector is not None:
            by = path.selector.attribute.lower()
            others = [e for e in holder.get(name, ()) if e.get(by) != path.selector.value]
            element = {by: path.selector.value, path.sub: value}
            holder[name] = tuple(others if value is None else [*others, element])
        elif path.sub is not None:
            holder.setdefault(name, {})[path.sub.lower()] = value
        else:
            holder[name] = value
    return {name: value for name, value in new.items() if value not in (None, (), {})}


def a_person(key: str, **data: Json) -> Resource:
    """A live user `id-KEY` whose `userName` is KEY."""
    values = {"username": key, "active": True, **{n.lower(): v for n, v in data.items()}}
    return Resource(ResourceId(f"id-{key}"), Kind.USER, values, version="1")


def a_live_group(key: str, members: Iterable[str] = (), **data: Json) -> Resource:
    """A live group `id-KEY` with the people of these keys."""
    values = {"displayname": key, **{name.lower(): value for name, value in data.items()}}
    ids = frozenset(ResourceId(f"id-{member}") for member in members)
    return Resource(ResourceId(f"id-{key}"), Kind.GROUP, values, ids, version="1")
