"""`kind: User`: a person, in the directory's vocabulary (the names are Entra's)."""

from __future__ import annotations

from typing import Final, Literal, cast

from pydantic import Field

from reconciler.documents.nodes import Map
from reconciler.manifests.kinds.manifest import (
    EXTENSIONS,
    Built,
    Extensible,
    Manifest,
    ManifestKind,
    attributes_of,
    period_of,
)
from reconciler.manifests.origin import Origin
from reconciler.manifests.scalars import (
    Date,
    FilledText,
    Flag,
    Given,
    Instant,
    Name,
    ObjectId,
    Text,
)
from reconciler.model.declared import User
from reconciler.model.identity import Kind, UserKey, object_id
from reconciler.model.source import FROM, UNTIL


class UserSpec(Extensible):
    """Source attributes. Left out: not managed. null, `[]` or empty text: cleared."""

    user_principal_name: Given[FilledText] = Field(
        default=None,
        description="The sign-in name; unique, case ignored. Needed where no Source gives it.",
    )
    mail: Text | None = None
    mail_nickname: Text | None = None
    given_name: Text | None = None
    surname: Text | None = None
    display_name: Text | None = None
    department: Text | None = None
    job_title: Text | None = None
    company_name: Text | None = None
    employee_id: Text | None = None
    employee_type: Text | None = None
    user_type: Text | None = None
    country: Text | None = None
    city: Text | None = None
    state: Text | None = None
    postal_code: Text | None = None
    street_address: Text | None = None
    office_location: Text | None = None
    usage_location: Text | None = None
    preferred_language: Text | None = None
    mobile_phone: Text | None = None
    telephone_number: Text | None = None
    facsimile_telephone_number: Text | None = None
    cost_center: Text | None = None
    division: Text | None = None
    manager: Name | None = Field(default=None, description="The name of another User.")
    object_id: Given[ObjectId] = Field(
        default=None, description="The directory's object id; derived from the name when left out."
    )
    employee_hire_date: Instant = None
    employee_leave_date_time: Instant = None
    account_enabled: Flag = Field(default=True, description="false switches the person off.")
    proxy_addresses: tuple[Text, ...] | None = None
    other_mails: tuple[Text, ...] | None = None
    on_premises_sam_account_name: Text | None = None
    extension_attribute1: Text | None = None
    extension_attribute2: Text | None = None
    extension_attribute3: Text | None = None
    extension_attribute4: Text | None = None
    extension_attribute5: Text | None = None
    extension_attribute6: Text | None = None
    extension_attribute7: Text | None = None
    extension_attribute8: Text | None = None
    extension_attribute9: Text | None = None
    extension_attribute10: Text | None = None
    extension_attribute11: Text | None = None
    extension_attribute12: Text | None = None
    extension_attribute13: Text | None = None
    extension_attribute14: Text | None = None
    extension_attribute15: Text | None = None
    formerly: Given[tuple[FilledText, ...]] = Field(
        default=None, description="Earlier sign-in names, by which the live account is found."
    )
    from_: Given[Date] = Field(
        default=None, alias="from", description="The first day, or instant, of access."
    )
    until: Given[Date] = Field(
        default=None, description="The last day of access, in the target's time zone."
    )


class UserManifest(Manifest):
    """A person whom targets may provision."""

    kind: Literal["User"]
    spec: UserSpec


_NO_ATTRIBUTES: Final = frozenset({EXTENSIONS, FROM, UNTIL, "formerly"})
#: The field of each attribute and its name in manifests.
ATTRIBUTES: Final[dict[str, str]] = {
    field: str(info.alias)
    for field, info in UserSpec.model_fields.items()
    if info.alias not in _NO_ATTRIBUTES
}


def _build(manifest: UserManifest, origin: Origin) -> Built[User]:
    key = UserKey(manifest.metadata.name)
    spec = manifest.spec
    period, found = period_of(origin, ("spec",), spec.from_, spec.until)
    user = User(
        key=key,
        attributes=attributes_of(spec, ATTRIBUTES, object_id(Kind.USER, key)),
        at=origin.at("metadata", "name"),
        period=period,
        labels=manifest.metadata.labels,
        owner=manifest.metadata.owner,
        formerly=spec.formerly or (),
        places=cast("Map", origin.node["spec"]).places,
    )
    return Built(user, found)


USER: Final = ManifestKind(UserManifest, _build)
