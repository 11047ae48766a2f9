"""Where a service provider departs from RFC 7644, as data: one field per quirk.

A default is the reading of the RFC that this package holds to. A quirk is read in one place; there
is no `if` on a provider's name.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Unknown(StrEnum):
    """What becomes of an attribute that no schema has."""

    REFUSED = "refused"  # 400, so that mistakes show
    DROPPED = "dropped"  # without a word


class OtherFilters(StrEnum):
    """What becomes of a filter that is not supported."""

    REFUSED = "refused"  # 400 invalidFilter
    IGNORED = "ignored"  # the answer is everybody


class Paging(StrEnum):
    """How a client gets from one page of a list to the next."""

    INDEX = "index"  # RFC 7644 §3.4.2.4
    CURSOR = "cursor"  # RFC 9865, whatever was asked for
    NONE = "none"  # one answer with everything


class Inactive(StrEnum):
    """What becomes of a user after `active: false`."""

    STAYS = "stays"
    VANISHES = "vanishes"  # 404 and in no list; the userName is free again


class Put(StrEnum):
    """What a PUT does to what it leaves out (RFC 7644 §3.5.1)."""

    REPLACES = "replaces"
    MERGES = "merges"


class Clears(StrEnum):
    """The one form in which a PATCH takes a value away."""

    REMOVE = "remove"
    NULL = "null"
    EMPTY = "empty text"


class Extensions(StrEnum):
    """The one form in which a PATCH names an attribute of an extension."""

    PREFIX = "its URN before the attribute"
    OBJECT = "its URN and an object"
    PATHLESS = "an object without a path"


class Removals(StrEnum):
    """How members are taken out of a group by `remove`."""

    FILTER = "filter"  # chosen by a filter; the bare attribute, with or without a value, is all
    LIST = "list"  # those whom the value lists
    NONE = "none"  # not at all: the list is replaced


class Delete(StrEnum):
    """What a DELETE of a user does (RFC 7644 §3.6)."""

    REMOVES = "removes"
    DEACTIVATES = "deactivates"


@dataclass(frozen=True, slots=True)
class Quirks:
    """One kind of service provider; pages count resources, rates are per second."""

    name: str

    page_default: int = 100  # zpa 10: doc (scim-api-examples)
    page_max: int = 200  # zpa 100: doc (scim-api-examples)
    page_size_echoed: bool = False  # `itemsPerPage` says 10 above 2 rows: doc (samples)
    paging: Paging = Paging.INDEX
    count_ignored: bool = False  # every page has `page_default` rows
    start_index_is_page: bool = False  # so until September 2023: doc (release notes 2023)
    members_in_lists: bool = True  # zpa never: doc (scim-api-examples)

    members_readable: bool = True  # where not, no answer has them; filters still see them
    members_replaced: bool = True  # takes `replace` and `remove` of all members at once

    filterable_user: frozenset[str] | None = None  # folded, by `eq`; zpa userName: Entra's mapping
    filterable_group: frozenset[str] | None = None  # zpa displayName: Entra's mapping
    other_filters: OtherFilters = OtherFilters.REFUSED  # zpa ignores them: guess

    put: Put = Put.REPLACES  # zpa merges: doc (the sample keeps what it was not sent)
    patch_user: bool = True  # where not: 501, and PUT alone changes a resource
    patch_group: bool = True
    capitalised_operations: bool = False  # `Add` alone
    clears: Clears | None = None  # None: each form
    extensions: Extensions | None = None  # None: each form
    removals: Removals = Removals.FILTER
    most_members: int | None = None  # named in one request; more are refused
    most_operations: int | None = None  # in one PATCH; more are refused
    text_booleans_only: bool = False  # "True", and no true
    group_patch_answers: bool = True  # zpa 204 without a body: doc (scim-api-examples)
    new_elements_first: bool = False  # an added e-mail stands in front: doc (sample)
    unmatched_selection_fails: bool = True  # zpa: `replace` adds, `remove` does nothing: guess
    lenient_operations: bool = False  # `Add`, "False": Entra sends both and works with zpa
    read_only_ignored: bool = False  # also in PATCH; zpa ignores a user's `groups`: doc

    unknown_attributes: Unknown = Unknown.REFUSED  # zpa drops them: guess
    kept_user: frozenset[str] | None = None  # folded closed list; None keeps all. zpa: doc
    kept_group: frozenset[str] | None = None
    top_level_enterprise: frozenset[str] = frozenset()  # folded, read without URN: doc (sample)
    required_user: frozenset[str] = frozenset()  # folded, beside what the RFC requires
    required_group: frozenset[str] = frozenset()
    one_element: bool = False  # of an attribute that has several
    unique_emails: bool = False  # also against those who are switched off
    groups_in_groups: bool = True  # zpa has users as members only: omission

    text_booleans: bool = False  # "true" in answers: doc (samples show both)
    numeric_id_every: int | None = None  # rows from before August 2022: doc (release notes 2022)
    inactive_users: Inactive = Inactive.STAYS  # zpa "deletes this user", rows seem to stay: doc
    delete_user: Delete = Delete.REMOVES
    writes_per_second: int | None = None  # zpa 50: doc (ranges-limitations); off unless asked for

    etags: bool = True  # zpa: omission
    discovery: bool = True  # zpa: omission
    bulk_operations: int | None = 1000  # in one POST /Bulk; None: 501. zpa: omission
    bulk_bytes: int = 1_048_576  # of one POST /Bulk
    search: bool = True  # POST /.search; zpa: omission
