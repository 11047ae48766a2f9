"""An object mapping's attributes as an AttributeMapping, with what gets lost on the way."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from reconciler.desired.mapping_checks import check_mapping, holds_values
from reconciler.manifests.entra import shapes
from reconciler.manifests.entra.drafts import Line, MappingDraft, Scalar
from reconciler.manifests.entra.flows import APPLIES
from reconciler.manifests.entra.names import OURS, respelled
from reconciler.manifests.entra.origins import (
    Origin,
    Read,
    Told,
    as_boolean,
    fields_of,
    origin_of,
    target_path,
    with_unsupported,
)
from reconciler.manifests.entra.shapes import FlowBehavior, FlowType
from reconciler.model.attributes import MEMBERS, characteristics
from reconciler.model.diagnostic import Diagnostic, Position, warning
from reconciler.model.identity import Kind
from reconciler.model.mapping import (
    Apply,
    AttributeMapping,
    Constant,
    DefaultWhen,
    Direct,
    MappingRule,
)
from reconciler.model.path import AttributePath, PathError
from reconciler.model.profile import RFC7644
from reconciler.model.show import plain
from reconciler.model.source import MEMBERS_SOURCE, USER_KEYS

_NOWHERE: Final = Position("", 1)
_DEFAULTS: Final = (
    "`applyDefault: onCreate` is Entra's rule: an existing resource keeps what it has. Without it "
    "a default stands in whenever there is no value."
)
_MEMBERS_ADD_ONLY: Final = (
    "in Entra members are only added; write `membership: additive` in each Group for that"
)
_ONLY_LOOKED_UP: Final = "Not needed: these resources are only looked up."


def mapping_draft(
    name: str, kind: Kind, mapping: shapes.ObjectMapping, definition: shapes.ObjectDefinition
) -> tuple[MappingDraft, tuple[Diagnostic, ...]]:
    """Every attribute of an object mapping, in its order."""
    attributes = mapping.attribute_mappings
    reader = _Reader(kind, _references(definition))
    precedences = _precedences(attributes)
    lines: list[Line] = []
    found: list[Diagnostic] = []
    for index, attribute in enumerate(attributes):
        line, told = reader.line(attribute, precedences.get(index))
        lines.append(line)
        label = f"{kind}s, `{plain(attribute.target_attribute_name or '')}`"
        found += [each.as_warning(label) for each in told]
    lines, overlapping = _without_overlaps(lines)
    found += [told.as_warning(f"{kind}s, `{target}`") for target, told in overlapping]
    if not any(line.live and "match" in dict(line.fields) for line in lines):
        said = f"{kind}s: no attribute has a matching precedence, so no live resource is found"
        found.append(warning("mapping-without-match", said, hint="add `match: 1` to one of them"))
    return MappingDraft(name, kind, tuple(lines), tuple(_habits(attributes, lines))), tuple(found)


def _without_overlaps(lines: Sequence[Line]) -> tuple[list[Line], list[tuple[str, Told]]]:
    """A list that is written whole says all that its elements could say as well."""
    whole = {str(dict(line.fields)["target"]) for line in lines if line.live}
    kept: list[Line] = []
    told: list[tuple[str, Told]] = []
    for line in lines:
        target = str(dict(line.fields)["target"])
        listed = target.partition("[")[0]
        if line.live and listed != target and listed in whole:
            said = f"not carried over, because `{listed}` is written whole beside it"
            told.append((target, Told("not-carried-over", said)))
            kept.append(Line(line.fields, (f"{said[:1].upper()}{said[1:]}:",), live=False))
        else:
            kept.append(line)
    return kept, told


def only_matching(draft: MappingDraft) -> MappingDraft:
    """The same mapping for resources that are only looked up: the rest become comments."""
    lines = tuple(
        line
        if not line.live or "match" in dict(line.fields)
        else replace(line, remarks=(), live=False)
        for line in draft.lines
    )
    first = next((index for index, line in enumerate(lines) if line != draft.lines[index]), None)
    if first is not None:
        noted = replace(lines[first], remarks=(_ONLY_LOOKED_UP,))
        lines = (*lines[:first], noted, *lines[first + 1 :])
    return replace(draft, lines=lines)


def _precedences(attributes: Sequence[shapes.AttributeMapping]) -> Mapping[int, int]:
    """From an attribute's index to its `match`: 1, 2, … in the order in which Entra tries them."""
    used = [index for index, a in enumerate(attributes) if a.matching_priority > 0]
    tried = sorted(used, key=lambda index: (attributes[index].matching_priority, index))
    return {index: number for number, index in enumerate(tried, start=1)}


def _references(definition: shapes.ObjectDefinition) -> frozenset[str]:
    """Attributes that hold the id of another resource, folded."""
    return frozenset(
        (attribute.name or "").lower()
        for attribute in definition.attributes
        if attribute.referenced_objects
    )


