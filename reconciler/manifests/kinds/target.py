"""`kind: Target`: a service provider, and what may be done there."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Annotated, Final, Literal
from zoneinfo import available_timezones

from pydantic import AfterValidator, Field, PlainValidator, WithJsonSchema

from reconciler.manifests.endpoint import EMBEDDED, base_url
from reconciler.manifests.kinds.admission import RoleFields, app_roles, role_faults
from reconciler.manifests.kinds.handling import (
    GroupHandlingFields,
    UserHandlingFields,
    group_handling,
    untouched,
    user_handling,
)
from reconciler.manifests.kinds.handling_faults import group_faults, user_faults
from reconciler.manifests.kinds.manifest import Built, Fields, Manifest, ManifestKind
from reconciler.manifests.origin import Origin
from reconciler.manifests.scalars import Count, Flag, Given, Name, Rate, Text, fault, shaped
from reconciler.model.diagnostic import Diagnostic, error
from reconciler.model.suggestion import suggest
from reconciler.model.target import Marked, Scope, Target

BaseUrl = Annotated[
    str,
    PlainValidator(base_url),
    WithJsonSchema({"type": "string", "pattern": "^(https?://|embedded:)"}),
]

Repository = Annotated[
    Text,
    shaped(
        r"[A-Za-z0-9](?:[A-Za-z0-9._/-]{0,98}[A-Za-z0-9])?",
        "invalid-name",
        "is not a name of a repository",
        hint="use letters, digits, `.`, `_`, `-` and `/`, at most 100 of them",
    ),
]
Domain = Annotated[
    Text,
    shaped(
        r"(?=.{1,253}\Z)(?:[\w](?:[\w-]{0,61}[\w])?\.)+[\w-]{1,63}",
        "invalid-domain",
        "is not a domain",
        hint="write for example zone.example",
    ),
]


@cache
def _zones() -> frozenset[str]:
    # `localtime` is whatever the machine is set to, and a plan must not depend on the machine.
    return frozenset(available_timezones() - {"localtime"})


def _zone(text: str) -> str:
    if text not in _zones():
        guess = suggest(text, _zones())
        hint = f"did you mean `{guess}`?" if guess else "write for example Europe/Lisbon or UTC"
        raise fault("unknown-time-zone", "is not a time zone of the IANA database", hint=hint)
    return text


TimeZone = Annotated[Text, AfterValidator(_zone)]


class TargetSpec(Fields):
    """Where the service provider is, and how users and groups are treated there."""

    profile: Name = Field(description="What this provider can do, and its quirks.")
    base_url: BaseUrl = Field(description="https://HOST/PATH, or embedded:NAME.")
    credential: Given[Name] = Field(
        default=None,
        description="An alias: token and allowed hosts are bound to it outside the manifests.",
    )
    enabled: Flag = Field(default=True, description="false: released; nobody is removed.")
    time_zone: TimeZone = Field(default="UTC", description="Where days begin and end.")
    scope: Scope = Field(
        default=Scope.ASSIGNED, description="Who is a candidate: the `assigned`, or `all`."
    )
    repository: Given[Repository] = Field(
        default=None, description="This tree's name in ownership marks."
    )
    default_domain: Given[Domain] = Field(
        default=None, description="The directory's default domain, for `DefaultDomain()`."
    )
    notice_days: Count = Field(
        default=14, description="Who ends within so many days is named in every plan; 0: nobody."
    )
    requests_per_second: Given[Rate] = Field(
        default=None, description="At most so many, instead of what the profile says."
    )
    roles: Given[tuple[RoleFields, ...]] = Field(
        default=None, description="The roles that assignments can give; any text when left out."
    )
    sole_writer: Flag = Field(
        default=False,
        description="Nobody else writes there: the provider's whole limit is used, and not the "
        "share that the profile leaves to us.",
    )
    users: UserHandlingFields = Field(description="How users are treated.")
    groups: Given[GroupHandlingFields] = Field(
        default=None, description="How groups are treated; not at all when left out."
    )


class TargetManifest(Manifest):
    """A service provider."""

    kind: Literal["Target"]
    spec: TargetSpec


def _build(manifest: TargetManifest, origin: Origin) -> Built[Target]:
    spec = manifest.spec
    target = Target(
        name=manifest.metadata.name,
        profile=spec.profile,
        base_url=spec.base_url,
        credential=spec.credential,
        enabled=spec.enabled,
        time_zone=spec.time_zone,
        scope=spec.scope,
        repository=spec.repository,
        users=user_handling(spec.users, origin),
        groups=untouched(origin) if spec.groups is None else group_handling(spec.groups, origin),
        at=origin.at("metadata", "name"),
        requests_per_second=spec.requests_per_second,
        sole_writer=spec.sole_writer,
        notice_days=spec.notice_days,
        roles=app_roles(spec.roles, manifest.metadata.name, origin),
        default_domain=spec.default_domain,
    )
    return Built(target, tuple(_faults(spec, target, origin)))


def _faults(spec: TargetSpec, target: Target, origin: Origin) -> Iterator[Diagnostic]:
    if spec.credential is None and not spec.base_url.startswith(EMBEDDED):
        yield error(
            "missing-credential",
            f"{origin.subject}: a provider that is reached over the network needs a credential",
            origin.at("spec", "baseUrl"),
            hint="add `credential:` with an alias; the token itself never stands in a manifest",
        )
    yield from role_faults(spec.roles, origin)
    yield from user_faults(spec.users, origin)
    if spec.groups is not None:
        yield from group_faults(spec.groups, origin)
    for block, handling in (("users", target.users), ("groups", target.groups)):
        if isinstance(handling.ownership, Marked) and spec.repository is None:
            yield error(
                "missing-repository",
                f"{origin.subject}: `{block}` is owned by mark, and a mark names the repository",
                origin.at("spec", block, "ownership"),
                hint="add `repository:` with a name that no other tree uses",
            )


TARGET: Final = ManifestKind(TargetManifest, _build)
