"""Bulk (RFC 7644 §3.7): several operations in one request, each with a result of its own.

Each operation is a transaction, carried out as soon as every new resource that it names by
`bulkId:` is there, and otherwise in the order of the request. Those that name one another in a
circle are refused (§3.7.1 leaves that open). `failOnErrors` ends the work after so many errors;
what was not reached has no result.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from reconciler.simulator.definitions import RESOURCE_TYPES
from reconciler.simulator.errors import ScimError, invalid_syntax, invalid_value
from reconciler.simulator.preconditions import Preconditions
from reconciler.simulator.provider import Answer, Asked, Provider
from reconciler.simulator.quirks import Quirks
from reconciler.simulator.rendering import Projection
from reconciler.simulator.values import Document, Json, Kind

REQUEST_URN: Final = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
RESPONSE_URN: Final = "urn:ietf:params:scim:api:messages:2.0:BulkResponse"
_REFERENCE: Final = "bulkId:"
_METHODS: Final = ("POST", "PUT", "PATCH", "DELETE")
_KINDS: Final = {resource_type.endpoint: kind for kind, resource_type in RESOURCE_TYPES.items()}


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation as it came; `name` is its `bulkId`, `needs` those of others that it uses."""

    method: str
    path: str
    name: str | None
    version: str | None
    data: Json
    needs: frozenset[str]


@dataclass(frozen=True, slots=True)
class Message:
    """A Bulk request. `fail_on_errors` is None where every operation is to be tried."""

    operations: tuple[Operation, ...]
    fail_on_errors: int | None


def read_message(body: Json, size: int, quirks: Quirks) -> Message:
    """The operations of a request of `size` bytes.

    Raises:
        ScimError: 413 where it is too large (§3.7.4), 400 where it is no Bulk request.
    """
    most = quirks.bulk_operations or 0
    if size > quirks.bulk_bytes:
        raise ScimError(413, f"maxPayloadSize is {quirks.bulk_bytes}, and this has {size} bytes")
    message = _folded(body, "the body")
    schemas, operations = message.get("schemas"), message.get("operations")
    if not isinstance(schemas, list) or REQUEST_URN not in schemas:
        raise invalid_syntax(f"schemas does not name {REQUEST_URN}")
    if not isinstance(operations, list) or not operations:
        raise invalid_syntax("Operations is no list with something in it")
    if len(operations) > most:
        raise ScimError(413, f"maxOperations is {most}, and there are {len(operations)}")
    limit = message.get("failonerrors")
    if limit is not None and (not isinstance(limit, int) or isinstance(limit, bool) or limit < 1):
        raise invalid_syntax("failOnErrors: expected a whole number from 1")
    read = tuple(map(_operation, operations))
    names = [operation.name for operation in read if operation.name is not None]
    if len(set(names)) < len(names):
        raise invalid_syntax("a bulkId is there twice")
    return Message(read, limit)


def carry_out(message: Message, provider: Provider, quirks: Quirks, base: str) -> Document:
    """The answer: results in the order of the request, of what was reached."""
    results = _Work(provider, quirks, base, message).results()
    return {"schemas": [RESPONSE_URN], "Operations": results}