def _habits(attributes: Sequence[shapes.AttributeMapping], lines: Sequence[Line]) -> Iterator[str]:
    """What is true of the mapping as a whole."""
    if any("applyDefault" in dict(line.fields) for line in lines):
        yield _DEFAULTS
    trees = [a.target_attribute_name for a in attributes if origin_of(a.source).rebuilt]
    if trees:
        named = ", ".join(f"`{name}`" for name in trees)
        yield f"Rebuilt from parameters, because the schema has no text: {named}."
    always = sum(1 for a in attributes if a.flow_behavior is FlowBehavior.ALWAYS)
    if always:
        yield (
            f"FlowAlways in Entra, for {always} of the attributes: written again in every cycle. "
            "Here only what differs is written."
        )


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads the attribute mappings of one kind."""

    kind: Kind
    references: frozenset[str]

    def line(
        self, attribute: shapes.AttributeMapping, match: int | None
    ) -> tuple[Line, tuple[Told, ...]]:
        """The line for an attribute, and what of it is worth a warning."""
        written = (attribute.target_attribute_name or "").strip()
        read = origin_of(attribute.source)
        read = replace(read, origin=respelled(read.origin, OURS))
        try:
            path = target_path(written)
        except PathError:
            return _left_out(written, read.origin, "is not an attribute path of SCIM")
        why = self._obstacle(written, path, read.origin)
        if why is not None:
            return _left_out(path.text, read.origin, why)
        if path == MEMBERS:
            return _members(attribute)
        read = replace(read, origin=with_unsupported(as_boolean(path, read.origin)))
        if read.origin is not None:
            rule = MappingRule(path, read.origin, _NOWHERE, default=attribute.default_value or None)
            read = replace(read, told=(*read.told, *self._refusals(rule)))
        return _live(attribute, path, match, read)

    def _obstacle(self, written: str, path: AttributePath, origin: Origin | None) -> str | None:
        """Why there can be no entry at all."""
        if path == MEMBERS or origin == Direct(MEMBERS_SOURCE):
            if (self.kind, path, origin) == (Kind.GROUP, MEMBERS, Direct(MEMBERS_SOURCE)):
                return None
            return "is not membership as a whole, from `members` to `members` of groups"
        if characteristics(path).read_only:
            return "is read-only (RFC 7643)"
        named = isinstance(origin, Direct) and origin.attribute in USER_KEYS
        if written.lower() in self.references and not named:
            return "holds the id of another resource at the target"
        return None

    def _refusals(self, rule: MappingRule) -> Iterator[Told]:
        """What `validate` will say about the rule, in its words."""
        if not holds_values(rule.target, characteristics(rule.target)):
            said = "has sub-attributes and cannot be mapped as a whole; `validate` refuses it"
            yield Told("complex-attribute", said)
        for finding in check_mapping(
            AttributeMapping("", self.kind, (rule,), _NOWHERE), (RFC7644.of(self.kind),)
        ):
            said = finding.message.partition(": ")[2]
            yield Told(finding.code, said if finding.hint is None else f"{said}; {finding.hint}")


def _left_out(target: str, origin: Origin | None, why: str) -> tuple[Line, tuple[Told, ...]]:
    line = Line(fields_of(target, origin), (f"Not carried over, because it {why}:",), live=False)
    return line, (Told("not-carried-over", f"not carried over, because it {why}"),)


def _members(attribute: shapes.AttributeMapping) -> tuple[Line, tuple[Told, ...]]:
    line = Line((("target", "members"), ("source", "members")))
    if attribute.flow_type in {None, FlowType.ALWAYS}:
        return line, ()
    told = Told("carried-over-differently", _MEMBERS_ADD_ONLY)
    return replace(line, remarks=(told.text,)), (told,)


def _live(
    attribute: shapes.AttributeMapping, path: AttributePath, match: int | None, read: Read
) -> tuple[Line, tuple[Told, ...]]:
    origin = None if read.origin == Constant(None) else read.origin
    default = attribute.default_value or None
    if origin is None and default is None:
        # Entra never writes an empty value, so nothing is managed.
        said = f"Entra leaves `{path}` alone, which is what leaving it out means:"
        return Line(fields_of(path.text, Constant(None)), (said,), live=False), ()
    apply = APPLIES[attribute.flow_type or FlowType.ALWAYS]
    fields = fields_of(path.text, origin)
    if match is not None and origin is not None:
        fields += (("match", match),)
    if apply is not Apply.ALWAYS:
        fields += (("apply", apply.value),)
    # A constant is never missing, so its default never stands in.
    if default is not None and not isinstance(origin, Constant):
        fields += (("default", _scalar(path, default)),)
        if origin is not None and apply is Apply.ALWAYS:
            fields += (("applyDefault", DefaultWhen.ON_CREATE.value),)
    return Line(fields, tuple(each.text for each in read.told)), read.told


def _scalar(path: AttributePath, default: str) -> Scalar:
    meant = as_boolean(path, Constant(default))
    return meant.value if isinstance(meant, Constant) and isinstance(meant.value, bool) else default
