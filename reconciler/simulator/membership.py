"""A group's members, which are rows beside its document: who is added, who is removed.

Every sub-attribute of a member is immutable (RFC 7643 §8.7.1), so there is nothing here that would
change one.
"""

from __future__ import annotations

from reconciler.simulator.definitions import MEMBERS
from reconciler.simulator.dialect import check_members
from reconciler.simulator.errors import invalid_value, no_target
from reconciler.simulator.filters.evaluation import compile_element_filter
from reconciler.simulator.filters.grammar import Compare, Filter, Name, Operator
from reconciler.simulator.quirks import Quirks
from reconciler.simulator.records import Member
from reconciler.simulator.resources import list_of_objects
from reconciler.simulator.store import Transaction
from reconciler.simulator.values import Document, Json, Kind


class GroupMembers:
    """The members of one group while a request changes them."""

    def __init__(self, transaction: Transaction, group_id: str, quirks: Quirks) -> None:
        self._transaction = transaction
        self._group_id = group_id
        self._quirks = quirks
        self.changed = False

    def add(self, raw: Json) -> None:
        """Add those who are not in it yet.

        Raises:
            ScimError: somebody is unknown, or may not be a member (`invalidValue`).
        """
        self._note(self._add(self._members_of(raw)))

    def replace(self, raw: Json) -> None:
        """Make these the members, and nobody else.

        Raises:
            ScimError: as `add`.
        """
        wanted = self._members_of(raw)
        kept = {member.id for member in wanted}
        held = self._transaction.members(self._group_id)
        gone = [member.id for member in held if member.id not in kept]
        self._note(self._transaction.remove_members(self._group_id, gone))
        self._note(self._add(wanted))

    def remove_all(self) -> None:
        """Empty the group.

        That is what `remove` with the bare path `members` says, also when a `value` lists some of
        them: RFC 7644 §3.5.2.2 gives `remove` no value.
        """
        self._note(self._transaction.clear_members(self._group_id))

    def remove_listed(self, raw: Json) -> None:
        """Remove those whom the value of a `remove` lists, where a provider reads it so."""
        ids = [_id_of(item) for item in list_of_objects(raw, MEMBERS.name)]
        self._note(self._transaction.remove_members(self._group_id, ids))

    def remove(self, selection: Filter) -> None:
        """Remove those whom the filter selects.

        Raises:
            ScimError: nobody is selected (`noTarget`).
        """
        removed = self._transaction.remove_members(self._group_id, self._selected(selection))
        if not removed and self._quirks.unmatched_selection_fails:
            raise no_target("no member matches the path")
        self._note(removed)

    def _add(self, members: list[Member]) -> int:
        """Whoever is in as many groups as a person can be is left out without a word."""
        most = self._quirks.groups_per_user
        if most is not None:
            counts = self._transaction.group_counts([member.id for member in members])
            members = [member for member in members if counts.get(member.id, 0) < most]
        return self._transaction.add_members(self._group_id, members)

    def _note(self, rows: int) -> None:
        self.changed = self.changed or rows > 0

    def _selected(self, selection: Filter) -> list[str]:
        match selection:
            # By far the most frequent, and it needs no walk through the members.
            case Compare(Name(name, None, None), Operator.EQ, str() as member_id) if (
                name.lower() == "value"
            ):
                return [member_id]
        test = compile_element_filter(selection, MEMBERS)
        held = self._transaction.members(self._group_id)
        return [member.id for member in held if test(_element(member))]

    def _members_of(self, raw: Json) -> list[Member]:
        ids = [_id_of(item) for item in list_of_objects(raw, MEMBERS.name)]
        check_members(ids, self._quirks)
        kinds = self._transaction.kinds(ids)
        unknown = [member_id for member_id in ids if member_id not in kinds]
        if unknown:
            raise invalid_value(f"members: there is no resource {unknown[0]!r}")
        members = [Member(member_id, kinds[member_id]) for member_id in ids]
        if not self._quirks.groups_in_groups and any(m.kind is Kind.GROUP for m in members):
            raise invalid_value("members: a group cannot be a member here")
        return members


def _element(member: Member) -> Document:
    return {"value": member.id, "type": member.kind.value}


def _id_of(item: Json) -> str:
    if isinstance(item, dict):
        for name, value in item.items():
            if name.lower() == "value" and isinstance(value, str) and value:
                return value
    raise invalid_value('members: expected objects such as {"value": "<id>"}')
