"""What the world outside can do to us, as a tree of exceptions.

What an author wrote wrongly is never an exception: it is a `Diagnostic`. What a check refuses is
a `Violation`, and the fate of a single change is an `Outcome`. Exceptions are for the rest::

    ReconcilerError
    ├── ConfigurationError         settings outside the manifests: credential, host, state directory
    ├── ProviderError              the service provider, or the way to it
    │   ├── UnreachableError       no connection; nothing was sent
    │   ├── OutcomeUnknownError    sent, and no answer: it may have happened
    │   ├── NotScimError           an answer that is not SCIM (HTML, broken JSON)
    │   └── RejectedError          a SCIM or HTTP error status
    │       ├── UnauthorizedError  401, 403
    │       ├── NotFoundError      404
    │       ├── ConflictError      409
    │       ├── StaleVersionError  412
    │       └── ThrottledError     429, 503 after every allowed retry
    ├── NotTogetherError           a write that was to share a request has to go by itself
    ├── PlanFileError              a saved plan that must not be carried out
    └── LedgerError                the ledger cannot be read or written, or another run holds it
        ├── LedgerHeldError        another run holds it, for now
        └── BrokenLedgerError      a line does not follow from the one before it

Every message says what happened, to whom, what was expected and what to do next; none carries a
token, an address, a URL with a filter or a response body.
"""

from __future__ import annotations


class ReconcilerError(Exception):
    """The base of everything that this package raises on purpose."""

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class ConfigurationError(ReconcilerError):
    """A setting outside the manifests is missing or unusable."""


class ProviderError(ReconcilerError):
    """The service provider, or the way to it, failed."""


class UnreachableError(ProviderError):
    """No connection could be made, so nothing was sent."""


class OutcomeUnknownError(ProviderError):
    """A request was sent and no answer came: it may or may not have been carried out."""


class NotScimError(ProviderError):
    """The answer is not SCIM: HTML, broken JSON, or a shape that RFC 7644 does not know."""


class RejectedError(ProviderError):
    """The service provider answered with an error status (RFC 7644 §3.12)."""

    def __init__(
        self,
        message: str,
        *,
        status: int,
        scim_type: str | None = None,
        request_id: str | None = None,
        hint: str | None = None,
    ) -> None:
        super().__init__(message, hint=hint)
        self.status = status
        self.scim_type = scim_type
        self.request_id = request_id


class UnauthorizedError(RejectedError):
    """401 or 403: the credential is wrong, expired or not allowed to do this."""


class NotFoundError(RejectedError):
    """404: the resource is not there."""


class ConflictError(RejectedError):
    """409: usually a value that must be unique is taken (`scimType: uniqueness`)."""


class StaleVersionError(RejectedError):
    """412: the resource changed since it was read (RFC 7644 §3.14)."""


class ThrottledError(RejectedError):
    """429 or 503, and every allowed retry is used up."""


class NotTogetherError(ReconcilerError):
    """A write that was to share a request was not sent: the service provider takes no Bulk, or it
    must not leave any more."""


class PlanFileError(ReconcilerError):
    """A saved plan must not be carried out: it was edited, is too old, or is for something else."""


class LedgerError(ReconcilerError):
    """The ledger cannot be read or written, or is held by another run."""


class LedgerHeldError(LedgerError):
    """Another run holds the ledger; nothing was sent, and it is free again once that has ended."""


class BrokenLedgerError(LedgerError):
    """A line of the ledger does not follow from the one before it: `line` counts from 1."""

    def __init__(self, message: str, *, line: int, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.line = line
