"""Which of a schema's object mappings are imported: one for users, one for groups."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from reconciler.manifests.entra.shapes import ObjectMapping, Rule, Schema
from reconciler.model.diagnostic import Diagnostic, error, warning
from reconciler.model.identity import Kind
from reconciler.model.show import plain, show


@dataclass(frozen=True, slots=True)
class Chosen:
    """An object mapping and the rule that it stands in."""

    rule: Rule
    mapping: ObjectMapping


@dataclass(frozen=True, slots=True)
class Selection:
    """What is imported. Without both there is an error among the findings."""

    users: Chosen | None
    groups: Chosen | None
    found: tuple[Diagnostic, ...]

    @property
    def rule(self) -> Rule:
        """The rule of the users, or that of the groups."""
        chosen = self.users or self.groups
        return Rule() if chosen is None else chosen.rule


# A rule that writes there is an inbound one, or one between tenants.
_DIRECTORIES: Final = ("azure active directory", "active directory", "microsoft entra id")
_NAMES: Final = {"user": Kind.USER, "group": Kind.GROUP}


def select(schema: Schema) -> Selection:
    """The first enabled mapping of each kind, or the first at all; the others are findings."""
    candidates: dict[Kind, list[Chosen]] = {Kind.USER: [], Kind.GROUP: []}
    found = []
    for rule in schema.synchronization_rules:
        if (rule.target_directory_name or "").casefold().startswith(_DIRECTORIES):
            said = f"rule {show(rule.name)} writes into the directory itself, not to a SCIM target"
            found.append(warning("not-carried-over", said))
            continue
        for mapping in rule.object_mappings:
            kind = _kind(mapping)
            if kind is None:
                said = f"{_called(mapping)} maps neither users nor groups"
                found.append(warning("not-carried-over", said))
            else:
                candidates[kind].append(Chosen(rule, mapping))
    chosen = {kind: _first(of_kind) for kind, of_kind in candidates.items()}
    for kind, of_kind in candidates.items():
        found += _others(kind, of_kind, chosen[kind])
    if not any(chosen.values()):
        said = "no rule of the schema maps users or groups to a SCIM target"
        hint = "export the schema of the application that provisions, not of another one"
        found.append(error("not-entra", said, hint=hint))
    return Selection(chosen[Kind.USER], chosen[Kind.GROUP], tuple(found))


def _kind(mapping: ObjectMapping) -> Kind | None:
    """By the source's name, else by the end of the target's (a schema's URN or URL)."""
    source = (mapping.source_object_name or "").casefold()
    target = (mapping.target_object_name or "").replace("/", ":").rpartition(":")[2].casefold()
    return _NAMES.get(source) or _NAMES.get(target)


def _first(of_kind: list[Chosen]) -> Chosen | None:
    enabled = [chosen for chosen in of_kind if chosen.mapping.enabled]
    return next(iter(enabled or of_kind), None)


def _others(kind: Kind, of_kind: list[Chosen], taken: Chosen | None) -> Iterator[Diagnostic]:
    for chosen in of_kind:
        if chosen is not taken:
            yield warning(
                "not-carried-over",
                f"{_called(chosen.mapping)} maps {kind}s as well; one mapping a target is imported",
                hint="import it by itself, with a schema that holds only this one, and --target",
            )


def _called(mapping: ObjectMapping) -> str:
    name = mapping.name or f"{mapping.source_object_name} to {mapping.target_object_name}"
    return f'object mapping "{plain(name)}"'
