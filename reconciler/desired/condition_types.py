"""The types of what a condition looks at, where they are known before anybody is looked at.

Conditions run on values of any type, null among them, so the library compiles them knowing none.
That lets `user.country` pass, which is true or false for nobody. Here every attribute with a type
gets one, as a variable of its own (`user.country`) whose value may be null, and what the library
then complains of is an author's mistake, but for what it cannot know: lists may be null too.

What a manifest can say of a person is checked when it is read, so there a wrong comparison is
certain. A provider may answer with whatever it likes: there only a text in the place of a truth is.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Final

from reconciler.desired.condition_bindings import ConditionScope
from reconciler.desired.condition_errors import Complaint
from reconciler.model.attributes import RESOURCE_NAMES, AttributeType
from reconciler.model.identity import Kind
from reconciler.model.path import parse_path
from reconciler.model.resource_type import ResourceType
from reconciler.model.source import (
    MANAGER,
    MEMBER_OF,
    USER_ATTRIBUTES,
    SourceType,
    written_attributes,
)

# What RFC 7643 gives no type of its own counts as text, and these hold something else.
_NO_TEXT: Final = frozenset({"groups", "meta", "schemas"})
_DEMAND_TRUTH: Final = frozenset({"_&&_", "_||_", "!_"})
_EQUALITY: Final = frozenset({"_==_", "_!=_"})
_QUOTED: Final = re.compile(r"""\b(?P<object>\w+)\[(?P<quote>["'])(?P<name>\w+)(?P=quote)\]""")


def known_types(
    scope: ConditionScope, resource_type: ResourceType | None
) -> Mapping[str, SourceType]:
    """The type of each variable whose type is known.

    `resource_type` is what the provider makes of the live resources that the condition is about.
    """
    if scope is ConditionScope.RESOURCE:
        return {} if resource_type is None else _live_types(resource_type)
    kind = Kind.GROUP if scope is ConditionScope.GROUP else Kind.USER
    types = {f"{scope.variable}.{name}": held for name, held in written_attributes(kind).items()}
    if scope.has_manager:
        types |= {f"{MANAGER}.{name}": held for name, held in USER_ATTRIBUTES.items()}
    if scope is ConditionScope.CANDIDATE:
        types[f"{scope.variable}.{MEMBER_OF}"] = SourceType.TEXTS
    return types


def with_dots(source: str, types: Collection[str]) -> str:
    """`source` with `user["country"]` as `user.country`, each character where it was."""

    def dotted(found: re.Match[str]) -> str:
        name = f"{found['object']}.{found['name']}"
        return name.ljust(len(found[0])) if name in types else found[0]

    return _QUOTED.sub(dotted, source)


def is_certain(complaint: Complaint, scope: ConditionScope) -> bool:
    """Whether what the library complains of is wrong, whatever the values are."""
    if scope is ConditionScope.RESOURCE:
        return complaint.function in _DEMAND_TRUTH
    return complaint.function not in _EQUALITY or "null_type" not in complaint.types


def _live_types(resource_type: ResourceType) -> Mapping[str, SourceType]:
    paths = {name: parse_path(name) for name in RESOURCE_NAMES - _NO_TEXT}
    known = {name: resource_type.characteristics(path) for name, path in paths.items()}
    return {
        f"{ConditionScope.RESOURCE.variable}.{name}": SourceType.TEXT
        for name, found in known.items()
        if found.type is AttributeType.STRING and not found.multi_valued and name.isidentifier()
    }
