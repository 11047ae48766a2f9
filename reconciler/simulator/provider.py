"""The service provider itself: each request is one method and one transaction, without HTTP."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, assert_never

from reconciler.simulator.definitions import RESOURCE_TYPES
from reconciler.simulator.errors import ScimError, ScimType, not_found
from reconciler.simulator.listing import LIST_URN, Page, Query, run
from reconciler.simulator.membership import GroupMembers
from reconciler.simulator.merging import merged, with_required, without
from reconciler.simulator.operations import read_operations
from reconciler.simulator.patch import apply_patch
from reconciler.simulator.preconditions import Preconditions
from reconciler.simulator.quirks import Delete, Inactive, Put, Quirks
from reconciler.simulator.records import Stored
from reconciler.simulator.rendering import (
    COMPUTED,
    Projection,
    computed,
    etag,
    present,
    render,
)
from reconciler.simulator.resources import keep_listed, read_resource, require
from reconciler.simulator.rules import (
    check_document,
    check_emails,
    check_group_name,
    check_members_named,
    check_operations,
    check_unchanged,
)
from reconciler.simulator.store import Store, Transaction, UserNameTakenError
from reconciler.simulator.values import Document, Json, Kind

#: The first id of those that look like rows from before ZPA's ids were UUIDs.
_NUMERIC_BASE: Final = 72057594037900000


@dataclass(frozen=True, slots=True)
class Asked:
    """What belongs to every request: who we are to the client, what to show, under what condition.

    `base` is the address of the service provider, without a slash at the end.
    """

    base: str
    projection: Projection
    preconditions: Preconditions


@dataclass(frozen=True, slots=True)
class Answer:
    """A resource as it is sent, with its version and address for the headers."""

    document: Document
    version: str
    location: str


def random_id(_number: int) -> str:
    """An id that nobody can guess, whatever the resource's number."""
    return str(uuid.uuid4())


def repeatable_id(number: int) -> str:
    """An id that depends on the resource's number alone, so that a run can be repeated exactly."""
    return str(uuid.uuid5(uuid.NAMESPACE_OID, f"reconciler.simulator/{number}"))


