from __future__ import annotations

import pytest

from reconciler.errors import (
    ConflictError,
    NotFoundError,
    NotScimError,
    OutcomeUnknownError,
    ProviderError,
    RejectedError,
    StaleVersionError,
    ThrottledError,
    UnauthorizedError,
    UnreachableError,
)
from reconciler.model.entry_code import Category, EntryCode, code_of, meaning_of


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ConflictError("x", status=409), "Conflict"),
        (ConflictError("x", status=409, scim_type="uniqueness"), "EntryConflict"),
        (ThrottledError("x", status=429), "TooManyRequests"),
        (ThrottledError("x", status=503), "InternalServerError"),
        (RejectedError("x", status=500), "InternalServerError"),
        (RejectedError("x", status=504), "Timeout"),
        (OutcomeUnknownError("x"), "Timeout"),
        (UnreachableError("x"), "WebExceptionProtocolError"),
        (UnauthorizedError("x", status=401), "Unauthorized"),
        (UnauthorizedError("x", status=403), "InsufficientRights"),
        (RejectedError("x", status=405), "MethodNotAllowed"),
        (RejectedError("x", status=501), "NotImplemented"),
        (RejectedError("x", status=402), "LicenseLimitExceeded"),
        (NotFoundError("x", status=404), "InvalidAnchor"),
        (RejectedError("x", status=400), "UnprocessableEntity"),
        (StaleVersionError("x", status=412), "LiveStateChanged"),
        (RejectedError("x", status=400, scim_type="invalidPath"), "SchemaAttributeNotFound"),
        (
            RejectedError("x", status=400, scim_type="invalidValue"),
            "SchemaPropertyCanOnlyAcceptValue",
        ),
        (NotScimError("x"), "SystemForCrossDomainIdentityManagementServiceIncompatible"),
        (ProviderError("x"), "UnprocessableEntity"),
    ],
)
def test_a_failure_of_the_provider_has_the_word_that_people_search_for(
    error: ProviderError, code: str
) -> None:
    assert code_of(error).value == code


def test_every_code_says_whose_move_it_is() -> None:
    for code in EntryCode:
        assert meaning_of(code).advice
    nobody = {code for code in EntryCode if meaning_of(code).category is Category.SUCCESS}
    assert EntryCode.REDUNDANT_EXPORT in nobody
    assert EntryCode.CONFLICT not in nobody
