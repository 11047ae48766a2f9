"""`kind: Group`: a group, and who is in it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Final, Literal

from pydantic import Discriminator, Field, Tag

from reconciler.documents.nodes import List, Map
from reconciler.manifests.kinds.manifest import (
    Built,
    Extensible,
    Fields,
    Manifest,
    ManifestKind,
    attributes_of,
    period_of,
)
from reconciler.manifests.origin import Origin
from reconciler.manifests.scalars import Date, FilledText, Flag, Given, Name, ObjectId, Text
from reconciler.model.declared import DatedMember, Group, MembershipMode
from reconciler.model.diagnostic import Diagnostic, Position, error, warning
from reconciler.model.identity import GroupKey, Kind, UserKey, object_id


class UserMember(Fields):
    """A user, for a time when dates are given."""

    user: Name
    from_: Given[Date] = Field(default=None, alias="from")
    until: Given[Date] = None


class GroupMember(Fields):
    """A group inside this group, for a time when dates are given."""

    group: Name
    from_: Given[Date] = Field(default=None, alias="from")
    until: Given[Date] = None


def _form(written: object) -> str:
    if not isinstance(written, Map):
        return "name"
    return "group" if "group" in written else "user"


Member = Annotated[
    Annotated[Name, Tag("name")]
    | Annotated[UserMember, Tag("user")]
    | Annotated[GroupMember, Tag("group")],
    Discriminator(_form),
]


class GroupSpec(Extensible):
    """What the group is called, and who is in it."""

    display_name: FilledText = Field(description="Its name at the targets; unique, case ignored.")
    description: Text | None = None
    mail_nickname: Text | None = None
    object_id: Given[ObjectId] = Field(
        default=None, description="The directory's object id; derived from the name when left out."
    )
    formerly: tuple[FilledText, ...] = Field(
        default=(), description="Earlier display names, so that a rename finds the live group."
    )
    membership: MembershipMode = Field(
        default=MembershipMode.AUTHORITATIVE,
        description="`authoritative` removes members that nobody declares, `additive` never does.",
    )
    members: Given[tuple[Member, ...]] = Field(
        default=None,
        description="Names of users; `{user: …}` or `{group: …}`, with `from` and `until`.",
    )
    member_rule: Given[FilledText] = Field(
        default=None, description="CEL over `user`; everybody for whom it is true is a member."
    )
    adopt: Flag = Field(
        default=False, description="Take over a live group of that name that has no mark yet."
    )


class GroupManifest(Manifest):
    """A group and its members."""

    kind: Literal["Group"]
    spec: GroupSpec


#: The field of each attribute and its name in manifests.
ATTRIBUTES: Final = {
    "display_name": "displayName",
    "description": "description",
    "mail_nickname": "mailNickname",
    "object_id": "objectId",
}


def _build(manifest: GroupManifest, origin: Origin) -> Built[Group]:
    key = GroupKey(manifest.metadata.name)
    spec = manifest.spec
    members = _Members(origin)
    for index, member in enumerate(spec.members or ()):
        members.add(index, member)
    group = Group(
        key=key,
        attributes=attributes_of(spec, ATTRIBUTES, object_id(Kind.GROUP, key)),
        at=origin.at("metadata", "name"),
        membership=spec.membership,
        users={UserKey(name): members.users[name] for name in sorted(members.users)},
        groups={GroupKey(name): members.groups[name] for name in sorted(members.groups)},
        dated=tuple(sorted(members.dated, key=lambda member: (member.kind, member.key, member.at))),
        member_rule=spec.member_rule,
        member_rule_at=None if spec.member_rule is None else origin.at("spec", "memberRule"),
        formerly=spec.formerly,
        adopt=spec.adopt,
        labels=manifest.metadata.labels,
        owner=manifest.metadata.owner,
    )
    return Built(group, (*members.faults(), *_surprises(manifest, origin)))


class _Members:
    """Sorts the entries of `members` by what they are; a plain name costs no more than a line."""

    def __init__(self, origin: Origin) -> None:
        self.users: dict[str, int] = {}
        self.groups: dict[str, int] = {}
        self.dated: list[DatedMember] = []
        self._origin = origin
        written = origin.find(("spec", "members"))[2]
        self._places = written.places if isinstance(written, List) else []
        self._found: list[Diagnostic] = []

    def add(self, index: int, member: str | UserMember | GroupMember) -> None:
        """Sort in the entry that stands at `index`."""
        if isinstance(member, str):
            self._add_plain(Kind.USER, member, index)
        elif isinstance(member, UserMember):
            self._add_entry(Kind.USER, member.user, member, index)
        else:
            self._add_entry(Kind.GROUP, member.group, member, index)

    def _add_entry(self, kind: Kind, key: str, entry: UserMember | GroupMember, index: int) -> None:
        steps = ("spec", "members", index)
        period, faults = period_of(self._origin, steps, entry.from_, entry.until)
        self._found += faults
        if entry.from_ is None and entry.until is None:
            self._add_plain(kind, key, index)
        else:
            self.dated.append(DatedMember(kind, key, period, self._origin.at(*steps)))

    def _add_plain(self, kind: Kind, key: str, index: int) -> None:
        lines = self.users if kind is Kind.USER else self.groups
        line, column = self._places[index]
        if key in lines:
            self._found.append(
                warning(
                    "duplicate-member",
                    f"{self._origin.subject}: the {kind} {key} stands in `members` twice, "
                    f"first in line {lines[key]}",
                    Position(self._origin.file, line, column),
                    hint="remove one of them",
                )
            )
        lines.setdefault(key, line)

    def faults(self) -> Iterator[Diagnostic]:
        """What is wrong with single entries, and entries that contradict each other."""
        yield from self._found
        for member in self.dated:
            lines = self.users if member.kind is Kind.USER else self.groups
            if member.key in lines:
                yield error(
                    "member-with-and-without-dates",
                    f"{self._origin.subject}: the {member.kind} {member.key} is a member for a "
                    f"time here and for ever in line {lines[member.key]}",
                    member.at,
                    hint="remove one of them",
                )


def _surprises(manifest: GroupManifest, origin: Origin) -> Iterator[Diagnostic]:
    """What is allowed and probably not meant."""
    spec = manifest.spec
    rules_over_members = spec.membership is MembershipMode.AUTHORITATIVE
    if rules_over_members and spec.members is None and spec.member_rule is None:
        yield warning(
            "no-members-stated",
            f"{origin.subject}: neither `members` nor `memberRule` is written, so an "
            "authoritative group has nobody in it",
            origin.at("spec"),
            hint="write `members: []` if that is meant, else `membership: additive`",
        )
    if manifest.metadata.labels.get("privileged", "true") not in {"true", "false"}:
        yield warning(
            "unclear-label",
            f"{origin.subject}: the label `privileged` is neither true nor false, "
            "so the group is not guarded",
            origin.at("metadata", "labels", "privileged"),
            hint="write `privileged: true`",
        )


GROUP: Final = ManifestKind(GroupManifest, _build)
