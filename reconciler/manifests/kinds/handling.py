"""The `users:` and `groups:` of a Target: how it treats one kind of resource."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Annotated, Final, Literal

from pydantic import Discriminator, Field, PlainValidator, Tag, WithJsonSchema
from pydantic.alias_generators import to_camel

from reconciler.documents.nodes import Map
from reconciler.manifests.kinds.admission import AdmissionFields, admission, admission_faults
from reconciler.manifests.kinds.attribute_mapping import Path
from reconciler.manifests.kinds.manifest import Fields
from reconciler.manifests.origin import Origin, Step
from reconciler.manifests.scalars import FilledText, Given, Name, fault
from reconciler.model.diagnostic import Diagnostic, error, warning
from reconciler.model.target import (
    Ability,
    Deprovision,
    Exclusive,
    Handling,
    Manage,
    Marked,
    OwnedWhen,
    Ownership,
    Removal,
)


class OwnershipRule(Fields):
    """Ours is a live resource for which a condition holds."""

    rule: FilledText = Field(description="CEL over `resource`, the live resource.")


OwnershipFields = Annotated[
    Annotated[Literal["exclusive", "marked"], Tag("word")] | Annotated[OwnershipRule, Tag("rule")],
    Discriminator(lambda written: "rule" if isinstance(written, Map) else "word"),
]


def _days(written: object) -> int | None:
    if written == "never":
        return None
    if isinstance(written, str) and written.isascii() and written.isdigit() and len(written) <= 5:
        return int(written)
    raise fault("invalid-number", "is neither a number of days nor `never`")


Days = Annotated[
    int | None,
    PlainValidator(_days),
    WithJsonSchema({"anyOf": [{"type": "integer", "minimum": 0}, {"const": "never"}]}),
]


class UserDeprovision(Fields):
    """What happens to somebody who should no longer be there, by why."""

    disabled: Removal = Field(
        default=Removal.DEACTIVATE, description="Switched off, held, or outside from/until."
    )
    out_of_scope: Removal = Field(
        default=Removal.DEACTIVATE, description="Fails the scoping filter."
    )
    unassigned: Removal = Field(default=Removal.DEACTIVATE, description="No assignment any more.")
    removed: Removal = Field(default=Removal.DEACTIVATE, description="No manifest any more.")
    delete_after_days: Days = Field(
        default=None, description="Days between deactivation and deletion, or `never`."
    )


# An editor offers what is possible; what is not gets a diagnostic of its own.
GroupRemoval = Annotated[
    Removal, WithJsonSchema({"enum": [r.value for r in Removal if r is not Removal.DEACTIVATE]})
]
GroupAbility = Annotated[
    Ability,
    WithJsonSchema({"enum": [a.value for a in Ability if a is not Ability.DEACTIVATE]}),
]


class GroupDeprovision(Fields):
    """What happens to a group that should no longer be there, by why."""

    out_of_scope: GroupRemoval = Field(
        default=Removal.KEEP, description="Fails the scoping filter."
    )
    unassigned: GroupRemoval = Field(default=Removal.KEEP, description="No assignment any more.")
    removed: GroupRemoval = Field(default=Removal.KEEP, description="No manifest any more.")
    delete_after_days: Days = Field(
        default=None,
        description="Days between a run that sees that it should go and its deletion; `never` "
        "waits for nothing.",
    )


class HandlingFields(Fields):
    """How one kind of resource is treated."""

    manage: Manage = Field(
        default=Manage.FULL,
        description="`full`: we write. `lookup`: somebody else does, we only refer to them.",
    )
    ownership: Given[OwnershipFields] = Field(
        default=None,
        description="Which live resources are ours: `exclusive` (all), `marked` (those that carry "
        "our mark), or `{rule: …}`. Required under `manage: full`.",
    )
    filter: Given[Name] = Field(default=None, description="The name of a ScopingFilter.")
    mapping: Name = Field(description="The name of an AttributeMapping.")
    not_kept: Given[tuple[Path, ...]] = Field(
        default=None,
        description="Mapped attributes that the provider drops or alters: written when a resource "
        "is created, never compared.",
    )


class UserHandlingFields(HandlingFields, AdmissionFields):
    """How users are treated."""

    actions: Given[tuple[Ability, ...]] = Field(
        default=None, description="What may be done: create, update and deactivate by default."
    )
    deprovision: Given[UserDeprovision] = None


class GroupHandlingFields(HandlingFields):
    """How groups are treated."""

    actions: Given[tuple[GroupAbility, ...]] = Field(
        default=None, description="What may be done: create and update by default."
    )
    deprovision: Given[GroupDeprovision] = None


_USER_ABILITIES: Final = frozenset({Ability.CREATE, Ability.UPDATE, Ability.DEACTIVATE})
_GROUP_ABILITIES: Final = frozenset({Ability.CREATE, Ability.UPDATE})
_KEEP: Final = Deprovision(Removal.KEEP, Removal.KEEP, Removal.KEEP, Removal.KEEP)


def user_handling(fields: UserHandlingFields, origin: Origin) -> Handling:
    """What a Target says about users."""
    written = fields.deprovision or UserDeprovision()
    deprovision = Deprovision(
        disabled=written.disabled,
        out_of_scope=written.out_of_scope,
        unassigned=written.unassigned,
        removed=written.removed,
        delete_after_days=written.delete_after_days,
    )
    abilities = _USER_ABILITIES if fields.actions is None else frozenset(fields.actions)
    handling = _handling(fields, abilities, deprovision, origin, "users")
    return replace(handling, admission=admission(fields, origin))


def group_handling(fields: GroupHandlingFields, origin: Origin) -> Handling:
    """What a Target says about groups."""
    written = fields.deprovision or GroupDeprovision()
    deprovision = Deprovision(
        disabled=Removal.KEEP,
        out_of_scope=written.out_of_scope,
        unassigned=written.unassigned,
        removed=written.removed,
        delete_after_days=written.delete_after_days,
    )
    abilities = _GROUP_ABILITIES if fields.actions is None else frozenset(fields.actions)
    return _handling(fields, abilities, deprovision, origin, "groups")


def untouched(origin: Origin) -> Handling:
    """A kind that a Target does not mention: nothing is written, and nothing is looked up."""
    at = origin.at("metadata", "name")
    return Handling(
        manage=Manage.LOOKUP,
        abilities=frozenset(),
        ownership=OwnedWhen("false", at),
        mapping=None,
        filter=None,
        deprovision=_KEEP,
        at=at,
    )


def _handling(
    fields: HandlingFields,
    abilities: frozenset[Ability],
    deprovision: Deprovision,
    origin: Origin,
    block: str,
) -> Handling:
    lookup = fields.manage is Manage.LOOKUP
    return Handling(
        manage=fields.manage,
        abilities=frozenset() if lookup else abilities,
        ownership=_ownership(fields.ownership, origin, block),
        mapping=fields.mapping,
        not_kept=() if lookup else tuple(sorted(fields.not_kept or (), key=lambda p: p.folded)),
        filter=fields.filter,
        deprovision=_KEEP if lookup else deprovision,
        at=origin.at("spec", block),
    )


def _ownership(written: str | OwnershipRule | None, origin: Origin, block: str) -> Ownership:
    at = origin.at("spec", block, "ownership", "rule")
    match written:
        case OwnershipRule():
            return OwnedWhen(written.rule, at)
        case "exclusive":
            return Exclusive()
        case "marked":
            return Marked()
        case _:
            # Under `lookup` nothing is ours; a missing rule is an error, and owns nothing either.
            return OwnedWhen("false", at)


def user_faults(fields: UserHandlingFields, origin: Origin) -> Iterator[Diagnostic]:
    """What contradicts itself in `users:`."""
    yield from _faults(fields, origin, "users")
    yield from admission_faults(fields, origin)
    yield from _idle_removals(fields, origin, "users", _USER_ABILITIES)


def group_faults(fields: GroupHandlingFields, origin: Origin) -> Iterator[Diagnostic]:
    """What contradicts itself in `groups:`."""
    yield from _faults(fields, origin, "groups")
    yield from _idle_removals(fields, origin, "groups", _GROUP_ABILITIES)
    for index, action in enumerate(fields.actions or ()):
        if action is Ability.DEACTIVATE:
            yield _no_deactivation(origin, ("spec", "groups", "actions", index))
    for field, removal in _removals(fields):
        if removal is Removal.DEACTIVATE:
            yield _no_deactivation(origin, ("spec", "groups", "deprovision", field))


def _no_deactivation(origin: Origin, steps: tuple[Step, ...]) -> Diagnostic:
    message = f"{origin.subject}: a group cannot be deactivated (SCIM has no `active` for groups)"
    hint = "use keep, report or delete"
    return error("groups-cannot-deactivate", message, origin.at(*steps), hint=hint)


def _faults(
    fields: UserHandlingFields | GroupHandlingFields, origin: Origin, block: str
) -> Iterator[Diagnostic]:
    at = origin.at("spec", block)
    if fields.manage is Manage.FULL and fields.ownership is None:
        yield error(
            "missing-ownership",
            f"{origin.subject}: `{block}` does not say which live resources are ours",
            at,
            hint="add `ownership: exclusive`, `marked` or `{rule: …}`",
        )
    if fields.manage is Manage.LOOKUP:
        for field in type(fields).model_fields:
            if field not in {"manage", "mapping"} and getattr(fields, field) is not None:
                name = to_camel(field)
                yield error(
                    "not-under-lookup",
                    f"{origin.subject}: `{block}.{name}` has no meaning under `manage: lookup`, "
                    "where nothing is written",
                    origin.at("spec", block, name),
                    hint=f"remove `{name}`, or write `manage: full`",
                )


_NEEDS: Final = {Removal.DEACTIVATE: Ability.DEACTIVATE, Removal.DELETE: Ability.DELETE}


def _removals(
    fields: UserHandlingFields | GroupHandlingFields,
) -> Iterator[tuple[str, Removal]]:
    """The written fields of `deprovision` that name a removal, sorted."""
    if fields.deprovision is not None:
        for name in sorted(fields.deprovision.model_fields_set - {"delete_after_days"}):
            yield to_camel(name), getattr(fields.deprovision, name)


def _idle_removals(
    fields: UserHandlingFields | GroupHandlingFields,
    origin: Origin,
    block: str,
    default: frozenset[Ability],
) -> Iterator[Diagnostic]:
    """Removals that are written and never happen, because `actions` does not allow them."""
    if fields.manage is Manage.LOOKUP:
        return
    abilities = default if fields.actions is None else frozenset(fields.actions)
    wanted = [(field, _NEEDS.get(removal)) for field, removal in _removals(fields)]
    deprovision = fields.deprovision
    if isinstance(deprovision, UserDeprovision) and deprovision.delete_after_days is not None:
        wanted.append(("deleteAfterDays", Ability.DELETE))
    for field, ability in wanted:
        if ability is not None and ability not in abilities:
            yield warning(
                "action-not-allowed",
                f"{origin.subject}: `{block}.deprovision.{field}` never happens, because "
                f"`{block}.actions` does not have `{ability}`",
                origin.at("spec", block, "deprovision", field),
                hint=f"add `{ability}` to `actions`, or write `keep`",
            )
