"""Attribute mappings: from a declared user or group to the values that the target should hold.

One rule gives one of three things, as in the manifests: a value, *clear it*, or *not managed*.

* Direct: what is written. An attribute that the manifest does not mention is not managed; one that
  is written null, `[]` or empty is cleared.
* Constant: always the value.
* Expression: reads attributes without a value as null. When its result is null, the target is
  cleared if every attribute that it read as null was *written* null, and is not managed otherwise:
  what nobody wrote clears nothing. `IgnoreFlowIfNullOrEmpty` leaves the attribute unmanaged.
* Untouched (Entra's *None*): the live value is left alone, and `default` is written wherever there
  is none.
* `default` replaces a null of either kind: with every evaluation, or, as in Entra, only when the
  resource is created.

A rule that takes the key of a user (`manager`) to a reference gives no value but a
`DesiredReference`: which live id that is, planning finds out.

Whatever errs, or does not fit the attribute's type, makes the whole object undetermined.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from reconciler.desired.expressions import NOWHERE, Context, Program
from reconciler.desired.rule import CompiledRule, compile_rule
from reconciler.desired.subjects import SourceObject
from reconciler.model.attributes import MEMBERS, USER_NAME
from reconciler.model.desired import DesiredReference, DesiredValue, MatchKey, Reason, Undetermined
from reconciler.model.diagnostic import Position
from reconciler.model.identity import Kind, UserKey
from reconciler.model.light import light_value
from reconciler.model.mapping import AttributeMapping, Direct
from reconciler.model.note_code import NoteCode
from reconciler.model.path import AttributePath, Value
from reconciler.model.resource_type import ResourceType, fulfils
from reconciler.model.sameness import is_empty
from reconciler.model.source import IS_SOFT_DELETED, OBJECT_ID, USER_PRINCIPAL_NAME

_DISPLAY_NAME: Final = "displayName"
_IDENTITY: Final = Direct(OBJECT_ID)
_ERRORS: Final = frozenset(
    {NoteCode.MAPPING_ERROR, NoteCode.MAPPING_TYPE, NoteCode.SOURCE_UNDETERMINED}
)


@light_value()
class Mapped:
    """One object through a mapping.

    `match` and `identity` are there as far as they could be found out, also with a `failure`, so
    that the live resource of somebody undetermined is still recognised as theirs.
    """

    values: Mapping[AttributePath, DesiredValue]
    references: Mapping[AttributePath, DesiredReference]
    match: tuple[MatchKey, ...]
    identity: MatchKey | None
    failure: Undetermined | None

    @property
    def lost(self) -> bool:
        """An error, not a missing value, is why nothing can find the live resource."""
        found = self.match or self.identity
        return not found and self.failure is not None and self.failure.code in _ERRORS


@dataclass(frozen=True, slots=True)
class Requirement:
    """An attribute that everybody must have, the targets that give it, and the line of the first.

    A list (`emails`) is there when any of its elements is.
    """

    path: AttributePath
    by: tuple[AttributePath, ...]
    at: Position

    def met_by(self, values: Mapping[AttributePath, DesiredValue]) -> bool:
        """Whether one of the targets has a value."""
        for path in self.by:
            wanted = values.get(path)
            if wanted is not None and not is_empty(wanted.value):
                return True
        return False


@dataclass(frozen=True, slots=True)
class CompiledMapping:
    """A mapping ready for every object of its kind.

    `members_managed`: it has a rule for `members`, which is no value but switches membership on.
    `match_parts`: how many attributes the key of each precedence consists of.
    `redacted_paths` are the attributes whose values must not be shown, because `Redact` gives them;
    `redacted_inputs` the source attributes that stand in a `Redact`. `domains` are those that the
    provider takes, in lower case; none means every one. `lengths` are the most characters of a
    text, where there is a limit.
    """

    mapping: AttributeMapping
    rules: tuple[CompiledRule, ...]
    required: tuple[Requirement, ...]
    members_managed: bool
    match_parts: Mapping[int, int]
    redacted_paths: frozenset[AttributePath] = frozenset()
    redacted_inputs: frozenset[str] = frozenset()
    domains: frozenset[str] = frozenset()
    lengths: Mapping[AttributePath, int] = field(default_factory=dict)

    def apply(self, source: SourceObject, *, soft_deleted: bool) -> Mapped:
        """The object's values and keys; never raises.

        `soft_deleted` is what `IsSoftDeleted` says: the object should have no access.
        """
        computed = {IS_SOFT_DELETED: soft_deleted}
        values: dict[AttributePath, DesiredValue] = {}
        references: dict[AttributePath, DesiredReference] = {}
        found: dict[int, list[tuple[AttributePath, str]]] = {}
        identity: MatchKey | None = None
        failure: Undetermined | None = None
        sure = not source.doubts
        for compiled in self.rules:
            rule = compiled.rule
            evaluate = compiled.evaluate_sure if sure else compiled.evaluate
            wanted = evaluate(source, computed)
            if wanted is None:
                continue
            if isinstance(wanted, Undetermined):
                failure = failure or wanted
            elif compiled.refers:
                references[rule.target] = _reference(wanted)
            else:
                values[rule.target] = wanted
                if compiled.finds and (text := _text(wanted.value)) is not None:
                    if rule.match is not None:
                        found.setdefault(rule.match, []).append((rule.target, text))
                    if identity is None and rule.source == _IDENTITY:
                        identity = MatchKey(rule.target, text, rule.match or 0)
        match = _keys(found, self.match_parts)
        failure = failure or self._missing(source, values, match)
        failure = failure or self._elsewhere(source, values) or self._too_long(source, values)
        return Mapped(values, references, match, identity, failure)

    def former_keys(self, source: SourceObject, names: Iterable[str]) -> tuple[MatchKey, ...]:
        """The match keys that a person had under earlier sign-in names, a group under its own."""
        found: list[MatchKey] = []
        called = USER_PRINCIPAL_NAME if source.kind is Kind.USER else _DISPLAY_NAME
        for name in names:
            earlier = replace(source, attributes={**source.attributes, called: name})
            found += self.apply(earlier, soft_deleted=False).match
        return tuple(found)

    def _missing(
        self,
        source: SourceObject,
        values: Mapping[AttributePath, DesiredValue],
        match: Iterable[MatchKey],
    ) -> Undetermined | None:
        for requirement in self.required:
            if not requirement.met_by(values):
                said = f"{requirement.path} is required, and {source.key} has no value for it"
                return Undetermined(NoteCode.REQUIRED_VALUE_MISSING, Reason(said, requirement.at))
        if not match:
            keys = [compiled.rule for compiled in self.rules if compiled.rule.match is not None]
            where = keys[0].at if keys else self.mapping.at
            said = f"{source.key} has no value for a matching attribute: nothing could find it"
            return Undetermined(NoteCode.MATCH_VALUE_MISSING, Reason(said, where))
        return None

    def _elsewhere(
        self, source: SourceObject, values: Mapping[AttributePath, DesiredValue]
    ) -> Undetermined | None:
        """Names and addresses of a domain that the provider does not take."""
        if not self.domains:
            return None
        for path, wanted in values.items():
            if path != USER_NAME and path.attribute.lower() != "emails":
                continue
            _, at, domain = str(wanted.value).rpartition("@")
            if at and domain.lower() not in self.domains:
                said = (
                    f"{path} of {source.key} has a domain that this provider does not take; it "
                    f"takes {', '.join(sorted(self.domains))}"
                )
                return Undetermined(NoteCode.DOMAIN_NOT_ACCEPTED, Reason(said, wanted.at))
        return None

    def _too_long(
        self, source: SourceObject, values: Mapping[AttributePath, DesiredValue]
    ) -> Undetermined | None:
        """A text that the provider would refuse, or cut."""
        for path, most in self.lengths.items():
            wanted = values.get(path)
            longest = 0 if wanted is None else max(map(_length, _alternatives(wanted)))
            if wanted is not None and longest > most:
                said = (
                    f"{path} of {source.key} has {longest} characters, and this provider takes "
                    f"{most}"
                )
                return Undetermined(NoteCode.VALUE_TOO_LONG, Reason(said, wanted.at))
        return None


def compile_mapping(
    mapping: AttributeMapping, resource_type: ResourceType, context: Context = NOWHERE
) -> CompiledMapping:
    """A mapping with its expressions compiled, for a target with such resources.

    `context` is what expressions may know of that target and the moment.

    An expression that does not compile leaves every object undetermined:
    `reconciler.desired.check` reports it.
    """
    rules = [rule for rule in mapping.rules if rule.target != MEMBERS]
    compiled = tuple(
        compile_rule(rule, resource_type.characteristics(rule.target), context) for rule in rules
    )
    programs = [(c.rule, c.program) for c in compiled if isinstance(c.program, Program)]
    return CompiledMapping(
        mapping,
        compiled,
        tuple(_requirement(path, mapping) for path in resource_type.required),
        members_managed=len(rules) < len(mapping.rules),
        match_parts=Counter(rule.match for rule in rules if rule.match is not None),
        redacted_paths=frozenset(rule.target for rule, program in programs if program.hides),
        domains=frozenset(domain.lower() for domain in resource_type.domains),
        lengths={
            rule.target: most
            for rule in rules
            if (most := resource_type.characteristics(rule.target).max_length) is not None
        },
        redacted_inputs=frozenset().union(*(program.redacted for _, program in programs)),
    )


def compile_matching(
    mapping: AttributeMapping, resource_type: ResourceType, context: Context = NOWHERE
) -> CompiledMapping:
    """The matching rules alone, where resources are only looked up and nothing is written."""
    rules = tuple(rule for rule in mapping.rules if rule.match is not None)
    compiled = compile_mapping(replace(mapping, rules=rules), resource_type, context)
    return replace(compiled, required=(), domains=frozenset(), lengths={})


def _alternatives(wanted: DesiredValue) -> tuple[Value, ...]:
    """What it is, or what it may become."""
    return wanted.candidates or (wanted.value,)


def _length(value: Value) -> int:
    """Of a text, or of the longest in a list."""
    texts = value if isinstance(value, tuple) else (value,)
    return max((len(text) for text in texts if isinstance(text, str)), default=0)


def _requirement(path: AttributePath, mapping: AttributeMapping) -> Requirement:
    giving = [rule for rule in mapping.rules if fulfils(rule.target, path)]
    at = giving[0].at if giving else mapping.at
    return Requirement(path, tuple(rule.target for rule in giving), at)


def _reference(wanted: DesiredValue) -> DesiredReference:
    key = wanted.value
    named = UserKey(key) if isinstance(key, str) else None
    return DesiredReference(named, wanted.at, wanted.apply)


def _keys(
    found: Mapping[int, list[tuple[AttributePath, str]]], parts: Mapping[int, int]
) -> tuple[MatchKey, ...]:
    """A key for each precedence of which every part has a value; half a key finds the wrong one."""
    return tuple(
        [
            MatchKey(*found[precedence][0], precedence, tuple(found[precedence][1:]))
            for precedence in sorted(found)
            if len(found[precedence]) == parts[precedence]
        ]
    )


def _text(value: Value) -> str | None:
    """What a value finds a live resource by; none from nothing, and none from a list."""
    return None if is_empty(value) or isinstance(value, tuple) else str(value)
