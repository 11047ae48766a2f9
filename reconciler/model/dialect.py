"""How service providers differ on the wire: the closed choices that a profile makes.

Each choice has one reader, most of them in `scim`, and a twin in the embedded provider's own
reading of the same quirk. The first member of each is what RFC 7644 says, where it says anything.
"""

from __future__ import annotations

from enum import StrEnum


class Paging(StrEnum):
    """How a long list is asked for."""

    INDEX = "index"  # `startIndex` and `count` (RFC 7644 §3.4.2.4)
    CURSOR = "cursor"  # `cursor` and `count` (RFC 9865)
    NONE = "none"  # one answer has everything


class MediaType(StrEnum):
    """What a body is called."""

    SCIM = "application/scim+json"  # RFC 7644 §3.1
    JSON = "application/json"


class Documents(StrEnum):
    """What discovery documents (RFC 7644 §4) are worth."""

    ADVISORY = "advisory"  # evidence: shown beside the profile
    TRUSTED = "trusted"  # what they say is proposed for the profile
    ABSENT = "absent"  # there are none, and nobody misses them


class IndexUnit(StrEnum):
    """What `startIndex` counts."""

    ROWS = "rows"
    PAGES = "pages"  # the second page is 2, whatever its size


class Updating(StrEnum):
    """How a resource that is there is changed."""

    PATCH = "patch"  # RFC 7644 §3.5.2
    PUT_REPLACES = "putReplaces"  # §3.5.1: what a PUT leaves out is lost
    PUT_MERGES = "putMerges"  # what a PUT leaves out stays


class OpCase(StrEnum):
    """How the operations of a PATCH are written."""

    LOWER = "lower"  # add
    CAPITALISED = "capitalised"  # Add


class Clearing(StrEnum):
    """How a PATCH takes an attribute's value away."""

    REMOVE = "remove"  # a `remove` operation
    NULL = "null"  # `replace` with null
    EMPTY = "empty"  # `replace` with "" or []


class Pathless(StrEnum):
    """Which operations of a PATCH have no path, and the attribute in their value in its place."""

    NONE = "none"
    MEMBERS = "members"  # adding members: value {"members": […]}
    EVERYTHING = "everything"  # that too, and replacing whatever a name alone leads to


class ExtensionPath(StrEnum):
    """How a PATCH names an attribute of an extension."""

    URN = "urn"  # path `urn:…:User:department`
    OBJECT = "object"  # path `urn:…:User`, value {"department": …}
    PATHLESS = "pathless"  # no path, value {"urn:…:User": {"department": …}}
    TOP_LEVEL = "topLevel"  # path `department`


class MemberRemoval(StrEnum):
    """How members are taken out of a group."""

    FILTER = "filter"  # `members[value eq "…"]`, one operation for each
    LIST = "list"  # `members` with a value list; a provider that keeps to the RFC empties the group
    REPLACE = "replace"  # `replace` of the whole list


class SharedBy(StrEnum):
    """Who lives under one limit."""

    ORGANISATION = "organisation"  # everybody who writes to this provider, an IdP included
    CREDENTIAL = "credential"  # whoever uses the same token


class QuotaHeaders(StrEnum):
    """The headers by which a provider says how many requests are left, and until when."""

    X_RATELIMIT = "x-ratelimit"  # X-RateLimit-Remaining, X-RateLimit-Reset
    RATELIMIT = "ratelimit"  # RateLimit-Remaining, RateLimit-Reset
