"""What contradicts itself in the `users:` and `groups:` of a Target."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from pydantic.alias_generators import to_camel

from reconciler.manifests.kinds.admission import admission_faults
from reconciler.manifests.kinds.handling import (
    GroupHandlingFields,
    UserDeprovision,
    UserHandlingFields,
)
from reconciler.manifests.origin import Origin, Step
from reconciler.model.diagnostic import Diagnostic, error, warning
from reconciler.model.target import Ability, Manage, Removal

_NEEDS: Final = {Removal.DEACTIVATE: Ability.DEACTIVATE, Removal.DELETE: Ability.DELETE}


def user_faults(fields: UserHandlingFields, origin: Origin) -> Iterator[Diagnostic]:
    """What contradicts itself in `users:`."""
    yield from _faults(fields, origin, "users")
    yield from admission_faults(fields, origin)
    yield from _idle_removals(fields, origin, "users")


def group_faults(fields: GroupHandlingFields, origin: Origin) -> Iterator[Diagnostic]:
    """What contradicts itself in `groups:`."""
    yield from _faults(fields, origin, "groups")
    yield from _idle_removals(fields, origin, "groups")
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


def _removals(
    fields: UserHandlingFields | GroupHandlingFields,
) -> Iterator[tuple[str, Removal]]:
    """The written fields of `deprovision` that name a removal, sorted."""
    if fields.deprovision is not None:
        for name in sorted(fields.deprovision.model_fields_set - {"delete_after_days"}):
            yield to_camel(name), getattr(fields.deprovision, name)


def _idle_removals(
    fields: UserHandlingFields | GroupHandlingFields, origin: Origin, block: str
) -> Iterator[Diagnostic]:
    """Removals that are written and never happen, because `actions` does not allow them."""
    if fields.manage is Manage.LOOKUP:
        return
    wanted = [(field, _NEEDS.get(removal)) for field, removal in _removals(fields)]
    deprovision = fields.deprovision
    if isinstance(deprovision, UserDeprovision) and deprovision.delete_after_days is not None:
        wanted.append(("deleteAfterDays", Ability.DELETE))
    for field, ability in wanted:
        if ability is not None and ability not in fields.abilities:
            yield warning(
                "action-not-allowed",
                f"{origin.subject}: `{block}.deprovision.{field}` never happens, because "
                f"`{block}.actions` does not have `{ability}`",
                origin.at("spec", block, "deprovision", field),
                hint=f"add `{ability}` to `actions`, or write `keep`",
            )
