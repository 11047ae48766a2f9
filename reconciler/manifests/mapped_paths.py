"""Whether the attributes that mappings name can be written, at the providers they are for, and
whether what has to be written is named."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.manifests.names import Names
from reconciler.model.attributes import ACTIVE, MEMBERS, AttributeType
from reconciler.model.declared import Declared, Group
from reconciler.model.diagnostic import Diagnostic, Position, error, warning
from reconciler.model.element import is_whole_list
from reconciler.model.identity import Kind
from reconciler.model.mapping import Direct
from reconciler.model.path import AttributePath
from reconciler.model.resource_type import ResourceType
from reconciler.model.serving import resource_types
from reconciler.model.source import MEMBERS_SOURCE
from reconciler.model.target import Manage
from reconciler.model.words import counted


def check_paths(declared: Declared) -> Iterator[Diagnostic]:
    """Read-only attributes, complex ones as a whole, and elements that nothing picks.

    What it finds twice, for two targets, is one finding (`diagnostic.ordered`).
    """
    for mapping in declared.mappings.values():
        for resource_type in () if mapping.fragment else resource_types(declared, mapping):
            for rule in mapping.rules:
                if rule.target == MEMBERS or rule.source == Direct(MEMBERS_SOURCE):
                    continue  # membership is checked with the manifest
                subject = f"AttributeMapping {rule.within or mapping.name}"
                yield from _faults(subject, rule.target, resource_type, rule.at)


def check_not_kept(declared: Declared, names: Names) -> Iterator[Diagnostic]:
    """Attributes that the mapping does not write, and those on which somebody's access hangs."""
    for target in declared.targets.values():
        for kind in Kind:
            handling = target.handling(kind)
            mapping = declared.mappings.get(handling.mapping or "")
            for path in handling.not_kept:
                said = f"Target {target.name}: `{kind}s.notKept` names `{path}`"
                at = names.at("Target", target.name, "spec", f"{kind}s", "notKept")
                if mapping is not None and path not in {rule.target for rule in mapping.rules}:
                    yield error(
                        "not-kept-not-mapped",
                        f"{said}, which the mapping `{mapping.name}` does not write",
                        at,
                        hint="remove it, or write it as the mapping does",
                    )
                elif path in (ACTIVE, MEMBERS):
                    yield error(
                        "not-kept-decides",
                        f"{said}, on which access hangs, so it is always compared",
                        at,
                        hint="remove it; what a mapping does not write is not compared",
                    )


def check_members(declared: Declared, names: Names) -> Iterator[Diagnostic]:
    """Groups that are written without anybody in them, though Git says who belongs there."""
    peopled = sum(map(_has_members, declared.groups.values()))
    for target in declared.targets.values():
        groups = target.groups
        mapping = declared.mappings.get(groups.mapping or "")
        if not peopled or not target.enabled or groups.manage is not Manage.FULL or mapping is None:
            continue
        if MEMBERS not in {rule.target for rule in mapping.rules}:
            yield warning(
                "members-not-mapped",
                f"Target {target.name}: the mapping `{mapping.name}` does not write `members`, so "
                f"nobody is put into a group there, and {counted(peopled, 'group')} of the tree "
                f"{'has' if peopled == 1 else 'have'} members",
                names.at("Target", target.name, "spec", "groups", "mapping"),
                hint="add `{target: members, source: members}` to the mapping",
            )


def _has_members(group: Group) -> bool:
    return bool(group.users or group.groups or group.dated) or group.member_rule is not None


def _faults(
    subject: str, path: AttributePath, resource_type: ResourceType, at: Position
) -> Iterator[Diagnostic]:
    known = resource_type.characteristics(path)
    if known.read_only:
        message = f"{subject}: `{path}` is read-only (RFC 7643), nobody can write it"
        yield error("read-only-attribute", message, at, hint="remove the entry")
    elif is_whole_list(path, known):
        pass
    elif known.type is AttributeType.COMPLEX:
        message = f"{subject}: `{path}` has sub-attributes and cannot be mapped as a whole"
        part = "givenName" if path.attribute.lower() == "name" else "value"
        element = '[type eq "work"]' if known.multi_valued and path.selector is None else ""
        hint = f"map its parts, as in `{path}{element}.{part}`"
        yield error("complex-attribute", message, at, hint=hint)
    elif path.sub is not None and path.selector is None and _of_several(path, resource_type):
        # Written to each element that there is (RFC 7644 §3.5.2), so to none where there is none.
        element = f'{path.attribute}[type eq "work"].{path.sub}'
        several = f"several `{path.attribute}`"
        message = f"{subject}: `{path}` does not say which of {several} is meant"
        yield error("element-not-picked", message, at, hint=f"pick one, as in `{element}`")


def _of_several(path: AttributePath, resource_type: ResourceType) -> bool:
    """Whether the path is about a part of an attribute that has several values."""
    whole = AttributePath(path.urn, path.attribute, None, None, path.attribute)
    return resource_type.characteristics(whole).multi_valued
