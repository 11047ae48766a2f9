"""What a service provider can do, and its quirks, as data.

The profile decides; discovery documents are evidence only. A quirk is a field here and one place
that reads it, never an `if` on a provider's name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from reconciler.model.attributes import Characteristics
from reconciler.model.dialect import (
    Clearing,
    ExtensionPath,
    IndexUnit,
    MemberRemoval,
    OpCase,
    Paging,
    Pathless,
    QuotaHeaders,
    SharedBy,
    Updating,
)
from reconciler.model.identity import Kind
from reconciler.model.path import AttributePath
from reconciler.model.profile.clauses import Discovery, Errors, Filters, Safety, Transport
from reconciler.model.provenance import STANDARD, WRITES, Act, Provenance, part, quirk
from reconciler.model.rates import Rates
from reconciler.model.resource_type import (
    GROUP_ATTRIBUTES,
    USER_ATTRIBUTES,
    ResourceType,
)


class Deactivation(StrEnum):
    """What `active: false` does at the provider."""

    SOFT = "soft"  # the account stays, switched off
    DESTRUCTIVE = "destructive"  # documented as removing the person and their data
    NONE = "none"  # the provider has no `active`


class MembersIn(StrEnum):
    """Where a provider shows a group's members."""

    LIST = "list"  # the list of groups has them
    RESOURCE = "resource"  # only a GET of the one group has them
    PROBED = "probed"  # nothing shows them, but a filter tells of one whether they are one
    NEVER = "never"


class Nesting(StrEnum):
    """What becomes of a group inside a group."""

    EXPANDED = "expanded"  # its people are made members one by one
    NATIVE = "native"  # the provider takes groups as members


_USER = Kind.USER  # looking a member up in its enum costs more than what it is compared for
_ENDPOINTS = {Kind.USER: "Users", Kind.GROUP: "Groups"}  # RFC 7644 §3.2
#: What the envelope of a PATCH takes at most, in it a member with an id of 64 characters, and the
#: member's name. With longer ones a request grows: no provider is known to give any.
_MESSAGE_BYTES = 256
_MEMBER_BYTES = 128
_NAME_BYTES = 1024
_USERS = ResourceType(USER_ATTRIBUTES)
_GROUPS = ResourceType(GROUP_ATTRIBUTES, mark="externalId")


class Deletion(StrEnum):
    """What a DELETE of a user does."""

    REMOVES = "removes"  # the account is gone
    DEACTIVATES = "deactivates"  # the account stays, switched off
    NONE = "none"  # the provider deletes nobody


