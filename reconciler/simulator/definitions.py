"""The schemas that are served: User, EnterpriseUser and Group (RFC 7643 §4, §8.7.1).

`Group.displayName` is required, as the text of RFC 7643 §4.2 has it and as erratum 5368 corrects
the schema.
"""

from __future__ import annotations

from typing import Final

from reconciler.simulator.schemas import (
    Attribute,
    Mutability,
    ResourceType,
    Returned,
    Schema,
    Type,
)
from reconciler.simulator.values import Kind

CORE_USER: Final = "urn:ietf:params:scim:schemas:core:2.0:User"
CORE_GROUP: Final = "urn:ietf:params:scim:schemas:core:2.0:Group"
ENTERPRISE_USER: Final = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"

_READ_ONLY: Final = Mutability.READ_ONLY
_VALUE: Final = Attribute("value", "The value itself.")
_DISPLAY: Final = Attribute("display", "A name for the value, for people to read.")
_PRIMARY: Final = Attribute(
    "primary", "Whether this is the preferred value; true for one at most.", Type.BOOLEAN
)


def _type(*canonical: str) -> Attribute:
    return Attribute("type", "What the value is for.", canonical_values=canonical)


def _complex(name: str, description: str, *subs: Attribute) -> Attribute:
    return Attribute(name, description, Type.COMPLEX, sub_attributes=subs)


def _plural(name: str, description: str, *subs: Attribute) -> Attribute:
    """A multi-valued complex attribute (RFC 7643 §2.4)."""
    return Attribute(name, description, Type.COMPLEX, multi_valued=True, sub_attributes=subs)


_COMMON: Final = Schema(
    "urn:ietf:params:scim:schemas:core:2.0:Resource",
    "Common",
    "What every resource has (RFC 7643 §3.1).",
    (
        Attribute(
            "id",
            "Issued by the service provider, never changed.",
            case_exact=True,
            mutability=_READ_ONLY,
            returned=Returned.ALWAYS,
            unique=True,
        ),
        Attribute("externalId", "Issued by the client.", case_exact=True),
        Attribute(
            "meta",
            "About the resource.",
            Type.COMPLEX,
            mutability=_READ_ONLY,
            sub_attributes=(
                Attribute("resourceType", "Its type.", case_exact=True, mutability=_READ_ONLY),
                Attribute("created", "When it was made.", Type.DATETIME, mutability=_READ_ONLY),
                Attribute(
                    "lastModified",
                    "When it was last changed.",
                    Type.DATETIME,
                    mutability=_READ_ONLY,
                ),
                Attribute(
                    "location",
                    "Its address.",
                    Type.REFERENCE,
                    case_exact=True,
                    mutability=_READ_ONLY,
                ),
                Attribute("version", "Its ETag.", case_exact=True, mutability=_READ_ONLY),
            ),
        ),
    ),
)

_NAME: Final = _complex(
    "name",
    "The parts of the person's name.",
    Attribute("formatted", "The whole name, as it is shown."),
    Attribute("familyName", "The family name."),
    Attribute("givenName", "The given name."),
    Attribute("middleName", "The middle names."),
    Attribute("honorificPrefix", "What stands before the name."),
    Attribute("honorificSuffix", "What stands after the name."),
)

_ADDRESSES: Final = _plural(
    "addresses",
    "Postal addresses.",
    Attribute("formatted", "The whole address, as it is printed."),
    Attribute("streetAddress", "Street, house number, box."),
    Attribute("locality", "City or place."),
    Attribute("region", "State or region."),
    Attribute("postalCode", "Postal code."),
    Attribute("country", "Country, ISO 3166-1 alpha-2."),
    _type("work", "home", "other"),
    _PRIMARY,
)

_GROUPS: Final = Attribute(
    "groups",
    "The groups that the user is in, directly or through another; changed at the group.",
    Type.COMPLEX,
    multi_valued=True,
    mutability=_READ_ONLY,
    sub_attributes=(
        Attribute("value", "The group's id.", case_exact=True, mutability=_READ_ONLY),
        Attribute(
            "$ref",
            "The group's address.",
            Type.REFERENCE,
            case_exact=True,
            mutability=_READ_ONLY,
            reference_types=("User", "Group"),
        ),
        Attribute("display", "The group's name.", mutability=_READ_ONLY),
        Attribute(
            "type",
            "How the user comes to be in it.",
            mutability=_READ_ONLY,
            canonical_values=("direct", "indirect"),
        ),
    ),
)

