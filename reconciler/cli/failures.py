"""How a command gives up before it has done anything."""

from __future__ import annotations

from collections.abc import Sequence

from reconciler.model.diagnostic import Diagnostic


class InvalidTreeError(Exception):
    """Manifests or policies have errors: exit code 4, and every finding is shown."""

    def __init__(self, found: Sequence[Diagnostic]) -> None:
        super().__init__(f"{len(found)} findings")
        self.found = found
