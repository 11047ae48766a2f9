"""How a command gives up before it has done anything."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import click

from reconciler.model.diagnostic import Diagnostic


class Refused(Protocol):
    """What somebody typed and nothing can be done with: what is wrong, and what to write."""

    @property
    def message(self) -> str: ...

    @property
    def hint(self) -> str: ...


def refusal(why: Refused, option: str) -> click.BadParameter:
    """The usage error about an option or argument."""
    return click.BadParameter(f"{why.message}; {why.hint}", param_hint=option)


class InvalidTreeError(Exception):
    """Manifests or policies have errors: exit code 4, and every finding is shown."""

    def __init__(self, found: Sequence[Diagnostic]) -> None:
        super().__init__(f"{len(found)} findings")
        self.found = found
