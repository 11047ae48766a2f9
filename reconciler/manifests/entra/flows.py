"""What an object mapping as a whole does in Entra: its actions, and metadata that changes them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from reconciler.manifests.entra import shapes
from reconciler.manifests.entra.origins import Told
from reconciler.manifests.entra.shapes import FlowType
from reconciler.model.identity import Kind
from reconciler.model.mapping import Apply
from reconciler.model.show import plain
from reconciler.model.target import Ability

#: The words of `flowTypes`, folded, with what they let a target do.
ABILITIES: Final[Mapping[Kind, Mapping[str, tuple[Ability, ...]]]] = {
    Kind.USER: {
        "add": (Ability.CREATE,),
        # Entra switches somebody off by updating `active`.
        "update": (Ability.UPDATE, Ability.DEACTIVATE),
        "delete": (Ability.DELETE,),
    },
    Kind.GROUP: {
        "add": (Ability.CREATE,),
        "update": (Ability.UPDATE,),
        "delete": (Ability.DELETE,),
    },
}
#: When an attribute is written. Graph's two ways of adding values are one here.
APPLIES: Final[Mapping[FlowType, Apply]] = {
    FlowType.ALWAYS: Apply.ALWAYS,
    FlowType.OBJECT_ADD_ONLY: Apply.ON_CREATE,
    FlowType.ATTRIBUTE_ADD_ONLY: Apply.IF_EMPTY,
    FlowType.MULTI_VALUE_ADD_ONLY: Apply.ADD_ONLY,
    FlowType.VALUE_ADD_ONLY: Apply.ADD_ONLY,
}
_METADATA: Final = {
    "disablemonitoringforchanges": "is not watched for changes",
    "disposition": "has a disposition of its own",
    "escrowbehavior": "treats failures in its own way",
    "excludefromreporting": "is left out of reports",
    "unsynchronized": "is not synchronized",
}


def actions_of(kind: Kind, flow_types: str) -> tuple[tuple[Ability, ...], tuple[Told, ...]]:
    """`Add, Update, Delete` in any case, order and spacing."""
    words = {word.casefold() for word in re.split(r"[\s,]+", flow_types) if word}
    known = ABILITIES[kind]
    actions = tuple(ability for word in known if word in words for ability in known[word])
    strange = sorted(plain(word) for word in words - known.keys() - {"none"})
    told = []
    if strange:
        said = f"the flow types {', '.join(strange)} are not known here"
        told.append(Told("not-carried-over", said))
    if not actions:
        said = "Entra may neither create, update nor delete, and nothing will be done here"
        told.append(Told("carried-over-differently", said))
    return actions, tuple(told)


def metadata(mapping: shapes.ObjectMapping, definition: shapes.ObjectDefinition) -> Iterator[Told]:
    """Metadata that changes what Entra does."""
    for entry in mapping.metadata:
        said = _METADATA.get((entry.key or "").casefold())
        if said is not None and (entry.value or "").casefold() not in {"", "false", "default"}:
            value = plain(f"{entry.key} {entry.value}")
            yield Told("not-carried-over", f"the object mapping {said} in Entra ({value})")
    for entry in definition.metadata:
        pair = ((entry.key or "").casefold(), (entry.value or "").casefold())
        if pair == ("issoftdeletionsupported", "false"):
            said = "Entra deletes where it would deactivate, because the target cannot; write "
            yield Told("carried-over-differently", f"{said}`delete` where that is wanted")
