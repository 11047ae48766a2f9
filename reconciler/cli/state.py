"""The one state directory: embedded service providers and ledgers live here and nowhere else.

A manifest chooses a name, never a path.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from reconciler.errors import ConfigurationError


@dataclass(frozen=True, slots=True)
class StateDirectory:
    """Made when it is first written to, readable by its owner only: it holds personal data."""

    root: Path
    ledger: str | None = None  # where ledgers are instead (`reconciler.cli.ledgers`)

    def embedded(self, name: str) -> Path:
        """The file of an embedded service provider."""
        return self._made("embedded") / f"{name}.db"

    def ledgers(self) -> Path:
        """The directory of the ledgers, one file per target; whoever writes one makes it."""
        return self.root / "ledger"

    def key(self) -> Path:
        """The file of the deployment's key, which nothing but the environment can replace."""
        return self._made() / "key"

    def doctor(self, target: str) -> Path:
        """The file in which an examination remembers its scratch objects."""
        return self._made("doctor") / f"{target}.json"

    def applied(self) -> Path:
        """The directory of the plans that were applied last, so that they can be undone."""
        return self._made("applied")

    def _made(self, part: str = "") -> Path:
        directory = self.root / part
        try:
            self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
            directory.mkdir(mode=0o700, exist_ok=True)
        except OSError as exc:
            raise ConfigurationError(
                f"the state directory {self.root} cannot be used: {exc.strerror}",
                hint="choose another with --state-dir or RECONCILER_STATE_DIR",
            ) from exc
        return directory
