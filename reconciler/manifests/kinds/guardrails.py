"""`kind: Guardrails` and `kind: Protection`: what a plan may do without somebody saying so."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Final, Literal

from pydantic import Field, PlainValidator
from pydantic.json_schema import SkipJsonSchema

from reconciler.manifests.kinds.manifest import Built, Fields, Manifest, ManifestKind
from reconciler.manifests.origin import Origin
from reconciler.manifests.scalars import Count, FilledText, Given, Name, Share, fault
from reconciler.model.diagnostic import Diagnostic, Position, error
from reconciler.model.identity import GroupKey, UserKey
from reconciler.model.policy import DEFAULT_LIMITS, Guard, Limit, Protection


class LimitFields(Fields):
    """Trips above the greater of floor and share, or above the cap. The rest keeps its default."""

    floor: Given[Count] = Field(default=None, description="So many are always let through.")
    share: Given[Share] = Field(default=None, description="Of those there are, as in `0.5%`.")
    cap: Count | None = Field(default=None, description="Never more; null for no cap.")


def _fixed(_: object) -> None:
    raise fault(
        "guardrail-fixed", "cannot be configured", hint="a plan without anybody is always stopped"
    )


class GuardrailsSpec(Fields):
    """The limits that differ from the defaults."""

    deactivations: Given[LimitFields] = None
    deletions: Given[LimitFields] = None
    group_deletions: Given[LimitFields] = None
    member_removals: Given[LimitFields] = Field(default=None, description="In one group.")
    attribute_changes: Given[LimitFields] = Field(default=None, description="Of one attribute.")
    leaving_scope: Given[LimitFields] = None
    creates: Given[LimitFields] = Field(default=None, description="And re-enabled accounts.")
    privileged_additions: Given[LimitFields] = Field(
        default=None, description="Members added to groups labelled `privileged`."
    )
    widened_ownership: Given[LimitFields] = Field(
        default=None, description="Live resources that become ours."
    )
    nothing_desired: SkipJsonSchema[Annotated[None, PlainValidator(_fixed)]] = None


class GuardrailsManifest(Manifest):
    """How much a plan may change without an acknowledgement. At most one in the tree."""

    kind: Literal["Guardrails"]
    spec: GuardrailsSpec


@dataclass(frozen=True, slots=True)
class Guardrails:
    """The limits that a manifest states, its gaps filled with the defaults."""

    limits: Mapping[Guard, Limit]
    at: Position


def _build_guardrails(manifest: GuardrailsManifest, origin: Origin) -> Built[Guardrails]:
    limits = {}
    found: list[Diagnostic] = []
    for field, info in GuardrailsSpec.model_fields.items():
        written = getattr(manifest.spec, field)
        if written is not None:
            guard = Guard(str(info.alias))
            limits[guard] = _merged(DEFAULT_LIMITS[guard], written)
            found += _contradiction(guard, limits[guard], origin)
    return Built(Guardrails(limits, origin.at("metadata", "name")), tuple(found))


def _merged(default: Limit, written: LimitFields) -> Limit:
    return Limit(
        floor=default.floor if written.floor is None else written.floor,
        share=default.share if written.share is None else written.share,
        cap=written.cap if "cap" in written.model_fields_set else default.cap,
    )


def _contradiction(guard: Guard, limit: Limit, origin: Origin) -> Iterator[Diagnostic]:
    if limit.cap is not None and limit.floor > limit.cap:
        yield error(
            "floor-above-cap",
            f"{origin.subject}: `{guard}` lets {limit.floor} through, and its cap stops at "
            f"{limit.cap}",
            origin.at("spec", guard),
            hint="write a higher `cap`, or `cap: null` for none",
        )


class ProtectionSpec(Fields):
    """From whom nothing is taken, and why."""

    users: Given[tuple[Name, ...]] = Field(default=None, description="Names of Users.")
    groups: Given[tuple[Name, ...]] = Field(default=None, description="Names of Groups.")
    because: FilledText = Field(description="What would happen otherwise.")


class ProtectionManifest(Manifest):
    """People and groups from whom nothing is ever taken."""

    kind: Literal["Protection"]
    spec: ProtectionSpec


def _build_protection(manifest: ProtectionManifest, origin: Origin) -> Built[Protection]:
    spec = manifest.spec
    protection = Protection(
        name=manifest.metadata.name,
        users=frozenset(UserKey(name) for name in spec.users or ()),
        groups=frozenset(GroupKey(name) for name in spec.groups or ()),
        at=origin.at("metadata", "name"),
    )
    if protection.users or protection.groups:
        return Built(protection)
    message = f"{origin.subject}: nobody is protected"
    hint = "add `users:` or `groups:`, or remove the manifest"
    return Built(protection, (error("empty-protection", message, origin.at("spec"), hint=hint),))


GUARDRAILS: Final = ManifestKind(GuardrailsManifest, _build_guardrails)
PROTECTION: Final = ManifestKind(ProtectionManifest, _build_protection)
