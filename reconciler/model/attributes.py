"""What RFC 7643 says about the attributes that are mapped: type, case, who may write them.

The table drives conversion ("True" is a boolean for `active`), comparison (`userName` ignores
case, `externalId` does not) and validation (`id` cannot be mapped). An attribute that is not
listed is text, `caseExact: false`, writable: the defaults of RFC 7643 §2.2.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from reconciler.model.path import ENTERPRISE_USER, AttributePath, parse_path


class AttributeType(StrEnum):
    """The data types of RFC 7643 §2.3 that a mapping can produce."""

    STRING = "string"
    BOOLEAN = "boolean"
    INTEGER = "integer"
    DATETIME = "dateTime"
    REFERENCE = "reference"
    COMPLEX = "complex"


@dataclass(frozen=True, slots=True)
class Characteristics:
    """RFC 7643 §7, as far as it decides something here."""

    type: AttributeType = AttributeType.STRING
    case_exact: bool = False
    multi_valued: bool = False
    read_only: bool = False


_DEFAULT: Final = Characteristics()
_READ_ONLY: Final = Characteristics(read_only=True)
_COMPLEX: Final = Characteristics(AttributeType.COMPLEX)
_COMPLEX_LIST: Final = Characteristics(AttributeType.COMPLEX, multi_valued=True)

# Keyed by attribute name, `.sub`-attributes without their selector.
_KNOWN: Final[dict[str, Characteristics]] = {
    "id": _READ_ONLY,
    "meta": _READ_ONLY,
    "meta.created": Characteristics(AttributeType.DATETIME, read_only=True),
    "meta.lastmodified": Characteristics(AttributeType.DATETIME, read_only=True),
    "schemas": _READ_ONLY,
    "groups": _READ_ONLY,  # RFC 7643 §4.1.2: membership is changed at the group
    "externalid": Characteristics(case_exact=True),
    "active": Characteristics(AttributeType.BOOLEAN),
    "profileurl": Characteristics(AttributeType.REFERENCE, case_exact=True),
    "password": Characteristics(case_exact=True),
    "name": _COMPLEX,
    "emails": _COMPLEX_LIST,
    "phonenumbers": _COMPLEX_LIST,
    "addresses": _COMPLEX_LIST,
    "ims": _COMPLEX_LIST,
    "photos": _COMPLEX_LIST,
    "entitlements": _COMPLEX_LIST,
    "roles": _COMPLEX_LIST,
    "x509certificates": _COMPLEX_LIST,
    "members": _COMPLEX_LIST,
    "emails.primary": Characteristics(AttributeType.BOOLEAN),
    "phonenumbers.primary": Characteristics(AttributeType.BOOLEAN),
    "addresses.primary": Characteristics(AttributeType.BOOLEAN),
    "roles.primary": Characteristics(AttributeType.BOOLEAN),
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


def canonical_name(folded: str) -> str:
    """RFC 7643's spelling of a folded name; the folded name itself where the RFC has none."""
    return _CANONICAL.get(folded, folded)


def characteristics(path: AttributePath) -> Characteristics:
    """What is known of the attribute at `path`; the RFC's defaults where nothing is."""
    urn = f"{path.urn}:" if path.urn and path.folded.startswith(path.urn.lower()) else ""
    name = f"{urn}{path.attribute}".lower()
    if path.sub is not None:
        return _KNOWN.get(f"{name}.{path.sub.lower()}", _DEFAULT)
    return _KNOWN.get(name, _DEFAULT)
