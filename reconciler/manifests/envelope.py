"""From the documents of a file to manifests: which kind each is, and what it says.

Knows `kind: List`, the kinds that belong elsewhere and those that do not exist yet; what is inside
a manifest is the business of its kind (`reconciler.manifests.kinds`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from reconciler.documents.nodes import List, Map, Node
from reconciler.manifests.findings import described, unknown_field
from reconciler.manifests.hints import did_you_mean
from reconciler.manifests.kinds import MANIFEST_KINDS, PLANNED_KINDS, POLICY_KINDS
from reconciler.manifests.kinds.manifest import API_VERSION, Reader
from reconciler.manifests.origin import Origin
from reconciler.model.diagnostic import Diagnostic, Position, error
from reconciler.model.show import show

E_co = TypeVar("E_co", covariant=True)


@dataclass(frozen=True, slots=True)
class Manifest(Generic[E_co]):
    """One document that says what it is. `entity` is None when the rest of it is broken."""

    kind: str
    name: str
    origin: Origin
    entity: E_co | None


@dataclass(frozen=True, slots=True)
class Directory(Generic[E_co]):
    """A tree of manifests: what may stand in it, and where what may not belongs."""

    kinds: Mapping[str, Reader[E_co]]
    elsewhere: Mapping[str, str]  # kind → the directory it belongs to


MANIFESTS: Final = Directory(MANIFEST_KINDS, dict.fromkeys(POLICY_KINDS, "policies/"))
POLICIES: Final = Directory(POLICY_KINDS, dict.fromkeys(MANIFEST_KINDS, "manifests/"))


class Reading(Generic[E_co]):
    """Reads documents one after the other and keeps what they say and what is wrong."""

    def __init__(self, directory: Directory[E_co]) -> None:
        self.manifests: list[Manifest[E_co]] = []
        self.found: list[Diagnostic] = []
        self.count = 0  # of manifests, those that are broken included
        self._directory = directory

    def document(self, origin: Origin) -> None:
        """Read one document: a manifest, or a List of them."""
        if origin.node.get("kind") == "List":
            self._list(origin)
            return
        if "apiVersion" not in origin.node:
            self._missing(origin, "apiVersion", API_VERSION)
        self._manifest(origin)

    def _list(self, origin: Origin) -> None:
        node = origin.node
        for field in node.places.keys() - _LIST_FIELDS:
            self.found.append(unknown_field(origin, (field,), _LIST_FIELDS))
        if node.get("apiVersion") != API_VERSION:
            at = origin.at("apiVersion")
            message = f"List: `apiVersion` is not `{API_VERSION}`"
            hint = f"write apiVersion: {API_VERSION}"
            self.found.append(error("wrong-api-version", message, at, hint=hint))
        items = node.get("items")
        if not isinstance(items, List):
            message = f"List: `items` must be a list, not {described(items)}"
            self.found.append(error("wrong-type", message, origin.at("items")))
            return
        for index, item in enumerate(items):
            self._item(item, origin, index)

    def _item(self, item: Node, origin: Origin, index: int) -> None:
        at = origin.at("items", index)
        if not isinstance(item, Map):
            message = f"List: an item must be a manifest, not {described(item)}"
            self.found.append(error("wrong-type", message, at))
        elif item.get("kind") == "List":
            message = "a List cannot hold a List"
            self.found.append(error("nested-list", message, at, hint="move its items up"))
        else:
            self._manifest(Origin(origin.file, item))

    def _manifest(self, origin: Origin) -> None:
        self.count += 1
        kind = origin.node.get("kind")
        if "kind" not in origin.node:
            self._missing(origin, "kind", "User")
            return
        reader = self._directory.kinds.get(kind) if isinstance(kind, str) else None
        if not isinstance(kind, str) or reader is None:
            self.found.append(self._wrong_kind(kind, origin.at("kind")))
            return
        built = reader.read(origin)
        self.found += built.found
        name = origin.name
        if name is not None:
            self.manifests.append(Manifest(kind, name, origin, built.entity))

    def _missing(self, origin: Origin, field: str, example: str) -> None:
        message = f"{origin.subject}: `{field}` is missing"
        hint = f"add `{field}: {example}`"
        self.found.append(error("missing-field", message, origin.at(), hint=hint))

    def _wrong_kind(self, kind: Node, at: Position) -> Diagnostic:
        if not isinstance(kind, str):
            return error("wrong-type", f"`kind` must be text, not {described(kind)}", at)
        elsewhere = self._directory.elsewhere.get(kind)
        if elsewhere is not None:
            message = f"a manifest of kind {kind} does not belong here"
            return error("wrong-directory", message, at, hint=f"move it to {elsewhere}")
        if kind in PLANNED_KINDS:
            message = f"manifests of kind {kind} are not supported yet"
            return error("kind-not-supported", message, at, hint="remove it")
        known = [*self._directory.kinds, "List"]
        message = f"there is no kind {show(kind)}"
        return error("unknown-kind", message, at, hint=did_you_mean(kind, known))


_LIST_FIELDS: Final = frozenset({"apiVersion", "kind", "items"})
