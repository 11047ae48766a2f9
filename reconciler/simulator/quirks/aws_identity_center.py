"""AWS IAM Identity Center, as its SCIM Developer Guide reads (Limitations, ListUsers, PatchGroup).

A filter compares by `eq` and joins by `and`; a group has no PUT. By which attributes somebody is
found, that names are required and that what is not known is refused are guesses.
"""

from __future__ import annotations

from typing import Final

from reconciler.simulator.quirks.definition import Joined, Paging, Quirks

AWS_IDENTITY_CENTER: Final = Quirks(
    "aws-identity-center",
    page_max=100,
    paging=Paging.CURSOR,
    members_in_lists=False,
    members_readable=False,
    members_replaced=False,
    most_members=100,
    filterable_user=frozenset({"username", "externalid"}),
    filterable_group=frozenset({"displayname", "externalid", "id", "members", "members.value"}),
    filter_operators=frozenset({"eq"}),
    filter_joins=Joined.AND,
    put_group=False,
    group_patch_answers=False,
    required_user=frozenset({"displayname", "name.givenname", "name.familyname"}),
    one_element=True,
    kept_group=frozenset({"externalid", "displayname"}),
    groups_in_groups=False,
    etags=False,
    search=False,
    bulk_operations=None,
)
