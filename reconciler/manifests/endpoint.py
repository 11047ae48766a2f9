"""Base URLs of service providers: which are accepted, and when two are the same."""

from __future__ import annotations

from typing import Final
from urllib.parse import SplitResult, urlsplit

from reconciler.manifests.scalars import fault, is_name
from reconciler.model.host import is_loopback

EMBEDDED: Final = "embedded:"

_HINT: Final = "write https://HOST/PATH, or embedded:NAME for the provider that comes with the tool"
_DEFAULT_PORTS: Final = {"https": 443, "http": 80}


def base_url(written: object) -> str:
    """The URL as it is written, when a token may be sent there.

    Raises:
        PydanticCustomError: it may not; the message does not repeat the URL.
    """
    if not isinstance(written, str):
        raise fault("wrong-type", "must be text", hint=_HINT)
    if written.startswith(EMBEDDED):
        if not is_name(written.removeprefix(EMBEDDED)):
            raise fault("invalid-url", "has no name behind `embedded:`", hint=_HINT)
        return written
    parts = _split(written)
    if parts is None or parts.scheme not in _DEFAULT_PORTS or not parts.hostname:
        raise fault("invalid-url", "is not a URL with a host", hint=_HINT)
    if parts.username is not None or parts.password is not None:
        hint = "remove what stands before the @, and renew it: it is in Git now"
        raise fault("invalid-url", "carries a user name or a password", hint=hint)
    if parts.query or parts.fragment or "?" in written or "#" in written:
        raise fault("invalid-url", "has a query or a fragment", hint="end it with the path")
    if parts.scheme == "http" and not is_loopback(parts.hostname):
        raise fault("invalid-url", "is not encrypted", hint="write https://; a token is sent there")
    return written


def same_endpoint(url: str) -> str:
    """A form in which two spellings of one base URL are equal (RFC 3986 §6.2)."""
    parts = _split(url)
    if parts is None or url.startswith(EMBEDDED):
        return url
    port = parts.port or _DEFAULT_PORTS.get(parts.scheme)
    return f"{parts.scheme}://{(parts.hostname or '').rstrip('.')}:{port}{parts.path.rstrip('/')}"


def _split(url: str) -> SplitResult | None:
    # `urlsplit` would drop some control characters without a word.
    if not url.isascii() or not url.isprintable() or any(c in url for c in ' "<>\\^`{|}'):
        return None
    try:
        parts = urlsplit(url)
        _ = parts.port  # raises when it is no number
    except ValueError:
        return None
    return parts
