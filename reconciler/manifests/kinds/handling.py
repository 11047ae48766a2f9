"""The `users:` and `groups:` of a Target: how it treats one kind of resource."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Final, Literal

from pydantic import Discriminator, Field, PlainValidator, Tag, WithJsonSchema

from reconciler.documents.nodes import Map
from reconciler.manifests.kinds.admission import AdmissionFields, admission
from reconciler.manifests.kinds.attribute_mapping import Path
from reconciler.manifests.kinds.manifest import Fields
from reconciler.manifests.origin import Origin
from reconciler.manifests.scalars import FilledText, Given, Name, fault
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

_USER_ABILITIES: Final = frozenset({Ability.CREATE, Ability.UPDATE, Ability.DEACTIVATE})
_GROUP_ABILITIES: Final = frozenset({Ability.CREATE, Ability.UPDATE})


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

    def deprovision(self) -> Deprovision:
        """The value that these fields stand for."""
        return Deprovision(
            disabled=self.disabled,
            out_of_scope=self.out_of_scope,
            unassigned=self.unassigned,
            removed=self.removed,
            delete_after_days=self.delete_after_days,
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

    def deprovision(self) -> Deprovision:
        """The value that these fields stand for. Groups cannot be disabled."""
        return Deprovision(
            disabled=Removal.KEEP,
            out_of_scope=self.out_of_scope,
            unassigned=self.unassigned,
            removed=self.removed,
            delete_after_days=self.delete_after_days,
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

    @property
    def abilities(self) -> frozenset[Ability]:
        """What may be done."""
        return _USER_ABILITIES if self.actions is None else frozenset(self.actions)


class GroupHandlingFields(HandlingFields):
    """How groups are treated."""

    actions: Given[tuple[GroupAbility, ...]] = Field(
        default=None, description="What may be done: create and update by default."
    )
    deprovision: Given[GroupDeprovision] = None

    @property
    def abilities(self) -> frozenset[Ability]:
        """What may be done."""
        return _GROUP_ABILITIES if self.actions is None else frozenset(self.actions)


_KEEP: Final = Deprovision(Removal.KEEP, Removal.KEEP, Removal.KEEP, Removal.KEEP)


def user_handling(fields: UserHandlingFields, origin: Origin) -> Handling:
    """What a Target says about users."""
    written = fields.deprovision or UserDeprovision()
    handling = _handling(fields, written.deprovision(), origin, "users")
    return replace(handling, admission=admission(fields, origin))


def group_handling(fields: GroupHandlingFields, origin: Origin) -> Handling:
    """What a Target says about groups."""
    written = fields.deprovision or GroupDeprovision()
    return _handling(fields, written.deprovision(), origin, "groups")


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
    fields: UserHandlingFields | GroupHandlingFields,
    deprovision: Deprovision,
    origin: Origin,
    block: str,
) -> Handling:
    lookup = fields.manage is Manage.LOOKUP
    return Handling(
        manage=fields.manage,
        abilities=frozenset() if lookup else fields.abilities,
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
