"""An alias in a manifest becomes a token and the hosts that may see it.

Both are bound outside the manifests, so that nobody can send a token elsewhere by editing a
`baseUrl`: `RECONCILER_CREDENTIAL_ZPA_PROD_TOKEN` (or `…_TOKEN_FILE`, a file that holds nothing
else) and `RECONCILER_CREDENTIAL_ZPA_PROD_HOSTS` (host names separated by commas, each with a port
when it is not the usual one).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from reconciler.errors import ConfigurationError
from reconciler.model.secret import Secret


@dataclass(frozen=True, slots=True)
class Credential:
    """A token and where it may go."""

    token: Secret
    hosts: frozenset[str]


def find_credential(alias: str, env: Mapping[str, str]) -> Credential:
    """The credential behind an alias.

    Raises:
        ConfigurationError: token or hosts are not set; the message names the variables.
    """
    prefix = _prefix(alias)
    token = _token(prefix, alias, env)
    hosts = frozenset(
        host.strip().lower() for host in env.get(f"{prefix}_HOSTS", "").split(",") if host.strip()
    )
    if not hosts:
        raise ConfigurationError(
            f"credential {alias}: no host may see its token",
            hint=f"set {prefix}_HOSTS to the service provider's host name",
        )
    return Credential(Secret(token), hosts)


def written_at(alias: str, env: Mapping[str, str]) -> datetime | None:
    """When the token's file was written last; None where it stands in no file."""
    file = env.get(f"{_prefix(alias)}_TOKEN_FILE")
    if file is None or f"{_prefix(alias)}_TOKEN" in env:
        return None
    return datetime.fromtimestamp(Path(file).stat().st_mtime, UTC)


def _prefix(alias: str) -> str:
    return "RECONCILER_CREDENTIAL_" + alias.upper().replace("-", "_").replace(".", "_")


def _token(prefix: str, alias: str, env: Mapping[str, str]) -> str:
    if f"{prefix}_TOKEN" in env:
        token = env[f"{prefix}_TOKEN"].strip()
    elif file := env.get(f"{prefix}_TOKEN_FILE"):
        try:
            token = Path(file).read_text(encoding="utf-8").strip()
        except (OSError, ValueError) as exc:
            raise ConfigurationError(
                f"credential {alias}: its token file cannot be read",
                hint=f"check the path in {prefix}_TOKEN_FILE and its permissions",
            ) from exc
    else:
        raise ConfigurationError(
            f"credential {alias}: no token is set",
            hint=f"set {prefix}_TOKEN or {prefix}_TOKEN_FILE",
        )
    if not token.isascii() or not token.isprintable() or not token or " " in token:
        raise ConfigurationError(
            f"credential {alias}: its token is empty or has characters that no token has",
            hint=f"set {prefix}_TOKEN to the bearer token alone, without `Bearer`",
        )
    return token
