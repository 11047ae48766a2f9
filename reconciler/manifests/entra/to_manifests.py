"""A schema, and what else is known of the job, as manifests that a person would have written."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from reconciler.manifests.entra import settings, shapes
from reconciler.manifests.entra.drafts import (
    Attributes,
    HandlingDraft,
    Line,
    MappingDraft,
    ProfileDraft,
    TargetDraft,
)
from reconciler.manifests.entra.flows import actions_of, metadata
from reconciler.manifests.entra.mappings import mapping_draft, only_matching
from reconciler.manifests.entra.profiles import own_attributes
from reconciler.manifests.entra.scopes import filter_draft, lost_scope
from reconciler.manifests.entra.select import Chosen, Selection, select
from reconciler.manifests.entra.shapes import NO_JOB, NO_SECRETS, Job, Schema, Secrets
from reconciler.manifests.entra.write_yaml import (
    filter_text,
    mapping_text,
    profile_text,
    target_text,
)
from reconciler.model.diagnostic import Diagnostic, has_errors, warning
from reconciler.model.identity import Kind
from reconciler.model.show import show
from reconciler.model.source import USER_PRINCIPAL_NAME
from reconciler.model.target import Ability, Removal

_REMOVALS: Final = {
    Kind.USER: "Entra deletes somebody 30 days after the directory did; `deleteAfterDays: 30` "
    "would delete everybody who was deactivated for so long.",
    Kind.GROUP: "Entra deletes a group that is deleted, unassigned or out of scope; write "
    "`delete` to do the same.",
}
_SKIPPED: Final = "SkipOutOfScopeDeletions in Entra: whoever leaves the scope keeps what they have."
_LOOKED_UP: Final = Line((("target", "userName"), ("source", USER_PRINCIPAL_NAME), ("match", 1)))


@dataclass(frozen=True, slots=True)
class Imported:
    """Manifests by the names of files, in the order in which they are read; and the findings.

    With an error among the findings there are no files.
    """

    files: Mapping[str, str]
    found: tuple[Diagnostic, ...]


def to_manifests(
    schema: Schema,
    *,
    origin: str,
    name: str | None = None,
    secrets: Secrets = NO_SECRETS,
    job: Job = NO_JOB,
) -> Imported:
    """Target, filters and mappings. `origin` says where the schema is from; `name` is the Target's.

    Without a name the Target is called after the directory that the schema writes to.
    """
    selection = select(schema)
    directory = selection.rule.target_directory_name or ""
    name = target_name(directory) if name is None else name
    base = settings.profile(secrets, job, (name, directory))
    maker = _Maker(schema, name, selection, secrets, base)
    users = maker.side(Kind.USER, selection.users)
    groups = None if selection.groups is None else maker.side(Kind.GROUP, selection.groups)
    sides = (users,) if groups is None else (users, groups)
    profile = _profile(name, base, sides)
    url, url_told = settings.tenant_url(secrets)
    told = (*url_told, *settings.lost_settings(secrets, job))
    target = TargetDraft(
        name=name,
        profile=base if profile is None else profile.name,
        base_url=url,
        scope=settings.scope(secrets),
        users=users.handling or HandlingDraft(f"{name}-users", None),
        groups=None if groups is None else groups.handling,
        remarks=(
            f"Imported from Entra's provisioning configuration {show(directory)} ({origin}).",
            *(_sentence(finding.message) for finding in selection.found),
            *(_sentence(each.text) for each in told),
            *(() if groups is None else groups.remarks),
        ),
    )
    found = [*selection.found, *(finding for side in sides for finding in side.found)]
    found += [each.as_warning("the job") for each in told]
    if has_errors(found):
        return Imported({}, tuple(found))
    return Imported(_files(name, target, sides, profile), tuple(found))


@dataclass(frozen=True, slots=True)
class _Side:
    """Users or groups. Without a handling they are not treated, and `remarks` say so."""

    handling: HandlingDraft | None
    mapping: str
    filter: str
    remarks: tuple[str, ...]
    found: tuple[Diagnostic, ...]
    kind: Kind = Kind.USER
    attributes: Attributes = ()


@dataclass(frozen=True, slots=True)
class _Maker:
    schema: Schema
    name: str
    selection: Selection
    secrets: Secrets
    profile: str

    def side(self, kind: Kind, chosen: Chosen | None) -> _Side:
        """One kind's mapping, filter and handling."""
        called = f"{self.name}-{kind}s"
        if chosen is None:
            remarks = ("No users are mapped in Entra; groups only refer to them.",)
            mapping = mapping_text(MappingDraft(called, kind, (_LOOKED_UP,)))
            return _Side(HandlingDraft(called, None, remarks=remarks), mapping, "", (), ())
        definition = self.schema.target_object(chosen.rule, chosen.mapping)
        draft, found = mapping_draft(called, kind, chosen.mapping, definition)
        if chosen.mapping.enabled:
            return self._enabled(kind, chosen.mapping, definition, draft, found)
        off = f"{kind.value.capitalize()}s are switched off in Entra"
        names = ", ".join(a.target_attribute_name or "" for a in chosen.mapping.attribute_mappings)
        left = f"their filter and their mapping are left out ({names})"
        told = warning("not-carried-over", f"{off[:1].lower()}{off[1:]}; {left}")
        if kind is Kind.USER:
            handling = HandlingDraft(called, None, remarks=(f"{off}; groups only refer to them.",))
            return _Side(handling, mapping_text(only_matching(draft)), "", (), (told,))
        return _Side(None, "", "", (f"{off}, so they are not treated here, and {left}.",), (told,))

    def _enabled(
        self,
        kind: Kind,
        mapping: shapes.ObjectMapping,
        definition: shapes.ObjectDefinition,
        draft: MappingDraft,
        found: Sequence[Diagnostic],
    ) -> _Side:
        scope = mapping.scope or shapes.Filter()
        filter_, filter_found = filter_draft(draft.name, kind, scope)
        told = [*lost_scope(kind, scope), *metadata(mapping, definition)]
        away = settings.out_of_scope(self.secrets)
        actions, unknown = actions_of(kind, mapping.flow_types or "")
        told += unknown
        remarks = [_sentence(each.text) for each in told]
        remarks += [_SKIPPED] if away is Removal.KEEP else []
        remarks += [_REMOVALS[kind]] if Ability.DELETE in actions else []
        handling = HandlingDraft(
            mapping=draft.name,
            actions=actions,
            filter=None if filter_ is None else filter_.name,
            out_of_scope=away,
            remarks=tuple(remarks),
        )
        return _Side(
            handling,
            mapping_text(draft),
            "" if filter_ is None else filter_text(filter_),
            (),
            (*filter_found, *(each.as_warning(f"{kind}s") for each in told), *found),
            kind,
            own_attributes(draft, definition, self.profile),
        )


def _profile(name: str, base: str, sides: Sequence[_Side]) -> ProfileDraft | None:
    """The target's own profile, where the schema says more than the one that it extends."""
    attributes = tuple((side.kind, side.attributes) for side in sides if side.attributes)
    return ProfileDraft(name, base, attributes) if attributes else None


def target_name(directory: str) -> str:
    """A name for manifests out of the name of a directory."""
    slug = re.sub(r"[^a-z0-9]+", "-", directory.casefold()).strip("-")
    return slug[:60].strip("-") or "entra"


def _files(
    name: str, target: TargetDraft, sides: Sequence[_Side], profile: ProfileDraft | None
) -> Mapping[str, str]:
    files = {
        f"profiles/{name}.yaml": "" if profile is None else profile_text(profile),
        f"targets/{name}.yaml": target_text(target),
        f"scoping/{name}.yaml": "---\n".join(side.filter for side in sides if side.filter),
        f"mappings/{name}.yaml": "---\n".join(side.mapping for side in sides if side.mapping),
    }
    return {file: text for file, text in files.items() if text}


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."
