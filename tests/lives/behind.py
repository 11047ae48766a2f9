"""What a provider really holds, read and written by somebody who is not us.

It opens the provider's file as a plain RFC 7644 provider, whatever quirks it shows to us: so it
sees members that are hidden from us, and what it writes is written.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from reconciler.simulator.app import utc_now
from reconciler.simulator.definitions import CORE_GROUP, CORE_USER
from reconciler.simulator.errors import ScimError
from reconciler.simulator.preconditions import Preconditions
from reconciler.simulator.provider import Asked, Provider, repeatable_id
from reconciler.simulator.quirks import Quirks
from reconciler.simulator.rendering import read_projection
from reconciler.simulator.store import Store
from reconciler.simulator.values import Document, Kind
from tests.lives.company import OURS

_PLAIN = Asked("", read_projection((), ()), Preconditions(None, None))
_PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"

Values = Mapping[str, Any]


@dataclass(frozen=True)
class Truth:
    """Everything that is there, by id, each value by its path; `members` are ids."""

    users: Mapping[str, Values]
    groups: Mapping[str, Values]
    members: Mapping[str, frozenset[str]]

    def of(self, kind: str) -> Mapping[str, Values]:
        return self.users if kind == "user" else self.groups

    def account(self, object_id: str, key: str) -> list[str]:
        """The accounts that are provably this person's."""
        proof = {object_id, OURS + key}
        return [i for i, user in self.users.items() if user.get("externalId") in proof]

    def named(self, user_name: str) -> list[str]:
        return [i for i, user in self.users.items() if user["userName"] == user_name]

    def active(self, id: str) -> bool:
        return id in self.users and self.users[id].get("active") is not False


def read(store: Store) -> Truth:
    with store.reading() as now:
        users, groups = (
            {stored.id: _flat(stored.document) for stored in now.everything(kind)}
            for kind in (Kind.USER, Kind.GROUP)
        )
        members = {live: frozenset(member.id for member in now.members(live)) for live in groups}
        return Truth(users, groups, members)


def _flat(document: Document) -> Values:
    """By path, as a plan names them: `name.givenName`, and `emails` as a whole."""
    found: dict[str, Any] = {}
    for name, value in document.items():
        if name == "schemas":
            continue
        if isinstance(value, dict):
            found |= {f"{name}{_between(name)}{part}": held for part, held in value.items()}
        else:
            found[name] = value
    return found


def _between(name: str) -> str:
    return ":" if name.startswith("urn:") else "."


def path_of(text: str) -> str:
    """Where a path of a plan ends in a `Truth`."""
    if text.startswith("urn:"):
        return text.removesuffix(".value")
    return text.partition("[")[0] if "[" in text else re.sub(r"\.value$", "", text)


@dataclass(frozen=True)
class Stranger:
    """A second writer. What the provider refuses it, it does without."""

    store: Store

    def create(self, kind: str, name: str, profile: str) -> None:
        """With what some provider or other requires of everybody; an id where this one does."""
        required = {"externalId": f"theirs-{name}"} if profile == "github-emu" else {}
        if kind == "group":
            group: Document = {"schemas": [CORE_GROUP], "displayName": name}
            self._create(Kind.GROUP, {**group, **required})
            return
        user: Document = {
            "schemas": [CORE_USER],
            "userName": name,
            "displayName": name,
            "active": True,
            "name": {"givenName": name, "familyName": "Else"},
            "emails": [{"value": f"else-{name}"}],  # ZPA keeps no type
        }
        self._create(Kind.USER, {**user, **required})

    def delete(self, kind: str, id: str) -> None:
        with suppress(ScimError):
            self._provider.delete(Kind(kind.title()), id, Preconditions(None, None))

    def change(self, kind: str, id: str, **values: Any) -> None:
        """Replace attributes; None takes one away."""
        operations: list[Document] = [
            {"op": "remove", "path": path}
            if value is None
            else {"op": "replace", "path": path, "value": value}
            for path, value in values.items()
        ]
        self._patch(Kind(kind.title()), id, *operations)

    def add(self, group: str, user: str) -> None:
        self._patch(Kind.GROUP, group, {"op": "add", "path": "members", "value": [{"value": user}]})

    def take_out(self, group: str, user: str) -> None:
        self._patch(Kind.GROUP, group, {"op": "remove", "path": f'members[value eq "{user}"]'})

    @property
    def _provider(self) -> Provider:
        return Provider(self.store, Quirks("behind"), clock=utc_now, new_id=repeatable_id)

    def _create(self, kind: Kind, document: Document) -> None:
        with suppress(ScimError):
            self._provider.create(kind, document, _PLAIN)

    def _patch(self, kind: Kind, id: str, *operations: Document) -> None:
        with suppress(ScimError):
            self._provider.patch(
                kind, id, {"schemas": [_PATCH], "Operations": list(operations)}, _PLAIN
            )
