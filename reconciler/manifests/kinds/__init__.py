"""The kinds of manifests: one module each (or two that belong together), and this list.

A new kind is a module with a model and a function that builds the value, and a line here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from reconciler.manifests.kinds.assignment import ASSIGNMENT, HOLD
from reconciler.manifests.kinds.attribute_mapping import ATTRIBUTE_MAPPING
from reconciler.manifests.kinds.expectation import EXPECTATION
from reconciler.manifests.kinds.group import GROUP
from reconciler.manifests.kinds.guardrails import GUARDRAILS, PROTECTION, Guardrails
from reconciler.manifests.kinds.manifest import Reader
from reconciler.manifests.kinds.profile import PROFILE
from reconciler.manifests.kinds.scoping_filter import SCOPING_FILTER
from reconciler.manifests.kinds.source import SOURCE
from reconciler.manifests.kinds.target import TARGET
from reconciler.manifests.kinds.user import USER
from reconciler.model.declared import Assignment, Group, Hold, User
from reconciler.model.expectation import Expectation
from reconciler.model.feed import Source
from reconciler.model.mapping import AttributeMapping
from reconciler.model.policy import Protection
from reconciler.model.profile import Profile
from reconciler.model.scoping import ScopingFilter
from reconciler.model.target import Target

Entity = (
    User
    | Group
    | Source
    | Target
    | Assignment
    | ScopingFilter
    | AttributeMapping
    | Hold
    | Expectation
    | Profile
)
PolicyEntity = Guardrails | Protection

#: What may stand in `manifests/`.
MANIFEST_KINDS: Final[Mapping[str, Reader[Entity]]] = {
    "User": USER,
    "Group": GROUP,
    "Source": SOURCE,
    "Target": TARGET,
    "Assignment": ASSIGNMENT,
    "ScopingFilter": SCOPING_FILTER,
    "AttributeMapping": ATTRIBUTE_MAPPING,
    "Hold": HOLD,
    "Expectation": EXPECTATION,
    "Profile": PROFILE,
}

#: What may stand in `policies/`.
POLICY_KINDS: Final[Mapping[str, Reader[PolicyEntity]]] = {
    "Guardrails": GUARDRAILS,
    "Protection": PROTECTION,
}

#: Kinds that will exist, so that whoever tries one learns that it is too early.
PLANNED_KINDS: Final = frozenset({"Policy", "Waiver", "FreezeWindow"})
