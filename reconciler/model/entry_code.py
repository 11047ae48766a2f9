"""Why an object was skipped or failed, in the words of Entra's provisioning log and a few of ours.

People search logs, tickets and documentation for these words, so wherever Entra has one for what
happened, that is the word. Ours, at the end, are for what Entra does not tell apart.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from reconciler.errors import (
    ConflictError,
    NotFoundError,
    NotScimError,
    OutcomeUnknownError,
    ProviderError,
    RejectedError,
    StaleVersionError,
    UnreachableError,
)


class EntryCode(StrEnum):
    """The reason of a skip, or the code of an error."""

    # Skipped.
    REDUNDANT_EXPORT = "RedundantExport"
    NOT_ENTITLED = "NotEffectivelyEntitled"
    VALIDATION_FAILED = "AttributeValidationFailed"
    UNRESOLVED_REFERENCE = "UnableToResolveReferenceAttributeValue"
    IMPORT_SKIPPED = "ImportSkipped"
    SYNCHRONIZATION_SKIPPED = "EntrySynchronizationSkipped"
    # Could not be decided, because two claim one.
    DUPLICATE_TARGET = "DuplicateTargetEntries"
    DUPLICATE_SOURCE = "DuplicateSourceEntries"
    ENTRY_CONFLICT = "EntryConflict"
    # Refused, or failed on the way.
    CONFLICT = "Conflict"
    TOO_MANY_REQUESTS = "TooManyRequests"
    INTERNAL_SERVER_ERROR = "InternalServerError"
    TIMEOUT = "Timeout"
    NO_CONNECTION = "WebExceptionProtocolError"
    UNAUTHORIZED = "Unauthorized"
    INSUFFICIENT_RIGHTS = "InsufficientRights"
    METHOD_NOT_ALLOWED = "MethodNotAllowed"
    NOT_IMPLEMENTED = "NotImplemented"
    UNPROCESSABLE = "UnprocessableEntity"
    INVALID_ANCHOR = "InvalidAnchor"
    UNKNOWN_ATTRIBUTE = "SchemaAttributeNotFound"
    VALUE_NOT_ACCEPTED = "SchemaPropertyCanOnlyAcceptValue"
    NO_SEATS = "LicenseLimitExceeded"
    NOT_SCIM = "SystemForCrossDomainIdentityManagementServiceIncompatible"
    # Ours.
    LIVE_STATE_CHANGED = "LiveStateChanged"
    DEPENDENCY_FAILED = "DependencyFailed"
    RUN_HALTED = "RunHalted"
    BLOCKED = "BlockedByCheck"
    NOT_APPLIED = "NotApplied"
    NOT_KEPT = "NotKept"


class Category(StrEnum):
    """Whose move it is, as Entra's log divides it."""

    SUCCESS = "success"  # nobody's: all is as it should be
    NON_SERVICE_FAILURE = "nonServiceFailure"  # data, configuration, or the provider
    FAILURE = "failure"  # try again first


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a code asks for."""

    category: Category
    advice: str


_DATA: Final = Category.NON_SERVICE_FAILURE
_AGAIN: Final = Category.FAILURE
_OTHERWISE: Final = (
    "switch the action off, or correct the profile: `reconciler doctor TARGET --scratch` proposes "
    "one"
)

_MEANINGS: Final = {
    EntryCode.REDUNDANT_EXPORT: (Category.SUCCESS, "nothing: live is as Git wants it"),
    EntryCode.NOT_ENTITLED: (Category.SUCCESS, "to provision it, assign it, or a group of it"),
    EntryCode.VALIDATION_FAILED: (_DATA, "correct the value or the mapping, then plan again"),
    EntryCode.UNRESOLVED_REFERENCE: (
        Category.SUCCESS,
        "nothing, if somebody else creates what is referred to: every run looks again",
    ),
    EntryCode.IMPORT_SKIPPED: (_DATA, "give it a value to be matched by, or mend what is not read"),
    EntryCode.SYNCHRONIZATION_SKIPPED: (
        Category.SUCCESS,
        "to provision it, change what leaves it out; reconciler explain names the line",
    ),
    EntryCode.DUPLICATE_TARGET: (_DATA, "remove or rename one of the live resources that match"),
    EntryCode.DUPLICATE_SOURCE: (_DATA, "give each manifest a value of its own"),
    EntryCode.ENTRY_CONFLICT: (_DATA, "decide whose the live resource is, then adopt or rename"),
    EntryCode.CONFLICT: (_DATA, "find who has the value at the provider, then plan again"),
    EntryCode.TOO_MANY_REQUESTS: (_AGAIN, "try later, or set a lower requestsPerSecond"),
    EntryCode.INTERNAL_SERVER_ERROR: (
        _AGAIN,
        "try later, or one request at a time (`connections: 1` in the profile); then ask the "
        "provider, by request id",
    ),
    EntryCode.TIMEOUT: (_AGAIN, "plan again: it shows whether the change was carried out"),
    EntryCode.NO_CONNECTION: (_AGAIN, "check the way to the provider, then plan again"),
    EntryCode.UNAUTHORIZED: (_DATA, "renew the credential"),
    EntryCode.INSUFFICIENT_RIGHTS: (_DATA, "let the credential do this, or switch the action off"),
    EntryCode.METHOD_NOT_ALLOWED: (_DATA, _OTHERWISE),
    EntryCode.NOT_IMPLEMENTED: (_DATA, _OTHERWISE),
    EntryCode.UNPROCESSABLE: (_DATA, "compare the request with what the provider accepts"),
    EntryCode.INVALID_ANCHOR: (_DATA, "plan again: the live resource is no longer there"),
    EntryCode.UNKNOWN_ATTRIBUTE: (_DATA, "take the attribute out of the mapping"),
    EntryCode.VALUE_NOT_ACCEPTED: (_DATA, "map to a value that the provider accepts"),
    EntryCode.NO_SEATS: (_DATA, "free a seat, or buy one"),
    EntryCode.NOT_SCIM: (_DATA, "check the path of baseUrl and what stands between"),
    EntryCode.LIVE_STATE_CHANGED: (_AGAIN, "plan again: somebody else was there since"),
    EntryCode.DEPENDENCY_FAILED: (_AGAIN, "see why what it needs failed, then plan again"),
    EntryCode.RUN_HALTED: (_AGAIN, "see why the run stopped, then plan again"),
    EntryCode.BLOCKED: (_DATA, "make what the check asks for so, or have it acknowledged"),
    EntryCode.NOT_APPLIED: (Category.SUCCESS, "apply the plan"),
    EntryCode.NOT_KEPT: (_DATA, "map what the provider keeps, or take the attribute out"),
}


def meaning_of(code: EntryCode) -> Meaning:
    """What a code asks for."""
    return Meaning(*_MEANINGS[code])


_BY_STATUS: Final = {
    401: EntryCode.UNAUTHORIZED,
    402: EntryCode.NO_SEATS,
    403: EntryCode.INSUFFICIENT_RIGHTS,
    405: EntryCode.METHOD_NOT_ALLOWED,
    408: EntryCode.TIMEOUT,
    429: EntryCode.TOO_MANY_REQUESTS,
    501: EntryCode.NOT_IMPLEMENTED,
    504: EntryCode.TIMEOUT,
}
#: RFC 7644 §3.12, table 9, as far as it says whose value is wrong.
_BY_SCIM_TYPE: Final = {
    "invalidValue": EntryCode.VALUE_NOT_ACCEPTED,
    "invalidPath": EntryCode.UNKNOWN_ATTRIBUTE,
    "noTarget": EntryCode.UNKNOWN_ATTRIBUTE,
    "mutability": EntryCode.METHOD_NOT_ALLOWED,  # not of what is there already
    "uniqueness": EntryCode.ENTRY_CONFLICT,
}


def code_of(error: ProviderError) -> EntryCode:
    """What a provider's failure is called."""
    match error:
        case ConflictError(scim_type=scim_type):
            return _BY_SCIM_TYPE.get(scim_type or "", EntryCode.CONFLICT)
        case NotFoundError():
            return EntryCode.INVALID_ANCHOR
        case StaleVersionError():
            return EntryCode.LIVE_STATE_CHANGED
        case RejectedError(status=status) if status in _BY_STATUS:
            return _BY_STATUS[status]
        case RejectedError(status=status) if status >= 500:
            return EntryCode.INTERNAL_SERVER_ERROR
        case RejectedError(scim_type=scim_type):
            return _BY_SCIM_TYPE.get(scim_type or "", EntryCode.UNPROCESSABLE)
        case NotScimError():
            return EntryCode.NOT_SCIM
        case UnreachableError():
            return EntryCode.NO_CONNECTION
        case OutcomeUnknownError():
            return EntryCode.TIMEOUT
        case _:
            return EntryCode.UNPROCESSABLE
