"""Several creates as one Bulk request, and its answer as theirs (RFC 7644 §3.7).

Results are matched by `bulkId`, never by their order. What the answer does not say of an operation,
or says twice, or says of somebody else, is not known.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import Final, assert_never

from reconciler.errors import ProviderError
from reconciler.model.identity import Kind, ResourceId
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


def request(path: str, bodies: Mapping[str, Mapping[str, Json]]) -> dict[str, Json]:
    """Create these resources at `path`, by their `bulkId`. Without `failOnErrors`: one that is
    refused does not stop the others."""
    return {
        "schemas": [REQUEST],
        "Operations": [
            {"method": "POST", "path": path, "bulkId": name, "data": body}
            for name, body in bodies.items()
        ],
    }


def results(answer: Answer) -> dict[str, Mapping[str, Json]]:
    """The result of each operation that the answer has exactly one result of, by `bulkId`."""
    listed = (answer.body or {}).get("operations")
    named = [
        (name, row)
        for row in (listed if isinstance(listed, tuple) else ())
        if isinstance(row, Mapping) and isinstance(name := row.get("bulkid"), str)
    ]
    times = Counter(name for name, _ in named)
    return {name: row for name, row in named if times[name] == 1}


def read(
    kind: Kind, call: Call, result: Mapping[str, Json], whole: Answer, errors: Errors
) -> Answer | ProviderError | None:
    """What would have been read, had the operation been the request `call`, of its own.

    None where that would be sent again by now: the provider put it off (429, or what means the same
    by its `errors`).
    """
    status = _status(result.get("status"))
    if status is None:
        return exceptions.unknown(call, "the answer to the Bulk request does not say")
    match decide(call, Attempt(), _reply(status, result, whole), Limits().at(errors)):
        case Done(answer) if _is_about(kind, call, answer):
            return answer
        case Done():
            return exceptions.unknown(call, f"the answer shows another {kind}")
        case Stop(error):
            return error
        case Wait():
            return None
        case other:
            assert_never(other)


def located(path: str, result: Mapping[str, Json]) -> ResourceId | None:
    """The id at the end of `location`, which every success has (§3.7.3); None where it is none.

    `path` is where all of the kind are.
    """
    return id_at_end(result.get("location"), path.strip("/").split("/")[-1:])


def _is_about(kind: Kind, call: Call, answer: Answer) -> bool:
    """Whether an answer may be that to `call`: it does not show another one's name.

    An answer that is taken for another one's would give somebody else's access.
    """
    name = _NAMES[kind]
    wanted = next((v for key, v in (call.body or {}).items() if key.lower() == name), None)
    shown = (answer.body or {}).get(name)
    if not isinstance(shown, str) or not isinstance(wanted, str):
        return True
    return shown.casefold() == wanted.casefold()


def _reply(status: int, result: Mapping[str, Json], whole: Answer) -> ReplyRead:
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
