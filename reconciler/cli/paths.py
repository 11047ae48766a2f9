"""Where a command finds what Git says: what several options name together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class TreePaths:
    """A tree of manifests, every directory of policies, and the tables of sources that are given.

    Of several policies (base and head of a pull request) all must pass.
    """

    manifests: Path
    policies: tuple[Path, ...] = ()
    sources: Mapping[str, Path] = field(default_factory=dict)
