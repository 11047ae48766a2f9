"""The source attributes: what a manifest can say of a person or a group, with their types.

The names are Entra's directory attributes, so that filters, mappings and expressions can be carried
over. They compare exactly: `Department` is not `department`. Besides the listed names every name
that begins with `extension_` is an attribute of its tenant's own, of whatever type is written.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from reconciler.model.identity import Kind


class SourceType(StrEnum):
    """What a source attribute holds when it has a value."""

    TEXT = "text"
    BOOLEAN = "boolean"
    TEXTS = "texts"  # a list of text
    DATE = "date"  # an instant as text, in UTC: 2027-06-30T00:00:00Z
    ANY = "any"  # text, a boolean or a list of text: directory extensions


EXTENSION_PREFIX: Final = "extension_"

#: The immutable id of an object in the directory; every user and group has one.
OBJECT_ID: Final = "objectId"
#: False switches a person off; true when it is not written.
ACCOUNT_ENABLED: Final = "accountEnabled"
#: Computed: whether the person should have no access (what Entra calls soft-deleted).
IS_SOFT_DELETED: Final = "IsSoftDeleted"
#: Computed: the roles that assignments give the person at the target, as canonical JSON texts.
APP_ROLE_ASSIGNMENTS: Final = "appRoleAssignments"
#: The name that a person signs in with.
USER_PRINCIPAL_NAME: Final = "userPrincipalName"
#: Computed: that name as it is written, where mappings see a guest's address outside.
ORIGINAL_USER_PRINCIPAL_NAME: Final = "originalUserPrincipalName"
#: Computed: the keys of the groups that the person belongs to, also through groups inside them.
MEMBER_OF: Final = "memberOf"
#: The key of the manager, another user.
MANAGER: Final = "manager"
#: Attributes that hold the key of another user, as text.
USER_KEYS: Final = frozenset({MANAGER})
#: In clauses: what follows is an attribute of the manager.
MANAGER_PREFIX: Final = f"{MANAGER}."
#: The dates between which somebody has access. No attributes, but written and fed like them.
FROM: Final = "from"
UNTIL: Final = "until"
#: As a mapping's source: the members of a group. It has no value of its own.
MEMBERS_SOURCE: Final = "members"

_TEXT_OF_USERS: Final = (
    USER_PRINCIPAL_NAME,
    "mail",
    "mailNickname",
    "givenName",
    "surname",
    "displayName",
    "department",
    "jobTitle",
    "companyName",
    "employeeId",
    "employeeType",
    "userType",
    "country",
    "city",
    "state",
    "postalCode",
    "streetAddress",
    "officeLocation",
    "usageLocation",
    "preferredLanguage",
    "mobilePhone",
    "telephoneNumber",
    "facsimileTelephoneNumber",
    "costCenter",
    "division",
    MANAGER,
    OBJECT_ID,
    "onPremisesSamAccountName",
    *(f"extensionAttribute{number}" for number in range(1, 16)),
)

#: What a User manifest can write in `spec`, extensions apart.
USER_ATTRIBUTES: Final[Mapping[str, SourceType]] = MappingProxyType(
    dict.fromkeys(_TEXT_OF_USERS, SourceType.TEXT)
    | {
        ACCOUNT_ENABLED: SourceType.BOOLEAN,
        "employeeHireDate": SourceType.DATE,
        "employeeLeaveDateTime": SourceType.DATE,
        "proxyAddresses": SourceType.TEXTS,
        "otherMails": SourceType.TEXTS,
    }
)

#: What a Group manifest can write in `spec`, extensions apart.
GROUP_ATTRIBUTES: Final[Mapping[str, SourceType]] = MappingProxyType(
    dict.fromkeys(("displayName", "description", "mailNickname", OBJECT_ID), SourceType.TEXT)
)

#: What nobody writes and a mapping can use all the same.
_COMPUTED: Final[Mapping[Kind, Mapping[str, SourceType]]] = {
    Kind.USER: MappingProxyType(
        {
            IS_SOFT_DELETED: SourceType.BOOLEAN,
            APP_ROLE_ASSIGNMENTS: SourceType.TEXTS,
            ORIGINAL_USER_PRINCIPAL_NAME: SourceType.TEXT,
        }
    ),
    Kind.GROUP: MappingProxyType({IS_SOFT_DELETED: SourceType.BOOLEAN}),
}


def written_attributes(kind: Kind) -> Mapping[str, SourceType]:
    """The attributes that a manifest of that kind can write, extensions apart."""
    return USER_ATTRIBUTES if kind is Kind.USER else GROUP_ATTRIBUTES


def computed_attributes(kind: Kind) -> Mapping[str, SourceType]:
    """The attributes of that kind that a target's decisions give, for mappings."""
    return _COMPUTED[kind]


def is_extension(name: str) -> bool:
    """Whether the name is a directory extension's, which no list can know."""
    return name.startswith(EXTENSION_PREFIX) and len(name) > len(EXTENSION_PREFIX)


def source_type(kind: Kind, name: str) -> SourceType | None:
    """The type of a written attribute; None when the kind has no attribute of that name."""
    if is_extension(name):
        return SourceType.ANY
    return written_attributes(kind).get(name)


def filter_type(kind: Kind, name: str) -> SourceType | None:
    """The type of what a filter's clause reads: written, `memberOf`, or the manager's."""
    if kind is Kind.USER and name == MEMBER_OF:
        return SourceType.TEXTS
    if kind is Kind.USER and name.startswith(MANAGER_PREFIX):
        return source_type(kind, name.removeprefix(MANAGER_PREFIX))
    return source_type(kind, name)
