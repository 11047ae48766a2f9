"""Where in a file a manifest came from, down to each key."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from reconciler.documents.nodes import Map, Node, find
from reconciler.manifests.scalars import is_name
from reconciler.model.diagnostic import Position
from reconciler.model.show import plain

#: A key of a mapping, or the index of an item.
Step = str | int


@dataclass(frozen=True, slots=True)
class Origin:
    """One manifest's document and the file it stands in."""

    file: str
    node: Map

    def at(self, *steps: Step) -> Position:
        """The place of the key or item that the steps lead to; the last one that is there."""
        return self.find(steps)[0]

    def find(self, steps: Sequence[Step]) -> tuple[Position, tuple[str, ...], Node]:
        """Place, names of the keys on the way, and value; see `documents.nodes.find`."""
        place, names, node = find(self.node, steps)
        return Position(self.file, *place), names, node

    @property
    def subject(self) -> str:
        """Kind and name for a message; anything that is no name is left out."""
        kind = self.node.get("kind")
        words = [plain(kind) if isinstance(kind, str) else "manifest"]
        if self.name is not None:
            words.append(self.name)
        return " ".join(words)

    @property
    def name(self) -> str | None:
        """The manifest's name, when there is one that is allowed."""
        metadata = self.node.get("metadata")
        name = metadata.get("name") if isinstance(metadata, Map) else None
        return str(name) if isinstance(name, str) and is_name(name) else None