USER_SCHEMA: Final = Schema(
    CORE_USER,
    "User",
    "A user account.",
    (
        Attribute("userName", "The name to sign in with.", required=True, unique=True),
        _NAME,
        Attribute("displayName", "The name to show."),
        Attribute("nickName", "How the person is called."),
        Attribute(
            "profileUrl",
            "The person's page.",
            Type.REFERENCE,
            case_exact=True,
            reference_types=("external",),
        ),
        Attribute("title", "The job title."),
        Attribute("userType", "How the person belongs to the organisation."),
        Attribute("preferredLanguage", "The language to use, as in Accept-Language."),
        Attribute("locale", "How numbers and dates are written."),
        Attribute("timezone", "The time zone, by its IANA name."),
        Attribute("active", "Whether the account may be used.", Type.BOOLEAN),
        Attribute(
            "password",
            "Taken and not kept: nobody signs in here.",
            case_exact=True,
            mutability=Mutability.WRITE_ONLY,
            returned=Returned.NEVER,
        ),
        _plural(
            "emails",
            "E-mail addresses.",
            _VALUE,
            _DISPLAY,
            _type("work", "home", "other"),
            _PRIMARY,
        ),
        _plural(
            "phoneNumbers",
            "Telephone numbers.",
            _VALUE,
            _DISPLAY,
            _type("work", "home", "mobile", "fax", "pager", "other"),
            _PRIMARY,
        ),
        _plural(
            "ims",
            "Addresses for instant messages.",
            _VALUE,
            _DISPLAY,
            _type("aim", "gtalk", "icq", "xmpp", "msn", "skype", "qq", "yahoo"),
            _PRIMARY,
        ),
        _plural(
            "photos",
            "Pictures of the person.",
            Attribute(
                "value",
                "Where the picture is.",
                Type.REFERENCE,
                case_exact=True,
                reference_types=("external",),
            ),
            _DISPLAY,
            _type("photo", "thumbnail"),
            _PRIMARY,
        ),
        _ADDRESSES,
        _GROUPS,
        _plural(
            "entitlements", "What the person is entitled to.", _VALUE, _DISPLAY, _type(), _PRIMARY
        ),
        _plural("roles", "The person's roles.", _VALUE, _DISPLAY, _type(), _PRIMARY),
        _plural(
            "x509Certificates",
            "Certificates issued to the person.",
            Attribute("value", "The certificate, DER in base64.", Type.BINARY, case_exact=True),
            _DISPLAY,
            _type(),
            _PRIMARY,
        ),
    ),
)

ENTERPRISE_SCHEMA: Final = Schema(
    ENTERPRISE_USER,
    "EnterpriseUser",
    "What an organisation adds to a user.",
    (
        Attribute("employeeNumber", "Assigned by the organisation."),
        Attribute("costCenter", "The cost centre."),
        Attribute("organization", "The organisation."),
        Attribute("division", "The division."),
        Attribute("department", "The department."),
        _complex(
            "manager",
            "The person's manager.",
            Attribute("value", "The manager's id.", case_exact=True),
            Attribute(
                "$ref",
                "The manager's address.",
                Type.REFERENCE,
                case_exact=True,
                reference_types=("User",),
            ),
            Attribute("displayName", "The manager's name.", mutability=_READ_ONLY),
        ),
    ),
)

MEMBERS: Final = _plural(
    "members",
    "The members of the group.",
    Attribute("value", "The member's id.", case_exact=True, mutability=Mutability.IMMUTABLE),
    Attribute(
        "$ref",
        "The member's address.",
        Type.REFERENCE,
        case_exact=True,
        mutability=Mutability.IMMUTABLE,
        reference_types=("User", "Group"),
    ),
    Attribute(
        "type",
        "What the member is.",
        mutability=Mutability.IMMUTABLE,
        canonical_values=("User", "Group"),
    ),
)

GROUP_SCHEMA: Final = Schema(
    CORE_GROUP,
    "Group",
    "A group of users and groups.",
    (Attribute("displayName", "The name to show.", required=True), MEMBERS),
)

USER: Final = ResourceType(
    Kind.USER, "/Users", "User accounts", USER_SCHEMA, _COMMON, (ENTERPRISE_SCHEMA,)
)
GROUP: Final = ResourceType(Kind.GROUP, "/Groups", "Groups", GROUP_SCHEMA, _COMMON)

RESOURCE_TYPES: Final = {Kind.USER: USER, Kind.GROUP: GROUP}
SCHEMAS: Final = (USER_SCHEMA, ENTERPRISE_SCHEMA, GROUP_SCHEMA)
