"""Several writes as one Bulk request, and its answer as theirs (RFC 7644 §3.7).

Results are matched by `bulkId`, or where one has none (§3.7.3 asks for it of a POST only) by method
and place; never by their order. What the answer does not say of an operation, or says twice, or
says of somebody else, is not known.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from typing import Final, assert_never
from urllib.parse import unquote

from reconciler.errors import ProviderError
from reconciler.model.identity import Kind, ResourceId
from reconciler.model.leniency import usable_id
from reconciler.model.path import Json
from reconciler.model.profile.clauses import Errors
from reconciler.scim import exceptions
from reconciler.scim.answers import Answer, ReplyRead, read_answer
from reconciler.scim.bodies import id_at_end
from reconciler.scim.calls import Call
from reconciler.scim.protocol import Attempt, Done, Limits, Stop, Wait, decide

REQUEST: Final = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
ENDPOINT: Final = "/Bulk"
#: What tells people and groups apart in an answer, folded.
_NAMES: Final = {Kind.USER: "username", Kind.GROUP: "displayname"}
_Row = Mapping[str, Json]


def request(calls: Mapping[str, Call]) -> dict[str, Json]:
    """Make these calls, by their `bulkId`. Without `failOnErrors`: one that is refused does not
    stop the others."""
    return {
        "schemas": [REQUEST],
        "Operations": [operation(name, call) for name, call in calls.items()],
    }


def operation(name: str, call: Call) -> dict[str, Json]:
    """One call in a Bulk request; `version` is its `If-Match` (§3.7)."""
    written: dict[str, Json] = {"method": call.method.value, "path": call.path, "bulkId": name}
    if call.version is not None:
        written["version"] = call.version
    if call.body is not None:
        written["data"] = call.body
    return written


def results(answer: Answer, calls: Mapping[str, Call]) -> dict[str, _Row]:
    """The result of each call that the answer has exactly one result of."""
    listed = (answer.body or {}).get("operations")
    rows = [
        row for row in (listed if isinstance(listed, tuple) else ()) if isinstance(row, Mapping)
    ]
    named: defaultdict[str, list[_Row]] = defaultdict(list)
    nameless = []
    for row in rows:
        match row.get("bulkid"):
            case str(name):
                named[name].append(row)
            case None:
                nameless.append(row)
            case _:
                pass
    own = {
        name: named[name] or [row for row in nameless if _is_of(call, row)]
        for name, call in calls.items()
    }
    return {name: rows[0] for name, rows in own.items() if len(rows) == 1}


def _is_of(call: Call, row: _Row) -> bool:
    own, method = _own_id(call), str(row.get("method")).upper()
    return own is not None and method == call.method and _located(call, row) == own


def read(call: Call, result: _Row, whole: Answer, errors: Errors) -> Answer | ProviderError | None:
    """What would have been read, had `call` been a request of its own.

    None where that would be sent again by now: the provider put it off (429, or what means the same
    by its `errors`).
    """
    status = _status(result.get("status"))
    if status is None:
        return exceptions.unknown(call, "the answer to the Bulk request does not say")
    if not _is_there(call, result):
        return exceptions.unknown(call, "the answer to the Bulk request is about another resource")
    match decide(call, Attempt(), _reply(status, result, whole), Limits().at(errors)):
        case Done(answer) if _is_about(call, answer):
            return _with_id(call, answer, result)
        case Done():
            return exceptions.unknown(call, "the answer shows another resource")
        case Stop(error):
            return error
        case Wait():
            return None
        case other:
            assert_never(other)


def _is_there(call: Call, result: _Row) -> bool:
    """Whether a result may be that of `call`, by its `location` (§3.7.3)."""
    there, own = _located(call, result), _own_id(call)
    return there is None or own is None or there == own


def _is_about(call: Call, answer: Answer) -> bool:
    """Whether an answer may be that to `call`: it does not show another one's id or name.

    An answer that is taken for another one's would give somebody else's access.
    """
    own, body = _own_id(call), answer.body or {}
    if own is not None:
        return "id" not in body or usable_id(body["id"]) == own
    name = _NAMES[call.kind]
    wanted = next((v for key, v in (call.body or {}).items() if key.lower() == name), None)
    shown = body.get(name)
    if not isinstance(shown, str) or not isinstance(wanted, str):
        return True
    return shown.casefold() == wanted.casefold()


def _with_id(call: Call, answer: Answer, result: _Row) -> Answer:
    """With the id of what was made in it, where only `location` tells."""
    made = _located(call, result) if _own_id(call) is None else None
    if made is None or "id" in (answer.body or {}):
        return answer
    return replace(answer, body={**(answer.body or {}), "id": made})


def _own_id(call: Call) -> ResourceId | None:
    """Whom a call is about; None where it makes somebody."""
    return None if call.of_all else usable_id(unquote(_parts(call)[-1]))


def _located(call: Call, result: _Row) -> ResourceId | None:
    """The id in `location`, where that is a place among those that the call is about."""
    collection = _parts(call)[-1 if call.of_all else -2]
    return id_at_end(result.get("location"), [collection])


def _parts(call: Call) -> list[str]:
    return call.path.strip("/").split("/")


def _reply(status: int, result: _Row, whole: Answer) -> ReplyRead:
    """A request of its own would have the version in a header, and the provider's name for it."""
    shown, version = result.get("response"), result.get("version")
    headers = {"etag": version} if isinstance(version, str) else {}
    body = b"" if shown is None else json.dumps(shown).encode()
    return replace(read_answer(status, headers, body), request_id=whole.request_id)


def _status(written: Json) -> int | None:
    """Text (§3.7.3), a number, or, as in drafts of the standard, an object with a `code`."""
    if isinstance(written, Mapping):
        written = written.get("code")
    text = str(written)
    return int(text) if len(text) == 3 and text.isascii() and text.isdigit() else None


def in_parts(calls: Mapping[str, Call], most_bytes: int) -> list[dict[str, Call]]:
    """Calls in requests of at most so many bytes; one that is larger by itself is alone."""
    parts: list[dict[str, Call]] = []
    room = 0
    empty = len(_bytes(request({})))
    for name, call in calls.items():
        size = len(_bytes(operation(name, call))) + 1
        if size > room:
            parts.append({})
            room = most_bytes - empty
        parts[-1][name] = call
        room -= size
    return parts


def _bytes(data: Json) -> bytes:
    return json.dumps(data, separators=(",", ":")).encode()
