"""What can be said of a token without showing it: that it is there, how old, until when."""

from __future__ import annotations

import base64
import binascii
import json
from datetime import UTC, datetime, timedelta
from typing import Final

from reconciler.doctor.finding import Notes
from reconciler.model.secret import Secret

_SOON: Final = timedelta(days=14)
_OLD: Final = timedelta(days=180)
_ABOUT: Final = "token"


def examine_token(token: Secret, written: datetime | None, now: datetime, notes: Notes) -> None:
    """`written` is when its file was written last; None where it comes from the environment."""
    notes.good(_ABOUT, "there is one, and it is bound to the target's host")
    if written is not None:
        age = now - written
        said = f"its file was written {age.days} days ago"
        if age > _OLD:
            notes.warn(_ABOUT, said, hint="tokens that nobody renews are tokens that nobody knows")
        else:
            notes.good(_ABOUT, said)
    expires = expiry(token)
    if expires is None:
        notes.note(_ABOUT, "it does not say when it expires (it is no JWT, or one without `exp`)")
    elif expires <= now:
        hint = "make a new one, and store it where this one is"
        notes.problem(_ABOUT, f"it expired on {expires:%Y-%m-%d}", hint=hint)
    elif expires - now < _SOON:
        notes.warn(_ABOUT, f"it expires on {expires:%Y-%m-%d}", hint="renew it before that")
    else:
        notes.good(_ABOUT, f"it expires on {expires:%Y-%m-%d}")


def expiry(token: Secret) -> datetime | None:
    """`exp` of a JWT (RFC 7519 §4.1.4), unverified; None for anything else."""
    parts = token.reveal().split(".")
    if len(parts) != 3:
        return None
    try:
        padded = parts[1] + "=" * (-len(parts[1]) % 4)
        claims = json.loads(base64.urlsafe_b64decode(padded))
        return datetime.fromtimestamp(claims["exp"], UTC)
    except (binascii.Error, ValueError, TypeError, KeyError, OverflowError, OSError):
        return None