class _Work:
    """One request under way: which new resources are there by now, and which have failed."""

    def __init__(self, provider: Provider, quirks: Quirks, base: str, message: Message) -> None:
        self._provider, self._quirks, self._base = provider, quirks, base
        self._limit = message.fail_on_errors
        self._operations = message.operations
        self._coming = {o.name for o in message.operations if o.method == "POST" and o.name}
        self._made: dict[str, str] = {}
        self._errors = 0

    def results(self) -> list[Json]:
        found: dict[int, Json] = {}
        for index in self._in_order():
            found[index] = self._result(self._operations[index])
            if self._errors == self._limit:
                break
        return [found[index] for index in sorted(found)]

    def _in_order(self) -> Iterator[int]:
        """Those that wait for nobody, again and again; the first of a circle when nobody is left.

        What is given out is carried out before the next one is asked for.
        """
        left = list(range(len(self._operations)))
        while left:
            waiting = []
            for index in left:
                if self._coming.isdisjoint(self._operations[index].needs):
                    yield index
                else:
                    waiting.append(index)
            if len(waiting) == len(left):
                yield waiting.pop(0)
            left = waiting

    def _result(self, operation: Operation) -> Json:
        result: Document = {"method": operation.method}
        if operation.name is not None:
            result["bulkId"] = operation.name
        try:
            status, answer = self._answer(operation)
        except ScimError as error:
            self._errors += 1
            status, answer = error.status, None
            result["response"] = error.body()
        if operation.method != "POST":
            result["location"] = f"{self._base}{self._path(operation)}"
        if answer is not None:
            result["location"] = answer.location
            if self._quirks.etags:
                result["version"] = answer.version
            if status != 204:
                result["response"] = answer.document
            if operation.method == "POST" and operation.name is not None:
                self._made[operation.name] = str(answer.document["id"])
        self._coming.discard(operation.name)
        result["status"] = str(status)
        return result

    def _answer(self, operation: Operation) -> tuple[int, Answer | None]:
        self._require(operation)
        kind, one = _place(self._path(operation))
        conditions = Preconditions(operation.version)
        asked = Asked(self._base, Projection(), conditions)
        data = self._resolved(operation.data)
        match operation.method, one:
            case "POST", None:
                return 201, self._provider.create(kind, data, asked)
            case "PUT", str():
                return 200, self._provider.replace(kind, one, data, asked)
            case "PATCH", str():
                shown = kind is Kind.USER or self._quirks.group_patch_answers
                return 200 if shown else 204, self._provider.patch(kind, one, data, asked)
            case "DELETE", str():
                self._provider.delete(kind, one, conditions)
                return 204, None
            case _:
                told = f"{operation.method} {operation.path}"
                raise ScimError(405, f"{told}: no such operation")

    def _require(self, operation: Operation) -> None:
        missing = sorted(operation.needs - self._made.keys())
        if missing and self._coming.issuperset(missing):
            raise ScimError(409, f"{operation.path}: it needs what needs it, {missing}")
        if missing:
            raise invalid_value(f"{operation.path}: nothing was made as {missing}")

    def _path(self, operation: Operation) -> str:
        before, slash, last = operation.path.rpartition("/")
        return f"{before}{slash}{self._resolved(last)}"

    def _resolved(self, data: Json) -> Json:
        match data:
            case str() if data.startswith(_REFERENCE):
                return self._made.get(data.removeprefix(_REFERENCE), data)
            case list():
                return [self._resolved(item) for item in data]
            case dict():
                return {name: self._resolved(value) for name, value in data.items()}
            case _:
                return data


def _operation(raw: Json) -> Operation:
    parts = _folded(raw, "an operation")
    method, path, name = parts.get("method"), parts.get("path"), parts.get("bulkid")
    version = parts.get("version")
    if not isinstance(method, str) or method.upper() not in _METHODS:
        raise invalid_syntax(f"method: expected one of {', '.join(_METHODS)}")
    if not isinstance(path, str) or not path.startswith("/"):
        raise invalid_syntax("path: expected one that begins with a slash")
    if name is None and method.upper() == "POST":
        raise invalid_syntax("a POST needs a bulkId (RFC 7644 §3.7)")
    if not isinstance(name, str | None) or not isinstance(version, str | None):
        raise invalid_syntax("bulkId and version: expected text")
    data = parts.get("data")
    needs = frozenset(_references([path.rpartition("/")[2], data]))
    return Operation(method.upper(), path, name, version, data, needs)


def _folded(raw: Json, what: str) -> Document:
    if not isinstance(raw, dict):
        raise invalid_syntax(f"{what} is not a JSON object")
    return {name.lower(): value for name, value in raw.items()}


def _place(path: str) -> tuple[Kind, str | None]:
    """`/Users`, or `/Users/ID`."""
    _, endpoint, *rest = path.split("/")
    kind = _KINDS.get(f"/{endpoint}")
    if kind is None or len(rest) > 1:
        raise ScimError(404, f"{path}: no such path")
    return kind, rest[0] if rest else None


def _references(data: Sequence[Json]) -> Iterator[str]:
    for item in data:
        match item:
            case str() if item.startswith(_REFERENCE):
                yield item.removeprefix(_REFERENCE)
            case list():
                yield from _references(item)
            case dict():
                yield from _references([*item.values()])
            case _:
                pass
