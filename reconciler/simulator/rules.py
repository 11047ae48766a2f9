"""What a known service provider asks of a resource beyond its schema: a quirk set's own rules."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.simulator.definitions import MEMBERS
from reconciler.simulator.dialect import check_members
from reconciler.simulator.errors import ScimError, ScimType, invalid_value
from reconciler.simulator.operations import Op, Operation
from reconciler.simulator.quirks import Quirks
from reconciler.simulator.store import Transaction
from reconciler.simulator.values import Document, Json, Kind


def check_document(kind: Kind, document: Document, quirks: Quirks) -> None:
    """Refuse a resource that lacks what is required, or has more elements than are kept.

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


def check_operations(operations: tuple[Operation, ...], quirks: Quirks) -> None:
    """Refuse a request that changes all memberships of a group at once, or too many.

    Raises:
        ScimError: `invalidValue`, or 413.
    """
    # Those whom a value lists are counted where it is read.
    removals = [o for o in operations if o.path.attribute is MEMBERS and o.path.selection]
    check_members([str(operation.path) for operation in removals], quirks)
    for operation in operations:
        path = operation.path
        whole = path.selection is None and operation.op is not Op.ADD
        if whole and path.attribute is MEMBERS and not quirks.members_replaced:
            raise invalid_value("members: all of them at once cannot be changed")


def _value(document: Document, path: str) -> Json:
    value: Json = document
    for name in path.split("."):
        folded = {k.lower(): v for k, v in value.items()} if isinstance(value, dict) else {}
        value = folded.get(name)
    if isinstance(value, list):  # an element that lost its value is none
        return [e for e in value if not isinstance(e, dict) or e.get("value")]
    return value


def _addresses(document: Document) -> Iterator[str]:
    emails = document.get("emails")
    for email in emails if isinstance(emails, list) else []:
        address = email.get("value") if isinstance(email, dict) else None
        if isinstance(address, str):
            yield address.lower()
