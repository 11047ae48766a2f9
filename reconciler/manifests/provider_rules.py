"""What a kind of service provider asks of a Target beyond paths: writers, sign-in, deletion.

Each rule is a quirk of the profile; none knows a provider by its name.
"""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.manifests.names import Names
from reconciler.model.attributes import USER_NAME
from reconciler.model.declared import Declared
from reconciler.model.diagnostic import Diagnostic, Position, error, warning
from reconciler.model.identity import Kind
from reconciler.model.mapping import AttributeMapping, Direct
from reconciler.model.profile import Deletion, Profile
from reconciler.model.target import Ability, Exclusive, Manage, Removal, Target
from reconciler.plan.lifecycle import Setting


def check_rules(declared: Declared, names: Names) -> Iterator[Diagnostic]:
    """What targets ask of providers that do not do it, or do something else in its place."""
    for target in declared.targets.values():
        profile = declared.profiles.get(target.profile)
        if profile is None:
            continue
        at = names.at("Target", target.name, "spec", "profile")
        yield from _unverified(target, profile, at)
        yield from _writers(target, profile, at)
        yield from _deletions(target, profile, names)
        yield from _domains(target, profile, at)
        for kind in Kind:
            yield from _read_only(target, profile, kind, names)
            mapping = declared.mappings.get(target.handling(kind).mapping or "")
            if mapping is not None and mapping.kind is kind:
                yield from _elements(target, profile, mapping)
                if kind is Kind.USER:
                    yield from _name_id(target, profile, mapping)


def _unverified(target: Target, profile: Profile, at: Position) -> Iterator[Diagnostic]:
    if profile.unverified and target.enabled:
        yield warning(
            "unverified-profile",
            f"Target {target.name}: nobody has tried the profile {profile.name} on one of these "
            "providers; a plan may rest on what is not so",
            at,
            hint=f"run `reconciler doctor {target.name}`, and write what it finds as a Profile",
        )


def _writers(target: Target, profile: Profile, at: Position) -> Iterator[Diagnostic]:
    """Where a provider takes one writer, looking up means that there is another one."""
    if not profile.one_writer or not target.enabled:
        return
    for kind in Kind:
        handling = target.handling(kind)
        if handling.mapping is None:
            continue  # nothing of that kind is touched, or looked for
        if handling.manage is Manage.LOOKUP:
            shared = f"`{kind}s` are only looked up, so somebody else writes them"
        elif not isinstance(handling.ownership, Exclusive):
            shared = f"`{kind}s` are owned in part, so somebody else may own the rest"
        else:
            continue
        yield warning(
            "one-writer",
            f"Target {target.name}: the provider takes writes from one system only, and {shared}; "
            "two writers undo each other's work",
            at,
            hint="let one system write everything there, with `ownership: exclusive`",
        )


def _deletions(target: Target, profile: Profile, names: Names) -> Iterator[Diagnostic]:
    """Users are to be deleted where that is not done, or can never be made up for."""
    handling = target.users
    if handling.manage is Manage.LOOKUP:
        return
    deprovision = handling.deprovision
    asked = any(setting.of(deprovision) is Removal.DELETE for setting in Setting)
    planned = asked or deprovision.delete_after_days is not None
    at = names.at("Target", target.name, "spec", "users", "deprovision" if planned else "actions")
    label = f"Target {target.name}: users are to be deleted, and the provider ({profile.name})"
    if profile.deletion is not Deletion.REMOVES:
        nobody = profile.deletion is Deletion.NONE
        if planned or Ability.DELETE in handling.abilities:
            yield warning(
                "deletion-not-done",
                f"{label} {'deletes nobody' if nobody else 'only deactivates on a DELETE'}",
                at,
                hint="let `deprovision` say deactivate, and leave `delete` out of `actions`",
            )
    elif planned and not profile.recreates:
        yield warning(
            "deletion-for-good",
            f"{label} never lets anybody have their names again: who comes back cannot come in",
            at,
            hint="let `deprovision` say deactivate",
        )


def _read_only(target: Target, profile: Profile, kind: Kind, names: Names) -> Iterator[Diagnostic]:
    handling = target.handling(kind)
    if profile.of(kind).read_only and handling.manage is Manage.FULL and handling.mapping:
        yield error(
            "read-only",
            f"Target {target.name}: the provider ({profile.name}) takes no writes of {kind}s, and "
            f"`{kind}s` are managed",
            names.at("Target", target.name, "spec", f"{kind}s"),
            hint="write `manage: lookup`, to refer to them all the same",
        )


def _domains(target: Target, profile: Profile, at: Position) -> Iterator[Diagnostic]:
    users = profile.users
    writes = target.enabled and target.users.manage is Manage.FULL
    if writes and users.registered_domains and not users.domains:
        yield warning(
            "domains-not-said",
            f"Target {target.name}: the provider ({profile.name}) takes registered domains alone, "
            "and nothing says which those are",
            at,
            hint="write a Profile whose `users.domains` has them, so that others are refused while "
            "planning",
        )


def _elements(target: Target, profile: Profile, mapping: AttributeMapping) -> Iterator[Diagnostic]:
    """Two elements of one attribute, where only one is kept."""
    if not profile.of(mapping.kind).one_element:
        return
    first: dict[str, str] = {}
    for rule in mapping.rules:
        if rule.target.selector is None:
            continue
        picked = f"{rule.target.selector.attribute} {rule.target.selector.value}"
        held = first.setdefault(rule.target.attribute.lower(), picked)
        if held != picked:
            yield error(
                "one-element",
                f"AttributeMapping {mapping.name}: `{rule.target}` would be a second element, and "
                f"the profile {profile.name} of Target {target.name} keeps one",
                rule.at,
                hint="remove the entry, or give this target a mapping of its own",
            )


def _name_id(target: Target, profile: Profile, mapping: AttributeMapping) -> Iterator[Diagnostic]:
    """Who signs in by one name and is provisioned by another is a stranger to the provider."""
    name_id = profile.name_id
    if name_id is None or target.users.manage is Manage.LOOKUP:
        return
    for rule in mapping.rules:
        if rule.target == USER_NAME and rule.source != Direct(name_id):
            yield warning(
                "name-id",
                f"AttributeMapping {mapping.name}: `userName` does not come from `{name_id}`, and "
                f"Target {target.name} knows people by their SAML NameID, which must equal it",
                rule.at,
                hint="map that attribute, or write a Profile whose `nameId` is the attribute that "
                "the IdP sends",
            )
