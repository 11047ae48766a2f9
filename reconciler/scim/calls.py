"""One request to a service provider, before it becomes HTTP."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from reconciler.model.identity import Kind
from reconciler.model.path import Json


class Method(StrEnum):
    """The methods that are used; the rest of RFC 7644 §3.2 is not."""

    GET = "GET"
    POST = "POST"
    PUT = "PUT"
    PATCH = "PATCH"
    DELETE = "DELETE"


@dataclass(frozen=True, slots=True)
class Call:
    """One request about resources of one kind.

    `path` follows the base URL, encoded; `doing` names it in messages, as in "update user
    2819c223"; `version` is sent as `If-Match`. `of_all`: it is about all resources of the kind,
    and so about none that could be gone.
    """

    method: Method
    kind: Kind
    path: str
    doing: str
    body: Mapping[str, Json] | None = None
    version: str | None = None
    of_all: bool = False

    @property
    def reads(self) -> bool:
        return self.method is Method.GET

    @property
    def writes(self) -> Kind | None:
        """The kind that it writes; None for what only reads."""
        return None if self.reads else self.kind
