"""Validation that needs the languages: conditions, patterns, expressions, attribute names.

Everything that makes `desire` say *undetermined* for a whole filter, rule or mapping is an error
here, so that nothing is planned with it; what is legal and rarely meant is a warning.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from reconciler.desired.condition_checks import check_condition
from reconciler.desired.conditions import ConditionScope
from reconciler.desired.filter_checks import check_filter
from reconciler.desired.mapping_checks import check_default_domain, check_mapping, check_required
from reconciler.desired.role_checks import check_admission
from reconciler.model.declared import Declared, Group, User
from reconciler.model.diagnostic import Diagnostic, error, ordered
from reconciler.model.expectation import Expectation, mentions
from reconciler.model.identity import Kind
from reconciler.model.serving import resource_types
from reconciler.model.source import ACCOUNT_ENABLED
from reconciler.model.target import OwnedWhen, Target

#: Every code that `check` can give; `manifests/README.md` explains each.
CODES: Final = (
    "active-ignores-scope",
    "ambiguous-operator",
    "bad-condition",
    "bad-expression",
    "bad-pattern",
    "clause-option",
    "clause-value",
    "default-domain-missing",
    "entra-differs",
    "manager-may-be-null",
    "match-not-said",
    "needless-unsupported",
    "not-a-number",
    "null-never-matches",
    "only-on-create",
    "operator-type",
    "reference-option",
    "reference-source",
    "required-not-mapped",
    "roles-mapped-directly",
    "roles-need-assignment",
    "unanchored-pattern",
    "unclear-account-enabled",
    "unique-value-match",
    "unknown-attribute",
    "unsupported-function",
    "unsupported-operator",
    "value-type",
)


def check(declared: Declared) -> tuple[Diagnostic, ...]:
    """Everything that is wrong with what the manifests say in their languages, in order."""
    return ordered(_findings(declared))


def _findings(declared: Declared) -> Iterator[Diagnostic]:
    for user in declared.users.values():
        yield from _user(user)
    for group in declared.groups.values():
        yield from _group(group)
    for scoping_filter in declared.filters.values():
        yield from check_filter(scoping_filter)
    for mapping in declared.mappings.values():
        if not mapping.fragment:  # whoever includes it is checked with it
            yield from check_mapping(mapping, resource_types(declared, mapping))
    for target in declared.targets.values():
        yield from _target(declared, target)
        yield from check_required(declared, target)
        yield from check_admission(declared, target)
        yield from check_default_domain(declared, target)
    for expectation in declared.expectations.values():
        yield from _expectation(expectation)


def _user(user: User) -> Iterator[Diagnostic]:
    if user.attributes.get(ACCOUNT_ENABLED, True) is None:
        yield error(
            "unclear-account-enabled",
            f"User {user.key}: {ACCOUNT_ENABLED} is written without a value",
            user.place(ACCOUNT_ENABLED),
            hint="write true or false, or remove the line, which means true",
        )


def _group(group: Group) -> Iterator[Diagnostic]:
    if group.member_rule is not None:
        at = group.member_rule_at or group.at
        label = f"Group {group.key}: `memberRule`"
        yield from check_condition(label, group.member_rule, ConditionScope.USER, at)


def _expectation(expectation: Expectation) -> Iterator[Diagnostic]:
    label = f"Expectation {expectation.name}: what members should satisfy"
    for assertion in expectation.assertions:
        condition = mentions(assertion).condition
        if condition is not None:
            yield from check_condition(label, condition, ConditionScope.USER, assertion.at)


def _target(declared: Declared, target: Target) -> Iterator[Diagnostic]:
    profile = declared.profiles.get(target.profile)
    for kind in Kind:
        owned = target.handling(kind).ownership
        if isinstance(owned, OwnedWhen):
            label = f"Target {target.name}: the ownership rule of {kind}s"
            live = None if profile is None else profile.of(kind)
            scope = ConditionScope.RESOURCE
            yield from check_condition(label, owned.condition, scope, owned.at, live)
