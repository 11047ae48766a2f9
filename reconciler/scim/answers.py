"""What a reply says: a SCIM answer, a refusal, or something that is not SCIM at all.

Refusals come as a SCIM Error (RFC 7644 §3.12), as `{"id": …, "reason": …}` (Zscaler's management
plane), as text, as a web page or as nothing. Whatever the shape, the status counts; of the body
only the provider's own sentence is kept, cut short and made inert.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Final, Never

from reconciler.model.path import Json, fold
from reconciler.model.show import plain

ERROR_SCHEMA: Final = "urn:ietf:params:scim:api:messages:2.0:Error"

_LONGEST_DETAIL: Final = 200
_SECONDS = re.compile(r"\s*(\d{1,9}(?:\.\d{1,9})?)\s*s?\s*", re.IGNORECASE)
_SCIM_TYPE = re.compile(r"[A-Za-z]{1,40}")
_ETAG = re.compile(r'(?:W/)?"[\x21\x23-\x7e]*"')

# The names under which providers tell their own name for a request.
_REQUEST_IDS: Final = (
    "x-request-id",
    "request-id",
    "x-correlation-id",
    "x-transaction-id",
    "x-amzn-requestid",
    "x-ms-request-id",
    "x-github-request-id",
)


@dataclass(frozen=True, slots=True)
class Answer:
    """Success. `body` has folded names; None when there was none, as after most DELETEs.

    `content` is the body as it came, for whoever has to send it back.
    """

    status: int
    body: Mapping[str, Json] | None = None
    etag: str | None = None
    request_id: str | None = None
    content: bytes = field(default=b"", repr=False, compare=False)

    @property
    def document(self) -> Mapping[str, Json] | None:
        """The body with the provider's own names; None where there was no object."""
        data: Json = json.loads(self.content) if self.content else None
        return data if isinstance(data, Mapping) else None


@dataclass(frozen=True, slots=True)
class Refusal:
    """An error status. `retry_after` is in seconds, None where the provider names no time."""

    status: int
    detail: str | None = None
    scim_type: str | None = None
    retry_after: float | None = None
    request_id: str | None = None


@dataclass(frozen=True, slots=True)
class NotScim:
    """A reply that proves nothing about the resource: `found` says what it is instead."""

    status: int
    found: str
    request_id: str | None = None


ReplyRead = Answer | Refusal | NotScim


def read_answer(status: int, headers: Mapping[str, str], body: bytes) -> ReplyRead:
    """Classify one reply. Header names are in lower case; the body is decompressed.

    A web page with status 404 is *not* an answer that a resource does not exist: gateways and
    wrong base URLs look like that, and absence must be proven before anything is created.
    """
    request_id = _request_id(headers)
    page = _looks_like_html(headers, body)
    if 200 <= status < 300:
        if not body.strip():
            return Answer(status, None, _etag(headers), request_id)
        data = None if page else _json(body)
        if not isinstance(data, Mapping):
            return NotScim(status, _description(data, page=page), request_id)
        if ERROR_SCHEMA.lower() not in schemas_of(data):
            return Answer(status, data, _etag(headers), request_id, body)
        # Some providers report errors with status 200; the body knows better (§3.12).
        status = _status_of(data)
    elif page and status == 404:
        return NotScim(status, "a web page", request_id)
    detail, scim_type = ("a web page instead of SCIM", None) if page else _complaint(body)
    return Refusal(status, detail, scim_type, retry_after(headers), request_id)


def retry_after(headers: Mapping[str, str]) -> float | None:
    """How long the provider asks to wait, in seconds: `13`, `13s`, or a date (RFC 9110 §10.2.3).

    A date is measured against the `Date` of the same reply, so our own clock does not matter.
    None where there is no such header, or none that can be understood.
    """
    text = headers.get("retry-after", "")
    seconds = _SECONDS.fullmatch(text)
    if seconds is not None:
        return float(seconds[1])
    try:
        until = parsedate_to_datetime(text)
        now = parsedate_to_datetime(headers.get("date", ""))
        return max(0.0, (until - now).total_seconds())
    # A number in it may be beyond every date; TypeError: one of the two has no time zone.
    except (ValueError, TypeError, OverflowError):
        return None


def _looks_like_html(headers: Mapping[str, str], body: bytes) -> bool:
    """There are providers that declare their JSON as HTML, so an object is no page in any case."""
    first = body.lstrip()[:1]
    declared = "html" in headers.get("content-type", "").lower()
    return first == b"<" or (declared and first != b"{")


def _json(body: bytes) -> Json | None:
    """The body with folded names; None when it is not JSON, or JSON that nobody sends in good
    faith (thousands of levels deep, numbers without end)."""
    try:
        data: Json = json.loads(body, parse_constant=_refuse)
        return fold(data)
    except (ValueError, RecursionError):
        return None


def _refuse(constant: str) -> Never:
    raise ValueError(f"{constant} is not JSON (RFC 8259 §6)")


def _description(data: Json, *, page: bool) -> str:
    if page:
        return "a web page"
    return "text that is not JSON" if data is None else "JSON, but no object"


def schemas_of(data: Mapping[str, Json]) -> frozenset[str]:
    """The URNs in `schemas`, in lower case; a single one may stand there without a list."""
    schemas = data.get("schemas")
    names = schemas if isinstance(schemas, tuple) else (schemas,)
    return frozenset(name.lower() for name in names if isinstance(name, str))


def _status_of(error: Mapping[str, Json]) -> int:
    """The status in an Error's body, which is text (§3.12) and sometimes a number."""
    text = str(error.get("status"))
    return int(text) if re.fullmatch(r"[45]\d\d", text) else 500


def _complaint(body: bytes) -> tuple[str | None, str | None]:
    """The provider's sentence and the SCIM error type, where there are any."""
    data = _json(body)
    if isinstance(data, Mapping):
        scim_type = data.get("scimtype")
        known = isinstance(scim_type, str) and _SCIM_TYPE.fullmatch(scim_type)
        sentence = next(
            (s for name in ("detail", "reason", "message") if isinstance(s := data.get(name), str)),
            None,
        )
        return _short(sentence), str(scim_type) if known else None
    if data is not None:
        return None, None
    return _short(body.decode("utf-8", "replace")), None


def _short(text: str | None) -> str | None:
    text = (text or "").strip()
    return plain(text[:_LONGEST_DETAIL]) if text else None


def _request_id(headers: Mapping[str, str]) -> str | None:
    return next((_short(headers[name]) for name in _REQUEST_IDS if name in headers), None)


def _etag(headers: Mapping[str, str]) -> str | None:
    return usable_etag(headers.get("etag"))


def usable_etag(text: Json) -> str | None:
    """An entity tag that can be sent back in `If-Match`; None for anything else."""
    return text if isinstance(text, str) and _ETAG.fullmatch(text) else None
