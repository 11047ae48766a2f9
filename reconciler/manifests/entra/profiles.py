"""What a schema says of target attributes beyond their profile: a Profile of the target's own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from reconciler.manifests.entra import shapes
from reconciler.manifests.entra.drafts import Attributes, MappingDraft, Scalar
from reconciler.model.attributes import AttributeType, Mutability, attribute_name
from reconciler.model.path import parse_path
from reconciler.model.profile import BUILT_IN
from reconciler.model.resource_type import ResourceType

#: Entra's types, folded. Its Reference is the id of another object, or a URI.
TYPES: Final[Mapping[str, AttributeType]] = {
    "string": AttributeType.STRING,
    "boolean": AttributeType.BOOLEAN,
    "integer": AttributeType.INTEGER,
    "datetime": AttributeType.DATETIME,
    "binary": AttributeType.BINARY,
    "reference": AttributeType.REFERENCE,
}
_MUTABILITY: Final[Mapping[str, Mutability]] = {m.value.casefold(): m for m in Mutability}


def own_attributes(
    draft: MappingDraft, definition: shapes.ObjectDefinition, profile: str
) -> Attributes:
    """The attributes that are mapped and are not as the profile has them, in the mapping's order.

    Of an attribute that SCIM itself defines only what is stricter counts: Entra's directories say
    of everything that it is optional and that case does not matter.
    """
    known = BUILT_IN[profile].of(draft.kind)
    defined = {(a.name or "").casefold(): a for a in definition.attributes}
    found: dict[str, tuple[tuple[str, Scalar], ...]] = {}
    for line in draft.lines:
        target = str(dict(line.fields)["target"])
        attribute = defined.get(target.casefold())
        if line.live and attribute is not None:
            fields = tuple(_differences(target, attribute, known))
            if fields:
                found[target] = fields
    return tuple(found.items())


def _differences(
    target: str, attribute: shapes.AttributeDefinition, known: ResourceType
) -> Iterator[tuple[str, Scalar]]:
    path = parse_path(target)
    if path.selector is not None:
        return
    base = known.characteristics(path)
    type_ = TYPES.get((attribute.type or "").casefold(), base.type)
    if attribute_name(path).startswith("urn:") and not _standard(target):
        if type_ is not base.type:
            yield "type", type_.value
        if attribute.multivalued and not base.multi_valued:
            yield "multiValued", True
    if attribute.required and not base.required:
        yield "required", True
    if attribute.case_exact and not base.case_exact:
        yield "caseExact", True
    mutability = _MUTABILITY.get((attribute.mutability or "").casefold(), base.mutability)
    if mutability is not base.mutability and mutability is not Mutability.READ_WRITE:
        yield "mutability", mutability.value


def _standard(target: str) -> bool:
    return target.casefold().startswith("urn:ietf:params:scim:schemas:extension:enterprise:")
