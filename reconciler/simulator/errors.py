"""SCIM errors (RFC 7644 §3.12) as exceptions: raised anywhere, answered in one place."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from reconciler.simulator.values import Document

ERROR_URN: Final = "urn:ietf:params:scim:api:messages:2.0:Error"


class ScimType(StrEnum):
    """The detail codes of RFC 7644 table 9, and of RFC 9865, that are used here."""

    INVALID_CURSOR = "invalidCursor"  # RFC 9865 §2.1
    INVALID_FILTER = "invalidFilter"
    INVALID_PATH = "invalidPath"
    INVALID_SYNTAX = "invalidSyntax"
    INVALID_VALUE = "invalidValue"
    MUTABILITY = "mutability"
    NO_TARGET = "noTarget"
    UNIQUENESS = "uniqueness"


class ScimError(Exception):
    """A request that is answered with an error status and a SCIM error body.

    `scim_type` is one of `ScimType`, or the word that a known provider has in its place.
    """

    def __init__(self, status: int, detail: str, scim_type: str | None = None) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.scim_type = scim_type

    def body(self) -> Document:
        """The error resource; `status` is text (RFC 7644 §3.12)."""
        body: Document = {
            "schemas": [ERROR_URN],
            "status": str(self.status),
            "detail": self.detail,
        }
        if self.scim_type is not None:
            body["scimType"] = str(self.scim_type)
        return body


class FilterError(ScimError):
    """A filter that is malformed, too large, or compares what cannot be compared."""

    def __init__(self, detail: str) -> None:
        super().__init__(400, detail, ScimType.INVALID_FILTER)


def invalid_value(detail: str) -> ScimError:
    """400: a value does not fit its attribute."""
    return ScimError(400, detail, ScimType.INVALID_VALUE)


def invalid_syntax(detail: str) -> ScimError:
    """400: the body is not the message that this endpoint takes."""
    return ScimError(400, detail, ScimType.INVALID_SYNTAX)


def invalid_path(detail: str) -> ScimError:
    """400: a PATCH path that names nothing."""
    return ScimError(400, detail, ScimType.INVALID_PATH)


def not_mutable(detail: str) -> ScimError:
    """400: an attribute that may not be changed, or not be unassigned."""
    return ScimError(400, detail, ScimType.MUTABILITY)


def no_target(detail: str) -> ScimError:
    """400: a PATCH path that is well formed and matches nothing."""
    return ScimError(400, detail, ScimType.NO_TARGET)


def not_found(kind: str, id: str) -> ScimError:
    """404: no such resource."""
    return ScimError(404, f"{kind} {id!r} not found")
