"""The deployment's key: from the environment, or made once in the state directory.

Runs that are to agree need the same one: the job that plans, the job that applies, and whoever
compares two plans. So CI sets `RECONCILER_KEY` or `RECONCILER_KEY_FILE`; on one machine the state
directory remembers it. Where nothing is drawn or sealed, none is needed and none is made.
"""

from __future__ import annotations

import os
import secrets
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from reconciler.cli.state import StateDirectory
from reconciler.desired.secrecy import needs_key
from reconciler.errors import ConfigurationError
from reconciler.model.declared import Declared
from reconciler.model.key import PUBLIC_KEY, Key
from reconciler.model.secret import Secret
from reconciler.model.target import Target

_LEAST: Final = 32  # characters: what nobody guesses
_MAKE: Final = "make one with `openssl rand -hex 32`, and keep it: another key draws anew"


def key_for(
    declared: Declared, target: Target, env: Mapping[str, str], state: StateDirectory
) -> Key:
    """The key with which a target is planned and applied.

    Raises:
        ConfigurationError: it cannot be read or made, or is too short to be one.
    """
    return find_key(env, state) if needs_key(declared, target) else PUBLIC_KEY


def find_key(env: Mapping[str, str], state: StateDirectory) -> Key:
    """The key of this deployment.

    Raises:
        ConfigurationError: as for `key_for`.
    """
    if "RECONCILER_KEY" in env:
        return _key(env["RECONCILER_KEY"], "RECONCILER_KEY")
    if file := env.get("RECONCILER_KEY_FILE"):
        return _key(_read(Path(file)), "the file that RECONCILER_KEY_FILE names")
    place = state.key()
    if not place.exists():
        _make(place)
    return _key(_read(place), str(place))


def _key(text: str, where: str) -> Key:
    text = text.strip()
    if len(text) < _LEAST:
        raise ConfigurationError(
            f"{where} holds no key: expected {_LEAST} characters or more", hint=_MAKE
        )
    return Key(Secret(text))


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, ValueError) as exc:
        raise ConfigurationError(
            f"the key in {path} cannot be read", hint="check the path and its permissions"
        ) from exc


def _make(path: Path) -> None:
    """Whole or not at all, for its owner; where another process was quicker, its key stays."""
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=".key.")  # mode 0600
        try:
            with os.fdopen(handle, "w", encoding="ascii") as file:
                file.write(secrets.token_hex(32) + "\n")
            os.link(name, path)
        except FileExistsError:
            pass
        finally:
            Path(name).unlink()
    except OSError as exc:
        raise ConfigurationError(
            f"no key can be made in {path.parent}: {exc.strerror}",
            hint="set RECONCILER_KEY, or choose another directory with --state-dir",
        ) from exc
