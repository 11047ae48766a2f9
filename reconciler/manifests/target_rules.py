"""What a Target asks of its profile, its filters and its mappings, and of the other targets.

A profile says what a provider keeps. What it would drop or refuse is said here, at the line that
asks for it, and not by the provider half-way through an apply.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

from reconciler.desired.conditions import ConditionScope, exclude_each_other
from reconciler.manifests.endpoint import same_endpoint
from reconciler.manifests.names import Names
from reconciler.manifests.origin import Origin
from reconciler.model.attributes import MEMBERS
from reconciler.model.declared import Declared
from reconciler.model.diagnostic import Diagnostic, Position, error
from reconciler.model.identity import Kind
from reconciler.model.mapping import AttributeMapping, MappingRule
from reconciler.model.path import parse_path
from reconciler.model.profile import Profile
from reconciler.model.target import Handling, Manage, Marked, OwnedWhen, Target


def check_targets(declared: Declared, names: Names) -> Iterator[Diagnostic]:
    """Filters and mappings of the wrong kind, what a profile does not keep, shared endpoints."""
    for target in declared.targets.values():
        profile = declared.profiles.get(target.profile)
        for kind in Kind:
            side = _Side(target, kind, names.of("Target")[target.name])
            yield from _wrong_kinds(side, declared)
            mapping = declared.mappings.get(side.handling.mapping or "")
            if profile is not None:
                yield from _marks(side, profile, mapping)
                if mapping is not None and mapping.kind is kind:
                    yield from _unaccepted(side, profile, mapping)
    yield from _shared(declared, names)


@dataclass(frozen=True, slots=True)
class _Side:
    """One kind of resource at one target, and where that is written."""

    target: Target
    kind: Kind
    origin: Origin

    @property
    def handling(self) -> Handling:
        return self.target.handling(self.kind)

    def at(self, field: str) -> Position:
        return self.origin.at("spec", self.block, field)

    @property
    def block(self) -> str:
        return f"{self.kind}s"

    @property
    def subject(self) -> str:
        return f"Target {self.target.name}"


def _wrong_kinds(side: _Side, declared: Declared) -> Iterator[Diagnostic]:
    scoping_filter = declared.filters.get(side.handling.filter or "")
    if scoping_filter is not None and scoping_filter.kind is not side.kind:
        yield error(
            "wrong-filter-kind",
            f"{side.subject}: the filter {scoping_filter.name} is for {scoping_filter.kind}s, "
            f"not for {side.block}",
            side.at("filter"),
            hint=f"name a ScopingFilter with `for: {side.block}`",
        )
    mapping = declared.mappings.get(side.handling.mapping or "")
    if mapping is not None and mapping.kind is not side.kind:
        yield error(
            "wrong-mapping-kind",
            f"{side.subject}: the mapping {mapping.name} is for {mapping.kind}s, "
            f"not for {side.block}",
            side.at("mapping"),
            hint=f"name an AttributeMapping with `for: {side.block}`",
        )


def _marks(side: _Side, profile: Profile, mapping: AttributeMapping | None) -> Iterator[Diagnostic]:
    """Under `marked` the profile's mark attribute is ours alone to write."""
    if not isinstance(side.handling.ownership, Marked):
        return
    mark = profile.of(side.kind).mark
    if mark is None:
        yield error(
            "profile-without-mark",
            f"{side.subject}: the profile {profile.name} has no attribute that could carry a mark "
            f"on {side.block}",
            side.at("ownership"),
            hint="use `ownership: exclusive` or `{rule: …}`",
        )
        return
    if mapping is None:
        return
    for rule in mapping.rules:
        if rule.target == parse_path(mark):
            yield error(
                "mark-is-mapped",
                f"AttributeMapping {mapping.name}: `{rule.target}` carries the mark of "
                f"{side.subject}",
                rule.at,
                hint="leave it out of the mapping, or own by another rule",
            )


def _used(side: _Side, mapping: AttributeMapping) -> tuple[MappingRule, ...]:
    """The rules that matter: under `lookup` only those that find the live resource."""
    if side.handling.manage is Manage.FULL:
        return mapping.rules
    return tuple(rule for rule in mapping.rules if rule.match is not None)


def _unaccepted(side: _Side, profile: Profile, mapping: AttributeMapping) -> Iterator[Diagnostic]:
    resource_type = profile.of(side.kind)
    for rule in _used(side, mapping):
        if rule.target != MEMBERS and not resource_type.accepts(rule.target):
            yield error(
                "path-not-accepted",
                f"AttributeMapping {mapping.name}: the profile {profile.name} of {side.subject} "
                f"does not keep `{rule.target}`",
                rule.at,
                hint="remove the entry, or give this target a mapping of its own",
            )


def _shared(declared: Declared, names: Names) -> Iterator[Diagnostic]:
    """Two enabled targets behind one endpoint would undo each other's work."""
    by_endpoint: dict[str, list[Target]] = {}
    for target in declared.targets.values():
        if target.enabled:
            by_endpoint.setdefault(same_endpoint(target.base_url), []).append(target)
    for targets in by_endpoint.values():
        for first, second in combinations(targets, 2):
            for kind in Kind:
                if not _disjoint(first.handling(kind), second.handling(kind)):
                    yield error(
                        "shared-endpoint",
                        f"Target {second.name}: Target {first.name} manages {kind}s behind the "
                        "same `baseUrl`, and both may take the same one for theirs",
                        names.at("Target", second.name, "spec", "baseUrl"),
                        hint="join the two, use `ownership: marked` in both, or rules that compare "
                        "one attribute with different texts",
                    )


def _disjoint(first: Handling, second: Handling) -> bool:
    """Whether it is proved that no live resource can belong to both."""
    if Manage.LOOKUP in (first.manage, second.manage):
        return True
    match first.ownership, second.ownership:
        case Marked(), Marked():  # a mark names one target
            return True
        case OwnedWhen(condition=one), OwnedWhen(condition=other):
            return exclude_each_other(one, other, ConditionScope.RESOURCE)
        case _:
            return False
