"""What a provider really holds, read and written by somebody who is not us.

It opens the provider's file as a plain RFC 7644 provider, whatever quirks it shows to us: so it
sees members that are hidden from us, and what it writes is written.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import httpx

from reconciler.simulator.definitions import CORE_GROUP, CORE_USER

OURS, THEIRS = "reconciler:ours/box:", "reconciler:theirs/box:"
Document = dict[str, Any]


@dataclass(frozen=True)
class Truth:
    """Everything that is there, by id; `members` are ids of users."""

    users: dict[str, Document]
    groups: dict[str, Document]
    members: dict[str, frozenset[str]]

    def of(self, kind: str) -> dict[str, Document]:
        return self.users if kind == "user" else self.groups

    def account(self, object_id: str, key: str) -> list[str]:
        """The accounts that are provably this person's."""
        proof = {object_id, OURS + key}
        return [i for i, user in self.users.items() if user.get("externalId") in proof]

    def named(self, user_name: str) -> list[str]:
        return [i for i, user in self.users.items() if user["userName"] == user_name]


def read(http: httpx.Client) -> Truth:
    users = http.get("/Users", params={"count": 200}).json()["Resources"]
    groups = http.get("/Groups", params={"count": 200}).json()["Resources"]
    return Truth(
        {user["id"]: _bare(user) for user in users},
        {group["id"]: _bare(group) for group in groups},
        {g["id"]: frozenset(m["value"] for m in g.get("members", [])) for g in groups},
    )


def _bare(document: Document) -> Document:
    """Without what the provider works out itself, and without members."""
    return {k: v for k, v in document.items() if k not in {"meta", "groups", "members", "schemas"}}


@dataclass(frozen=True)
class Stranger:
    """A second writer. What the provider refuses it, it does without."""

    http: httpx.Client

    def create(self, kind: str, name: str, profile: str) -> None:
        """With what some provider or other requires of everybody; an id where this one does."""
        required = {"externalId": f"theirs-{name}"} if profile == "github-emu" else {}
        if kind == "group":
            group = {"schemas": [CORE_GROUP], "displayName": name}
            self.http.post("/Groups", json={**group, **required})
            return
        user: Document = {
            "schemas": [CORE_USER],
            "userName": name,
            "displayName": name,
            "name": {"givenName": name, "familyName": "Else"},
            "emails": [{"value": f"else-{name}"}],  # ZPA keeps no type
        }
        self.http.post("/Users", json={**user, **required})

    def delete(self, kind: str, id: str) -> None:
        self.http.delete(f"/{kind.title()}s/{id}")

    def change(self, kind: str, id: str, **values: Any) -> None:
        """Replace attributes; None takes one away."""
        self._patch(
            f"/{kind.title()}s/{id}",
            *(
                {"op": "remove", "path": path}
                if value is None
                else {"op": "replace", "path": path, "value": value}
                for path, value in values.items()
            ),
        )

    def add(self, group: str, user: str) -> None:
        value = [{"value": user}]
        self._patch(f"/Groups/{group}", {"op": "add", "path": "members", "value": value})

    def take_out(self, group: str, user: str) -> None:
        self._patch(f"/Groups/{group}", {"op": "remove", "path": f'members[value eq "{user}"]'})

    def _patch(self, path: str, *operations: dict[str, Any]) -> None:
        urn = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
        self.http.patch(path, json={"schemas": [urn], "Operations": operations})
