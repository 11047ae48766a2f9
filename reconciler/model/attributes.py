"""What RFC 7643 says about attributes: type, case, who may write them, when they are returned.

The table drives conversion ("True" is a boolean for `active`), comparison (`userName` ignores
case, `externalId` does not) and validation (`id` cannot be mapped). An attribute that is not
listed is text, `caseExact: false`, writable: the defaults of RFC 7643 §2.2. What one provider does
otherwise stands in its profile: wherever a profile is known, `Profile.characteristics` is asked
and not this table.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from reconciler.model.path import ENTERPRISE_USER, AttributePath, parse_path


class AttributeType(StrEnum):
    """The data types of RFC 7643 §2.3."""

    STRING = "string"
    BOOLEAN = "boolean"
    DECIMAL = "decimal"
    INTEGER = "integer"
    DATETIME = "dateTime"
    BINARY = "binary"
    REFERENCE = "reference"
    COMPLEX = "complex"


class Mutability(StrEnum):
    """Who may write an attribute, and when."""

    READ_ONLY = "readOnly"
    READ_WRITE = "readWrite"
    IMMUTABLE = "immutable"  # written when the resource is created, never again
    WRITE_ONLY = "writeOnly"


class Returned(StrEnum):
    """When an attribute stands in an answer. Under the last two its absence says nothing."""

    ALWAYS = "always"
    DEFAULT = "default"
    REQUEST = "request"
    NEVER = "never"


class Uniqueness(StrEnum):
    """Among whom a value may stand only once."""

    NONE = "none"
    SERVER = "server"
    GLOBAL = "global"


@dataclass(frozen=True, slots=True)
class Characteristics:
    """RFC 7643 §7. `required` is for attributes of a resource, also for parts of complex ones.

    `max_length` counts characters of a text; RFC 7643 has no word for it, and providers a limit.
    """

    type: AttributeType = AttributeType.STRING
    required: bool = False
    case_exact: bool = False
    multi_valued: bool = False
    mutability: Mutability = Mutability.READ_WRITE
    returned: Returned = Returned.DEFAULT
    uniqueness: Uniqueness = Uniqueness.NONE
    max_length: int | None = None

    @property
    def read_only(self) -> bool:
        return self.mutability is Mutability.READ_ONLY

    @property
    def unique(self) -> bool:
        return self.uniqueness is not Uniqueness.NONE

    @property
    def shown(self) -> bool:
        """Whether an answer without it means that there is no value."""
        return self.returned in (Returned.ALWAYS, Returned.DEFAULT)


_DEFAULT: Final = Characteristics()
_READ_ONLY: Final = Characteristics(mutability=Mutability.READ_ONLY)
_SERVER_TIME: Final = Characteristics(AttributeType.DATETIME, mutability=Mutability.READ_ONLY)
_BOOLEAN: Final = Characteristics(AttributeType.BOOLEAN)
_REFERENCE: Final = Characteristics(AttributeType.REFERENCE, case_exact=True)
_COMPLEX: Final = Characteristics(AttributeType.COMPLEX)
_COMPLEX_LIST: Final = Characteristics(AttributeType.COMPLEX, multi_valued=True)

# Keyed by folded attribute name, `.sub`-attributes without their selector.
_KNOWN: Final[dict[str, Characteristics]] = {
    "id": Characteristics(
        case_exact=True,
        mutability=Mutability.READ_ONLY,
        returned=Returned.ALWAYS,
        uniqueness=Uniqueness.SERVER,
    ),
    "meta": _READ_ONLY,
    "meta.created": _SERVER_TIME,
    "meta.lastmodified": _SERVER_TIME,
    "schemas": _READ_ONLY,
    "groups": _READ_ONLY,  # RFC 7643 §4.1.2: membership is changed at the group
    "externalid": Characteristics(case_exact=True),
    "active": _BOOLEAN,
    "profileurl": _REFERENCE,
    "password": Characteristics(
        case_exact=True, mutability=Mutability.WRITE_ONLY, returned=Returned.NEVER
    ),
    "name": _COMPLEX,
    "emails": _COMPLEX_LIST,
    "phonenumbers": _COMPLEX_LIST,
    "addresses": _COMPLEX_LIST,
    "ims": _COMPLEX_LIST,
    "photos": _COMPLEX_LIST,
    "photos.value": _REFERENCE,
    "entitlements": _COMPLEX_LIST,
    "roles": _COMPLEX_LIST,
    "x509certificates": _COMPLEX_LIST,
    "x509certificates.value": Characteristics(AttributeType.BINARY, case_exact=True),
    "members": _COMPLEX_LIST,
    "members.value": Characteristics(case_exact=True, mutability=Mutability.IMMUTABLE),
    **{
        f"{name}.primary": _BOOLEAN
        for name in (
            "emails",
            "phonenumbers",
            "addresses",
            "ims",
            "photos",
            "entitlements",
            "roles",
            "x509certificates",
        )
    },
    f"{ENTERPRISE_USER}:manager".lower(): _COMPLEX,
    f"{ENTERPRISE_USER}:manager.displayname".lower(): _READ_ONLY,
    f"{ENTERPRISE_USER}:manager.value".lower(): Characteristics(AttributeType.REFERENCE),
}


def _names(text: str) -> tuple[str, ...]:
    return tuple(text.split())


# RFC 7643's spelling of its names: resources are kept with folded names, people write the RFC's.
_TOP = _names(
    """
    id externalId meta schemas userName name displayName nickName profileUrl title userType
    preferredLanguage locale timezone active emails phoneNumbers ims photos addresses groups
    entitlements roles x509Certificates
    """
)
_ELEMENTS = _names(
    "value display type primary $ref streetAddress locality region postalCode country"
)

#: The attributes at the top of a user or group (RFC 7643 §3.1, §4.1, §4.2), members apart.
RESOURCE_NAMES: Final = frozenset({*_TOP, ENTERPRISE_USER})

#: What single complex attributes consist of (RFC 7643 §3.1, §4.1.1, §4.3), by canonical name.
SUB_ATTRIBUTES: Final[Mapping[str, tuple[str, ...]]] = {
    "name": _names("formatted familyName givenName middleName honorificPrefix honorificSuffix"),
    "meta": _names("resourceType created lastModified location version"),
    "manager": _names("value $ref displayName"),
    ENTERPRISE_USER: _names("employeeNumber costCenter organization division department manager"),
}

_CANONICAL: Final = {
    name.lower(): name
    for names in (_TOP, _ELEMENTS, (ENTERPRISE_USER,), *SUB_ATTRIBUTES.values())
    for name in names
}

ACTIVE: Final = parse_path("active")
USER_NAME: Final = parse_path("userName")
EXTERNAL_ID: Final = parse_path("externalId")
DISPLAY_NAME: Final = parse_path("displayName")
MEMBERS: Final = parse_path("members")
MANAGER: Final = parse_path(f"{ENTERPRISE_USER}:manager.value")


def canonical_name(folded: str) -> str:
    """RFC 7643's spelling of a folded name; the folded name itself where the RFC has none."""
    return _CANONICAL.get(folded, folded)


def characteristics(path: AttributePath) -> Characteristics:
    """What RFC 7643 says of the attribute at `path`; its defaults where it says nothing."""
    return _KNOWN.get(attribute_name(path), _DEFAULT)


def attribute_name(path: AttributePath) -> str:
    """What characteristics are kept by: the folded path without what picks an element."""
    urn = f"{path.urn}:" if path.urn and path.folded.startswith(path.urn.lower()) else ""
    sub = "" if path.sub is None else f".{path.sub}"
    return f"{urn}{path.attribute}{sub}".lower()