class Provider:
    """A service provider over a store.

    `clock` tells the time, aware of its zone; `new_id` makes an id from a number that the store
    never gives twice.
    """

    def __init__(
        self,
        store: Store,
        quirks: Quirks,
        *,
        clock: Callable[[], datetime],
        new_id: Callable[[int], str],
    ) -> None:
        self._store = store
        self._quirks = quirks
        self._clock = clock
        self._new_id = new_id

    def create(self, kind: Kind, body: Json, asked: Asked) -> Answer:
        """POST (RFC 7644 §3.3).

        Raises:
            ScimError: 400, or 409 `uniqueness`.
        """
        incoming = read_resource(body, RESOURCE_TYPES[kind], self._quirks)
        document = self._kept(kind, incoming.document)
        with self._store.writing() as transaction:
            new_id = self._issue(transaction, document)
            self._check_unique(transaction, kind, new_id, document)
            try:
                resource = transaction.insert(kind, new_id, document, self._now())
            except UserNameTakenError:
                raise _taken() from None
            if incoming.members:
                check_members_named(incoming.members, self._quirks)
                GroupMembers(transaction, new_id, self._quirks).add(incoming.members)
            return self._answer(transaction, resource, asked)

    def read(self, kind: Kind, id: str, asked: Asked) -> Answer:
        """GET of one resource (RFC 7644 §3.4.1).

        Raises:
            ScimError: 404 or 412.
            NotModifiedError: the client has this version.
        """
        with self._store.reading() as transaction:
            resource = _existing(transaction, kind, id)
            if self._quirks.etags:
                asked.preconditions.before_reading(etag(resource))
            return self._answer(transaction, resource, asked)

    def replace(self, kind: Kind, id: str, body: Json, asked: Asked) -> Answer:
        """PUT (RFC 7644 §3.5.1).

        Raises:
            ScimError: 400, 404, 409 or 412; 501 where a group takes no PUT.
        """
        if kind is Kind.GROUP and not self._quirks.put_group:
            raise ScimError(501, "a Group cannot be replaced here")
        with self._store.writing() as transaction:
            old = self._to_change(transaction, kind, id, asked)
            members = GroupMembers(transaction, id, self._quirks)
            if self._quirks.put is Put.MERGES:
                # Required attributes may be left out: they are there already.
                body = with_required(body, old)
            incoming = read_resource(body, RESOURCE_TYPES[kind], self._quirks)
            document = self._kept(kind, incoming.document)
            check_members_named(incoming.members or (), self._quirks)
            if self._quirks.put is Put.MERGES:
                document = without(merged(old.document, document), body, self._quirks)
                members.add(incoming.members or [])
            elif kind is Kind.GROUP:
                members.replace(incoming.members or [])
            return self._write(transaction, old, document, members, asked)

    def patch(self, kind: Kind, id: str, body: Json, asked: Asked) -> Answer:
        """PATCH (RFC 7644 §3.5.2), all of it or nothing.

        Raises:
            ScimError: 400, 404, 409 or 412; 501 where such a resource takes no PATCH.
        """
        if not (self._quirks.patch_user if kind is Kind.USER else self._quirks.patch_group):
            raise ScimError(501, f"a {kind} cannot be patched here")
        operations = read_operations(body, RESOURCE_TYPES[kind], self._quirks)
        check_operations(kind, operations, self._quirks)
        with self._store.writing() as transaction:
            old = self._to_change(transaction, kind, id, asked)
            members = GroupMembers(transaction, id, self._quirks)
            document = apply_patch(old.document, operations, members, self._quirks)
            require(document, RESOURCE_TYPES[kind])
            return self._write(transaction, old, self._kept(kind, document), members, asked)

    def delete(self, kind: Kind, id: str, preconditions: Preconditions) -> None:
        """DELETE (RFC 7644 §3.6); memberships go with the resource.

        Raises:
            ScimError: 404 or 412; 405 where nobody is deleted.
        """
        with self._store.writing() as transaction:
            resource = _existing(transaction, kind, id)
            if self._quirks.etags:
                preconditions.before_writing(etag(resource))
            match self._quirks.delete_user if kind is Kind.USER else Delete.REMOVES:
                case Delete.REMOVES:
                    transaction.delete(resource, self._now())
                case Delete.HIDES | Delete.FOR_GOOD:
                    transaction.hide(resource, self._now())
                case Delete.DEACTIVATES:
                    off: Document = {**resource.document, "active": False}
                    transaction.update(resource, off, self._now())
                case Delete.REFUSED:
                    raise ScimError(405, "nobody is deleted here: set active to false")
                case other:
                    assert_never(other)

    def search(self, kinds: Sequence[Kind], query: Query, base: str) -> Document:
        """A query over one resource type or several (RFC 7644 §3.4.2, §3.4.3).

        Raises:
            ScimError: 400.
        """
        with self._store.reading() as transaction:
            page = run(transaction, kinds, query, base, self._quirks)
            return self._listed(transaction, page, query, base)

    def _listed(self, transaction: Transaction, page: Page, query: Query, base: str) -> Document:
        resources: list[Json] = []
        for resource in page.resources:
            hidden = resource.kind is Kind.GROUP and not self._quirks.members_in_lists
            document = render(resource, base, self._quirks)
            if not hidden:
                self._add_computed(transaction, resource, document, query.projection, base)
            resources.append(present(document, resource.kind, query.projection, self._quirks))
        size = query.count if self._quirks.page_size_echoed else len(resources)
        place: Document = {"startIndex": query.start}
        if query.cursor is not None:
            place = {} if page.next_cursor is None else {"nextCursor": page.next_cursor}
        return {
            "schemas": [LIST_URN],
            "totalResults": page.total,
            **place,
            "itemsPerPage": size,
            "Resources": resources,
        }

    def _answer(self, transaction: Transaction, resource: Stored, asked: Asked) -> Answer:
        document = render(resource, asked.base, self._quirks)
        self._add_computed(transaction, resource, document, asked.projection, asked.base)
        meta = document["meta"]
        return Answer(
            present(document, resource.kind, asked.projection, self._quirks),
            etag(resource),
            str(meta["location"]) if isinstance(meta, dict) else "",
        )

    def _add_computed(
        self,
        transaction: Transaction,
        resource: Stored,
        document: Document,
        projection: Projection,
        base: str,
    ) -> None:
        """Members and groups are read only where they are shown: there may be thousands."""
        name = COMPUTED[resource.kind]
        if resource.kind is Kind.GROUP and not self._quirks.members_readable:
            return
        if projection.shows(name):
            found = computed(transaction, resource, base)
            if found:
                document[name] = found

    def _to_change(self, transaction: Transaction, kind: Kind, id: str, asked: Asked) -> Stored:
        resource = _existing(transaction, kind, id)
        if self._quirks.etags:
            asked.preconditions.before_writing(etag(resource))
        return resource

    def _write(
        self,
        transaction: Transaction,
        old: Stored,
        document: Document,
        members: GroupMembers,
        asked: Asked,
    ) -> Answer:
        """Keep the change; what changes nothing leaves version and time alone (§3.5.2.1)."""
        resource = old
        self._check_unique(transaction, old.kind, old.id, document)
        if old.kind is Kind.GROUP:
            check_unchanged(old.document, document, self._quirks)
        if document != old.document or members.changed:
            try:
                resource = transaction.update(old, document, self._now())
            except UserNameTakenError:
                raise _taken() from None
        answer = self._answer(transaction, resource, asked)
        if document.get("active") is False:
            self._switched_off(transaction, resource)
        return answer

    def _switched_off(self, transaction: Transaction, resource: Stored) -> None:
        match self._quirks.inactive_users:
            case Inactive.STAYS:
                pass
            case Inactive.VANISHES:
                transaction.delete(resource, self._now())
            case Inactive.HIDES:
                transaction.hide(resource, self._now())
            case other:
                assert_never(other)

    def _kept(self, kind: Kind, document: Document) -> Document:
        listed = self._quirks.kept_user if kind is Kind.USER else self._quirks.kept_group
        kept = {name: value for name, value in document.items() if name != "password"}
        pruned = keep_listed(kept, listed)
        check_document(kind, pruned, self._quirks)
        return pruned

    def _check_unique(
        self, transaction: Transaction, kind: Kind, id: str, document: Document
    ) -> None:
        if kind is Kind.USER:
            check_emails(transaction, id, document, self._quirks)
        else:
            check_group_name(transaction, id, document, self._quirks)

    def _issue(self, transaction: Transaction, document: Document) -> str:
        """A new id, or the one that a hidden user of that name had.

        Raises:
            ScimError: 409, where such a name stays taken.
        """
        name, quirks = document.get("userName"), self._quirks
        hides = Delete.HIDES is quirks.delete_user or Inactive.HIDES is quirks.inactive_users
        taken = quirks.delete_user is Delete.FOR_GOOD
        looks = isinstance(name, str) and (hides or taken)
        hidden = transaction.hidden(str(name)) if looks else None
        if hidden is not None and taken:
            raise _taken()
        if hidden is not None:
            return hidden
        number, every = transaction.next_number(), self._quirks.numeric_id_every
        if every is not None and number % every == 0:
            return str(_NUMERIC_BASE + number)
        prefix = self._quirks.id_prefix
        return prefix + self._new_id(number)[len(prefix) :]

    def _now(self) -> str:
        return self._clock().isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _existing(transaction: Transaction, kind: Kind, id: str) -> Stored:
    resource = transaction.get(kind, id)
    if resource is None:
        raise not_found(kind, id)
    return resource


def _taken() -> ScimError:
    return ScimError(409, "another user has this userName", ScimType.UNIQUENESS)
