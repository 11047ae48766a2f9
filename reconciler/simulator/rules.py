"""What a known service provider asks of a resource beyond its schema: a quirk set's own rules."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from reconciler.simulator.definitions import ENTERPRISE_USER, MEMBERS
from reconciler.simulator.dialect import check_members
from reconciler.simulator.errors import ScimError, ScimType, invalid_value, not_mutable
from reconciler.simulator.operations import Op, Operation
from reconciler.simulator.quirks import REGISTRABLE, Quirks
from reconciler.simulator.records import Key
from reconciler.simulator.store import Transaction
from reconciler.simulator.values import Document, Json, Kind

_UNREGISTRABLE: Final = "invalid"  # RFC 2606 §2


def check_document(kind: Kind, document: Document, quirks: Quirks) -> None:
    """Refuse a resource that lacks what is required, has more elements than are kept, or is of a
    domain that is not registered.

    Raises:
        ScimError: which attribute it is about (`invalidValue`).
    """
    required = quirks.required_user if kind is Kind.USER else quirks.required_group
    for path in sorted(required):
        if not _value(document, path):
            raise invalid_value(f"{path} is required of a {kind}")
    if quirks.one_element:
        for name, value in document.items():
            if isinstance(value, list) and len(value) > 1:
                raise invalid_value(f"{name}: only one element is kept")
    if quirks.domains is not None and kind is Kind.USER:
        names = [str(document.get("userName")), *_addresses(document)]
        for domain in sorted(name.rpartition("@")[2].lower() for name in names if "@" in name):
            if not _is_registered(domain, quirks.domains):
                raise invalid_value("the domain of a userName or address is not registered here")


def check_members_named(members: Sequence[Json], quirks: Quirks) -> None:
    """Refuse members that lack what a member must have in a POST or PUT.

    Raises:
        ScimError: which part is missing (`invalidValue`).
    """
    for member in members:
        missing = sorted(quirks.required_member - _folded(_object(member)).keys())
        if missing:
            raise invalid_value(f"members: {missing[0]} is required of each")


def check_unchanged(old: Document, new: Document, quirks: Quirks) -> None:
    """Refuse a group's change of what is written once.

    Raises:
        ScimError: which attribute it is about (`mutability`).
    """
    for name, value in old.items():
        if name.lower() in quirks.fixed_group and new.get(name) != value:
            raise not_mutable(f"{name} of a group cannot be changed here")


def check_group_name(transaction: Transaction, id: str, document: Document, quirks: Quirks) -> None:
    """Refuse a name that another group has.

    Raises:
        ScimError: 409 `uniqueness`.
    """
    if not quirks.unique_group_names:
        return
    name = str(document.get("displayName"))
    found = transaction.lookup(Kind.GROUP, Key.DISPLAY_NAME, name)
    if any(other.id != id for other in found):
        raise ScimError(409, "another group has this displayName", ScimType.UNIQUENESS)


def check_emails(transaction: Transaction, id: str, document: Document, quirks: Quirks) -> None:
    """Refuse an address that somebody else has, switched off or not.

    Raises:
        ScimError: 409 `uniqueness`.
    """
    if not quirks.unique_emails:
        return
    wanted = set(_addresses(document))
    for other in transaction.everything(Kind.USER):
        if other.id != id and not wanted.isdisjoint(_addresses(other.document)):
            raise ScimError(409, "somebody has this e-mail address", ScimType.UNIQUENESS)


def check_operations(kind: Kind, operations: tuple[Operation, ...], quirks: Quirks) -> None:
    """Refuse a request that changes all memberships of a group at once, or too many, or that
    replaces what is not replaced.

    Raises:
        ScimError: `invalidValue`, or 413.
    """
    named = [name for o in operations if o.path.attribute is MEMBERS for name in _named(o)]
    check_members(named, quirks)
    for operation in operations:
        path = operation.path
        whole = path.selection is None and operation.op is not Op.ADD
        if whole and path.attribute is MEMBERS and not quirks.members_replaced:
            raise invalid_value("members: all of them at once cannot be changed")
        listed = quirks.replaceable_group if kind is Kind.GROUP else None
        replaces = operation.op is Op.REPLACE
        if replaces and listed is not None and path.attribute.name.lower() not in listed:
            raise invalid_value(f"replace takes {sorted(listed)} of a group alone")


def _named(operation: Operation) -> list[Json]:
    """The members that an operation names: by its path, or in its value."""
    if operation.path.selection is not None:
        return [str(operation.path)]
    return operation.value if isinstance(operation.value, list) else [operation.value]


def _value(document: Document, path: str) -> Json:
    """What stands at a folded path; of several elements, those that have something there."""
    extension = ENTERPRISE_USER.lower()
    if path.startswith(f"{extension}:"):
        return _value(_object(_folded(document).get(extension)), path.removeprefix(f"{extension}:"))
    name, _, sub = path.partition(".")
    value = _folded(document).get(name)
    if isinstance(value, list):  # an element that lost its value is none
        held = [_folded(e) if isinstance(e, dict) else {"value": e} for e in value]
        return [dict(e) for e in held if e.get("value") and (not sub or e.get(sub))]
    return _folded(_object(value)).get(sub) if sub else value


def _object(value: Json) -> Document:
    return value if isinstance(value, dict) else {}


def _folded(document: Document) -> Document:
    return {name.lower(): value for name, value in document.items()}


def _is_registered(domain: str, domains: frozenset[str]) -> bool:
    if domains == REGISTRABLE:
        return domain.rpartition(".")[2] != _UNREGISTRABLE
    return domain in domains


def _addresses(document: Document) -> Iterator[str]:
    emails = document.get("emails")
    for email in emails if isinstance(emails, list) else []:
        address = email.get("value") if isinstance(email, dict) else None
        if isinstance(address, str):
            yield address.lower()
