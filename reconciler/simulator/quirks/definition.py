"""Where a service provider departs from RFC 7644, as data: one field per quirk.

A default is the reading of the RFC that this package holds to. A quirk is read in one place; there
is no `if` on a provider's name.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final


class Unknown(StrEnum):
    """What becomes of an attribute that no schema has."""

    REFUSED = "refused"  # 400, so that mistakes show
    DROPPED = "dropped"  # without a word


class OtherFilters(StrEnum):
    """What becomes of a filter that is not supported."""

    REFUSED = "refused"  # 400 invalidFilter
    IGNORED = "ignored"  # the answer is everybody


class Joined(StrEnum):
    """How a filter may join comparisons (RFC 7644 §3.4.2.2)."""

    FREELY = "freely"
    SIMPLY = "and, or"  # between comparisons: no parentheses, no brackets, no `not`
    AND = "and"  # likewise
    NOT = "not at all"


class Paging(StrEnum):
    """How a client gets from one page of a list to the next."""

    INDEX = "index"  # RFC 7644 §3.4.2.4
    CURSOR = "cursor"  # RFC 9865, whatever was asked for
    NONE = "none"  # one answer with everything


class Inactive(StrEnum):
    """What becomes of a user after `active: false`."""

    STAYS = "stays"
    VANISHES = "vanishes"  # 404 and in no list; the userName is free again
    HIDES = "hides"  # likewise, until the same userName is made again: it has the same id


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
    HIDES = "hides"  # as a user who is switched off can be hidden
    FOR_GOOD = "for good"  # removes, and the userName stays taken: 409
    REFUSED = "refused"  # 405


#: Every domain but those below `invalid`, which nobody can register (RFC 2606 §2).
REGISTRABLE: Final = frozenset({"*"})


@dataclass(frozen=True, slots=True)
class Rates:
    """How much a provider takes in any one second, as its maker publishes it."""

    requests: int | None = None
    writes: int | None = None


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

    filterable_user: frozenset[str] | None = None  # folded paths; zpa userName: Entra's mapping
    filterable_group: frozenset[str] | None = None  # zpa displayName: Entra's mapping
    filter_operators: frozenset[str] | None = None  # None: each, `pr` as well
    filter_joins: Joined = Joined.FREELY
    filter_nodes: int | None = None  # comparisons, and what joins them; more are refused
    filter_error: str = "invalidFilter"  # the `scimType` of one that is refused
    other_filters: OtherFilters = OtherFilters.REFUSED  # zpa ignores them: guess
    sorts: bool = True  # where not, `sortBy` changes nothing (RFC 7644 §3.4.2.3)

    put: Put = Put.REPLACES  # zpa merges: doc (the sample keeps what it was not sent)
    put_group: bool = True  # where not: 501, and PATCH alone changes a group
    patch_user: bool = True  # where not: 501, and PUT alone changes a resource
    patch_group: bool = True
    capitalised_operations: bool = False  # `Add` alone
    clears: Clears | None = None  # None: each form
    extensions: Extensions | None = None  # None: each form
    removals: Removals = Removals.FILTER
    most_members: int | None = None  # named in one request; more are refused
    most_operations: int | None = None  # in one PATCH; more are refused
    replaceable_group: frozenset[str] | None = None  # folded, by `replace` in a PATCH
    fixed_group: frozenset[str] = frozenset()  # folded, as it was first written for good
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
    echoed_enterprise: frozenset[str] = frozenset()  # folded, shown without URN as well
    required_user: frozenset[str] = frozenset()  # folded, beside what the RFC requires
    required_group: frozenset[str] = frozenset()
    required_member: frozenset[str] = frozenset()  # folded, of a member in POST and PUT
    one_element: bool = False  # of an attribute that has several
    unique_emails: bool = False  # also against those who are switched off
    unique_group_names: bool = False  # in any case of letters
    domains: frozenset[str] | None = None  # of names and addresses; None: any, or `REGISTRABLE`
    groups_in_groups: bool = True  # zpa has users as members only: omission
    groups_per_user: int | None = None  # more are dropped: zpa 1000, doc (ranges-limitations)

    text_booleans: bool = False  # "true" in answers: doc (samples show both)
    numeric_id_every: int | None = None  # rows from before August 2022: doc (release notes 2022)
    id_prefix: str = ""  # with which every id begins, instead of what would be there
    inactive_users: Inactive = Inactive.STAYS  # zpa "deletes this user", rows seem to stay: doc
    delete_user: Delete = Delete.REMOVES
    writes_per_second: int | None = None  # more are answered 429, in `limited` as published
    requests_per_second: int | None = None
    most_at_once: int | None = None  # requests under way at one endpoint; more are answered 429

    media_types: frozenset[str] | None = None  # of bodies; others are answered 415. None: any
    trailing_slash: bool = False  # of lists and of what is in them; without it 308
    user_agent: bool = False  # 403 for who does not say what they are (RFC 9110 §10.1.5)
    etags: bool = True  # zpa: omission
    discovery: bool = True  # zpa: omission
    open_discovery: bool = False  # answers without a token (RFC 7644 §4 allows it)
    config_path: str = "ServiceProviderConfig"  # RFC 7644 §4
    other_resources: tuple[str, ...] = ()  # beside users and groups: read-only here, and empty
    bulk_operations: int | None = 1000  # in one POST /Bulk; None: 501. zpa: omission
    bulk_bytes: int = 1_048_576  # of one POST /Bulk
    search: bool = True  # POST /.search; zpa: omission

    published: Rates = Rates()  # zpa 50 writes: doc (ranges-limitations)

    def limited(self) -> Quirks:
        """The same, refusing what exceeds the published rates. Clients keep to those on their way
        over a network; in a client's own process there is nothing to keep to."""
        return replace(
            self,
            requests_per_second=self.published.requests,
            writes_per_second=self.published.writes,
        )
