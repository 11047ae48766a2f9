"""Mappings that include others: what several targets have in common is written once.

A mapping begins with the entries of those that it includes, in their order, each with what it
includes itself; its own entries come last. Of two entries for one attribute the later one counts,
at the place of the earlier. Every entry keeps the file and line where it is written.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from reconciler.manifests.hints import did_you_mean
from reconciler.manifests.names import Names
from reconciler.model.declared import Declared
from reconciler.model.diagnostic import Diagnostic, Position, error
from reconciler.model.identity import Kind
from reconciler.model.mapping import AttributeMapping, MappingRule
from reconciler.model.path import AttributePath


def with_fragments(declared: Declared, names: Names) -> tuple[Declared, list[Diagnostic]]:
    """Every mapping whole, and what is wrong with what they include.

    Those that are there to be included, and that no target uses, are `fragment`s.
    """
    work = _Work(declared.mappings, names)
    whole = {name: work.whole(mapping) for name, mapping in declared.mappings.items()}
    included = {name for mapping in declared.mappings.values() for name in mapping.includes}
    used = {t.handling(kind).mapping for t in declared.targets.values() for kind in Kind}
    mappings = {
        name: replace(mapping, fragment=name in included - used) for name, mapping in whole.items()
    }
    for mapping in mappings.values():
        work.found += _overlaps(mapping)
        if not mapping.fragment and mapping.name not in work.short:
            work.found += _unmatched(mapping, names)
    return replace(declared, mappings=mappings), work.found


@dataclass(slots=True)
class _Work:
    mappings: Mapping[str, AttributeMapping]
    names: Names
    found: list[Diagnostic] = field(default_factory=list)
    #: Mappings that lack entries, because something that they include could not be had.
    short: set[str] = field(default_factory=set)
    _done: dict[str, AttributeMapping] = field(default_factory=dict)
    _open: list[str] = field(default_factory=list)

    def whole(self, mapping: AttributeMapping) -> AttributeMapping:
        if mapping.name not in self._done:
            self._open.append(mapping.name)
            rules: dict[AttributePath, MappingRule] = {}
            for index in range(len(mapping.includes)):
                rules |= {rule.target: rule for rule in self._included(mapping, index)}
            own = {rule.target: rule for rule in mapping.rules} if mapping.includes else {}
            joined = tuple((rules | own).values()) if mapping.includes else mapping.rules
            self._open.pop()
            self._done[mapping.name] = replace(mapping, rules=joined)
        return self._done[mapping.name]

    def _included(self, mapping: AttributeMapping, index: int) -> tuple[MappingRule, ...]:
        name = mapping.includes[index]
        other = self.mappings.get(name)
        at = self.names.at("AttributeMapping", mapping.name, "spec", "include", index)
        fault = self._fault(mapping, name, at)
        if fault is not None:
            self.found.append(fault)
        if fault is not None or other is None or name in self.short:
            self.short.update(self._open)
        if fault is not None or other is None:
            return ()
        return tuple(replace(rule, within=rule.within or name) for rule in self.whole(other).rules)

    def _fault(self, mapping: AttributeMapping, name: str, at: Position) -> Diagnostic | None:
        subject = f"AttributeMapping {mapping.name}"
        if name in self._open:
            circle = " → ".join([*self._open[self._open.index(name) :], name])
            said = f"{subject}: mappings include each other: {circle}"
            return error("mapping-cycle", said, at, hint="take one of them out of the other")
        other = self.mappings.get(name)
        if other is None:
            if name in self.names.of("AttributeMapping"):
                return None  # it is there, and what is wrong with it is said already
            known = did_you_mean(name, self.mappings.keys() - {mapping.name})
            said = f"{subject}: there is no AttributeMapping {name}"
            return error("missing-mapping", said, at, hint=known or "declare the AttributeMapping")
        if other.kind is not mapping.kind:
            said = f"{subject}: it is for {mapping.kind}s and includes {name}, for {other.kind}s"
            return error("include-kind", said, at, hint="include one that is for the same kind")
        return None


def _unmatched(mapping: AttributeMapping, names: Names) -> Iterator[Diagnostic]:
    if not any(rule.match is not None for rule in mapping.rules):
        yield error(
            "mapping-without-match",
            f"AttributeMapping {mapping.name}: no attribute finds the live resource",
            names.at("AttributeMapping", mapping.name, "spec", "attributes"),
            hint="add `match: 1` to the attribute that is unique, for example `userName`",
        )


def _overlaps(mapping: AttributeMapping) -> Iterator[Diagnostic]:
    """A list that is written whole, and one of its elements: each would undo the other."""
    whole = {
        (rule.target.urn, rule.target.attribute.lower()): rule
        for rule in mapping.rules
        if rule.target.selector is None and rule.target.sub is None
    }
    for rule in mapping.rules:
        first = whole.get((rule.target.urn, rule.target.attribute.lower()))
        if first is not None and rule.target.selector is not None:
            yield error(
                "overlapping-target",
                f"AttributeMapping {mapping.name}: `{rule.target}` is an element of "
                f"`{first.target}`, which {first.at.file}:{first.at.line} writes whole",
                rule.at,
                hint="remove one of them",
            )