@dataclass(frozen=True, slots=True)
class Profile:
    """One kind of service provider.

    Rates are requests per second over everything that shares the endpoint's limit; page sizes and
    `members_per_patch` count resources. `family` is the built-in profile that this one is or
    extends; `unverified` says that no value was tried or read with care. What each quirk is worth
    stands in `sources`, by field, and those of users and groups as `users.rename`.
    """

    name: str
    family: str = "rfc7644"
    unverified: bool = False
    overrides: tuple[tuple[str, str], ...] = ()  # what a manifest changed of the family's values

    page_default: int = quirk(100, "rows on a page when no number is asked for")
    page_max: int = quirk(1000, "the most rows on a page")
    paging: Paging = quirk(Paging.INDEX, "how a long list is asked for")
    index_unit: IndexUnit = quirk(IndexUnit.ROWS, "what `startIndex` counts")
    takes_count: bool = quirk(default=True, says="honours `count`; where not, it is not sent")
    # Where it is named, users are listed without `groups`: no ownership rule may look at those.
    excluding: str | None = quirk(
        None, "the parameter that leaves attributes out (RFC 7644 §3.9: excludedAttributes)"
    )
    sort_groups_by: str | None = quirk(None, "by what lists of groups are sorted, to stay in order")
    members_in: MembersIn = quirk(
        MembersIn.LIST, "where a group's members are shown", Act.ADD_MEMBERS, Act.REMOVE_MEMBERS
    )
    update_user: Updating = quirk(
        Updating.PATCH, "how a user is changed", Act.UPDATE, Act.RENAME, Act.DEACTIVATE
    )
    update_group: Updating = quirk(
        Updating.PATCH,
        "how a group is changed",
        Act.UPDATE,
        Act.RENAME,
        Act.ADD_MEMBERS,
        Act.REMOVE_MEMBERS,
    )
    op_case: OpCase = quirk(OpCase.LOWER, "how the operations of a PATCH are written")
    text_booleans: bool = quirk(
        default=False, says='takes "True" and "False" where JSON has true and false'
    )
    clearing: Clearing = quirk(Clearing.REMOVE, "how a value is taken away", Act.UPDATE)
    extension_path: ExtensionPath = quirk(
        ExtensionPath.URN, "how a PATCH names an extension's attribute", Act.UPDATE
    )
    member_removal: MemberRemoval = quirk(
        MemberRemoval.FILTER, "how members are taken out of a group", Act.REMOVE_MEMBERS
    )
    pathless: Pathless = quirk(
        Pathless.NONE,
        "which operations have their attribute in the value and not in a path",
        Act.UPDATE,
        Act.ADD_MEMBERS,
    )
    member_name: str | None = quirk(
        None, "under what a member that is added must carry a name, beside `value`", Act.ADD_MEMBERS
    )
    bare_remove: bool = quirk(
        default=False, says="a group may be emptied by a bare `remove` of `members`"
    )
    members_per_patch: int = quirk(
        100, "members added or removed in one request", Act.ADD_MEMBERS, Act.REMOVE_MEMBERS
    )
    operations_per_patch: int | None = quirk(
        None, "operations in one PATCH; what takes more is sent in several", Act.UPDATE
    )
    bytes_per_patch: int | None = quirk(
        None, "bytes of one PATCH; members that take more go in several", Act.ADD_MEMBERS
    )
    bulk_operations: int | None = quirk(
        None, "changes sent together in one Bulk request (RFC 7644 §3.7)", *WRITES
    )
    bulk_bytes: int = quirk(1_048_576, "bytes of one Bulk request", *WRITES)
    nesting: Nesting = quirk(
        Nesting.EXPANDED, "what becomes of a group inside a group", Act.ADD_MEMBERS
    )
    deactivation: Deactivation = quirk(
        Deactivation.SOFT, "what `active: false` does", Act.DEACTIVATE, Act.REACTIVATE
    )
    deletion: Deletion = quirk(Deletion.REMOVES, "what a DELETE of a user does", Act.DELETE)
    inactive_shown: bool = quirk(
        default=True,
        says="somebody who is switched off is in lists, and answers a GET",
    )
    reactivates: bool = quirk(
        True, "`active: true` brings back who is switched off", Act.REACTIVATE
    )
    recreates: bool = quirk(
        default=True, says="somebody who was deleted can be created again under the same name"
    )
    users: ResourceType = part(_USERS, "users there")
    groups: ResourceType = part(_GROUPS, "groups there")
    ignored_selectors: frozenset[str] = quirk(
        frozenset(), "attributes whose elements lose their `type`", Act.UPDATE
    )
    top_level_enterprise: frozenset[str] = quirk(
        frozenset(), "enterprise attributes that it also shows at top level"
    )
    groups_per_user: int | None = quirk(
        None, "groups that one person can be in; more are dropped", Act.ADD_MEMBERS
    )
    name_id: str | None = quirk(
        None, "the source attribute that signs people in (SAML NameID): `userName` must equal it"
    )
    token_replaces: bool = quirk(
        default=False, says="a new token ends the one before it, whoever uses that"
    )
    one_writer: bool = quirk(
        default=False, says="takes writes from one system only; a second one breaks the first"
    )
    requests_per_second: float | None = quirk(None, "the most requests in a second")
    reads_per_second: float | None = quirk(None, "the most reads in a second")
    writes_per_second: float | None = quirk(None, "the most writes in a second")
    read_burst: int = quirk(0, "reads that may go at once after a rest; 0: they are spread out")
    write_burst: int = quirk(0, "writes that may go at once after a rest; 0: they are spread out")
    share: float = quirk(
        1.0, "the part of its limits that is ours while others write (`soleWriter: false`)"
    )
    limits_shared_by: SharedBy = quirk(SharedBy.ORGANISATION, "who shares its limits with us")
    quota_headers: QuotaHeaders | None = quirk(
        None, "the headers that say how many requests are left"
    )
    connections: int = quirk(8, "requests under way at the same time")
    etags: bool = quirk(
        default=False, says="refuses a write when the resource has changed (If-Match)"
    )
    visible_within: float = quirk(0.0, "seconds until a write shows in a read", *WRITES)
    transport: Transport = part(Transport(), "how requests must look")
    discovery: Discovery = part(Discovery(), "what it says of itself")
    filters: Filters = part(Filters(), "which filters are worth a request")
    errors: Errors = part(Errors(), "what its refusals mean")
    safety: Safety = part(Safety(), "what is held whatever the policies say")
    sources: Mapping[str, Provenance] = field(default_factory=dict)

    def of(self, kind: Kind) -> ResourceType:
        """What the provider makes of one kind of resource."""
        return self.users if kind is _USER else self.groups

    def path(self, kind: Kind, id: str = "") -> str:
        """Where all of one kind are below the base URL, or one of it; `id` as a URL has it."""
        place = self.of(kind).endpoint or _ENDPOINTS[kind]
        slash = "/" if self.transport.trailing_slash else ""
        return f"/{place}/{id}{slash}" if id else f"/{place}{slash}"

    @property
    def rates(self) -> Rates:
        """The provider's limits."""
        return Rates(
            self.requests_per_second,
            self.reads_per_second,
            self.writes_per_second,
            self.read_burst,
            self.write_burst,
            self.users.rates,
            self.groups.rates,
        )

    @property
    def our_rates(self) -> Rates:
        """What is ours of them while others write there as well, who may live under limits of their
        own."""
        if self.limits_shared_by is SharedBy.CREDENTIAL:
            return self.rates
        return self.rates.shared(self.share)

    def updating(self, kind: Kind) -> Updating:
        """How a resource of one kind is changed."""
        return self.update_user if kind is _USER else self.update_group

    @property
    def additions_per_patch(self) -> int:
        """Members that one request adds."""
        if self.bytes_per_patch is None:
            return self.members_per_patch
        each = _MEMBER_BYTES if self.member_name is None else _MEMBER_BYTES + _NAME_BYTES
        room = (self.bytes_per_patch - _MESSAGE_BYTES) // each
        return max(1, min(room, self.members_per_patch))

    @property
    def removals_per_patch(self) -> int:
        """Members that one request takes out; where a filter names them, each is an operation."""
        most = self.operations_per_patch
        if most is None or self.member_removal is not MemberRemoval.FILTER:
            return self.additions_per_patch
        return min(most, self.additions_per_patch)

    def characteristics(self, kind: Kind, path: AttributePath) -> Characteristics:
        """What holds of an attribute at this provider."""
        return self.of(kind).characteristics(path)

    def source(self, field: str) -> Provenance:
        """Where a value comes from; `users.attributes.title` may stand in `users.attributes`."""
        while field:
            if field in self.sources:
                return self.sources[field]
            field = field.rpartition(".")[0]
        return STANDARD
