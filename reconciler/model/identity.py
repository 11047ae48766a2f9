"""Keys and kinds: what a person, a group and a live resource are called.

A *key* is `metadata.name` of a manifest, stable in Git. A *resource id* is what the service
provider calls the same thing, opaque to us (RFC 7643 §3.1). The two never mix.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NewType
from uuid import UUID, uuid5

UserKey = NewType("UserKey", str)
GroupKey = NewType("GroupKey", str)
ResourceId = NewType("ResourceId", str)

# The namespace of the object ids that we derive; changing it would rename everybody.
_OBJECT_IDS = UUID("5a0c0e0e-6f7b-5d0c-9a52-2f4d1f8b7c11")

_LIVE_PREFIX = "id:"


class Kind(StrEnum):
    """The two resource types of RFC 7643 §4 that are reconciled."""

    USER = "user"
    GROUP = "group"


@dataclass(frozen=True, slots=True, order=True)
class Subject:
    """Whom a change, an outcome or a note is about. Written `user:e10342` or `group:zpa-ops`.

    `key` is the manifest's name, or `id:<resource id>` for a live resource without a manifest.
    """

    kind: Kind
    key: str

    def __str__(self) -> str:
        return f"{self.kind}:{self.key}"


def live_key(id: ResourceId) -> str:
    """The key of a live resource that no manifest declares: `id:2819c223`."""
    return _LIVE_PREFIX + id


def id_from_key(key: str) -> ResourceId | None:
    """The live resource that such a key names; None for a manifest's key."""
    return ResourceId(key.removeprefix(_LIVE_PREFIX)) if key.startswith(_LIVE_PREFIX) else None


def member_key(subject: Subject) -> str:
    """What somebody is called as a member: a user by the key, a group as `group:KEY`.

    No user's key can look like that, because names of manifests have no colon.
    """
    return subject.key if subject.kind is Kind.USER else str(subject)


def subject_of_member(key: str) -> Subject:
    """Whom such a key is about; whoever has no key (`id:…`) counts as a user."""
    kind, _, name = key.partition(":")
    return Subject(Kind.GROUP, name) if kind == Kind.GROUP else Subject(Kind.USER, key)


def object_id(kind: Kind, key: str) -> str:
    """The directory object id of somebody who declares none: a UUIDv5 of the kind and the name."""
    return str(uuid5(_OBJECT_IDS, f"{kind}:{key}"))


def role_id(target: str, role: str) -> str:
    """The id of a target's role that declares none: a UUIDv5 of both names."""
    return str(uuid5(_OBJECT_IDS, f"role:{target}:{role}"))
