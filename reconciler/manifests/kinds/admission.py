"""Roles of a Target, and who of the assigned is let in: by role, or for being in no class."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import Field

from reconciler.manifests.kinds.manifest import Fields
from reconciler.manifests.origin import Origin
from reconciler.manifests.scalars import FilledText, Given, ObjectId
from reconciler.model.access import DEFAULT_ACCESS, Admission, AppRole, Exclusion
from reconciler.model.diagnostic import Diagnostic, error
from reconciler.model.identity import role_id
from reconciler.model.show import show


class RoleFields(Fields):
    """A role that assignments can give."""

    value: FilledText = Field(description="What assignments write.")
    display_name: Given[FilledText] = Field(
        default=None, description="What people call it; the value when left out."
    )
    id: Given[ObjectId] = Field(
        default=None, description="Its id in the directory; derived when left out."
    )


class ExclusionFields(Fields):
    """A class of people who are left out by default."""

    name: FilledText = Field(description="What stands in reasons and reports.")
    when: FilledText = Field(description="CEL over `user`: who belongs to the class.")


class AdmissionFields(Fields):
    """Who of the assigned is let in."""

    entitled_roles: Given[tuple[FilledText, ...]] = Field(
        default=None, description="Only who has one of these roles is provisioned."
    )
    excluded_roles: Given[tuple[FilledText, ...]] = Field(
        default=None,
        description="Roles that do not count, `Default Access` among them where it is written.",
    )
    exclude: Given[tuple[ExclusionFields, ...]] = Field(
        default=None,
        description="Classes that are left out unless an assignment names the person.",
    )


def app_roles(
    fields: tuple[RoleFields, ...] | None, target: str, origin: Origin
) -> tuple[AppRole, ...]:
    """The roles of a Target, by their values."""
    found = (
        AppRole(
            value=role.value,
            display_name=role.display_name or role.value,
            id=role.id or role_id(target, role.value),
            at=origin.at("spec", "roles", index),
        )
        for index, role in enumerate(fields or ())
    )
    return tuple(sorted(found, key=lambda role: role.value))


def role_faults(fields: tuple[RoleFields, ...] | None, origin: Origin) -> Iterator[Diagnostic]:
    """Roles of a Target that cannot be told apart."""
    seen: set[str] = set()
    for index, role in enumerate(fields or ()):
        at = origin.at("spec", "roles", index, "value")
        if role.value == DEFAULT_ACCESS:
            message = (
                f"{origin.subject}: {DEFAULT_ACCESS} is what an assignment without a role gives"
            )
            yield error("duplicate-role", message, at, hint="remove it; it needs no declaration")
        elif role.value in seen:
            message = f"{origin.subject}: the role {show(role.value)} stands in `roles` twice"
            yield error("duplicate-role", message, at, hint="remove one of them")
        seen.add(role.value)


def admission(fields: AdmissionFields, origin: Origin) -> Admission:
    """What `users:` of a Target says about roles and classes."""
    return Admission(
        entitled=None if fields.entitled_roles is None else frozenset(fields.entitled_roles),
        not_entitled=frozenset(fields.excluded_roles or ()),
        exclusions=tuple(
            Exclusion(one.name, one.when, origin.at("spec", "users", "exclude", index))
            for index, one in enumerate(fields.exclude or ())
        ),
    )


def admission_faults(fields: AdmissionFields, origin: Origin) -> Iterator[Diagnostic]:
    """What contradicts itself in them."""
    if fields.entitled_roles == ():
        message = f"{origin.subject}: `users.entitledRoles` is empty, which would let nobody in"
        hint = "name the roles that count, or leave it out for all"
        yield error("empty-list", message, origin.at("spec", "users", "entitledRoles"), hint=hint)
    both = sorted({*(fields.entitled_roles or ())} & {*(fields.excluded_roles or ())})
    for role in both:
        message = f"{origin.subject}: the role {show(role)} counts and does not count"
        hint = "take it out of `entitledRoles` or of `excludedRoles`"
        yield error(
            "role-both-ways", message, origin.at("spec", "users", "excludedRoles"), hint=hint
        )
    names: set[str] = set()
    for index, exclusion in enumerate(fields.exclude or ()):
        if exclusion.name in names:
            message = f"{origin.subject}: two default exclusions are called {show(exclusion.name)}"
            at = origin.at("spec", "users", "exclude", index, "name")
            yield error("duplicate-exclusion", message, at, hint="give one of them another name")
        names.add(exclusion.name)
