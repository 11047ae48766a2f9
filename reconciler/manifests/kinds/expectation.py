"""`kind: Expectation`: what must hold of effective access, whoever changes the manifests."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Annotated, ClassVar, Final, Literal

from pydantic import ConfigDict, Discriminator, Field, PlainValidator, Tag, WithJsonSchema

from reconciler.documents.nodes import List
from reconciler.manifests.kinds.manifest import Built, Fields, Manifest, ManifestKind
from reconciler.manifests.origin import Origin, Step
from reconciler.manifests.scalars import Count, Date, FilledText, Flag, Given, Name, fault, is_name
from reconciler.model.diagnostic import Diagnostic, Position, error, warning
from reconciler.model.expectation import (
    Assertion,
    Disjoint,
    EveryMember,
    Expectation,
    HasAccount,
    Inside,
    MemberCount,
    MemberOf,
    NoMember,
    NotMemberOf,
    Way,
)
from reconciler.model.identity import GroupKey, UserKey

OneOrMore = Annotated[
    Annotated[Name, Tag("name")] | Annotated[tuple[Name, ...], Tag("names")],
    Discriminator(lambda written: "names" if isinstance(written, List) else "name"),
]

_GROUP: Final = "group:"


def _through(written: object) -> Way | Inside:
    if isinstance(written, str):
        if written in set(Way):
            return Way(written)
        if written.startswith(_GROUP) and is_name(written.removeprefix(_GROUP)):
            return Inside(GroupKey(written.removeprefix(_GROUP)))
    raise fault(
        "invalid-choice",
        "must be `rule`, `static` or `group:NAME`",
        hint="NAME is a group inside the one that `memberOf` names",
    )


Through = Annotated[
    Way | Inside,
    PlainValidator(_through),
    WithJsonSchema({"type": "string", "pattern": "^(rule|static|group:[a-z0-9._-]+)$"}),
]


class Bounds(Fields):
    """How many people; both bounds are included."""

    at_least: Given[Count] = None
    at_most: Given[Count] = None


class EntryFields(Fields):
    """What must hold of one user or of one group; several statements must all hold."""

    # Beside those of `Fields`, which stay.
    model_config: ClassVar[ConfigDict] = ConfigDict(
        json_schema_extra={"oneOf": [{"required": ["user"]}, {"required": ["group"]}]}
    )

    user: Given[Name] = Field(default=None, description="The name of a User.")
    member_of: Given[OneOrMore] = Field(
        default=None, description="Groups that the user is in, each of them."
    )
    through: Given[Through] = Field(
        default=None,
        description="With `memberOf`: `static` (a line of the group), `rule` (its memberRule) or "
        "`group:NAME` (a group inside it); other ways may lead there too.",
    )
    not_member_of: Given[OneOrMore] = Field(
        default=None, description="Groups that the user is not in, none of them."
    )
    provisioned: Given[Flag] = Field(
        default=None, description="Whether the target should have an active account of the user."
    )
    group: Given[Name] = Field(default=None, description="The name of a Group.")
    members: Given[Bounds] = Field(default=None, description="How many people are in the group.")
    every_member: Given[FilledText] = Field(
        default=None, description="CEL over `user`, true for everybody in the group."
    )
    no_member: Given[FilledText] = Field(
        default=None, description="CEL over `user`, true for nobody in the group."
    )
    disjoint_from: Given[OneOrMore] = Field(
        default=None, description="Groups that share nobody with the group."
    )


class ExpectationSpec(Fields):
    """What must hold, where, when and why."""

    target: Given[Name] = Field(
        default=None,
        description="What that Target should hold; without it, membership as it is declared.",
    )
    as_of: Given[Date] = Field(
        default=None, description="Another day (its beginning) or instant than that of the run."
    )
    because: FilledText = Field(description="Why it must hold; stands in the message.")
    expect: tuple[EntryFields, ...] = Field(description="What must hold, all of it.")


class ExpectationManifest(Manifest):
    """A test of effective access; while it does not hold, nothing is planned or applied."""

    kind: Literal["Expectation"]
    spec: ExpectationSpec


_OF_USERS: Final = {
    "member_of": "memberOf",
    "not_member_of": "notMemberOf",
    "through": "through",
    "provisioned": "provisioned",
}
_OF_GROUPS: Final = {
    "members": "members",
    "every_member": "everyMember",
    "no_member": "noMember",
    "disjoint_from": "disjointFrom",
}


def _build(manifest: ExpectationManifest, origin: Origin) -> Built[Expectation]:
    spec = manifest.spec
    entries = [_Entry(entry, origin, index) for index, entry in enumerate(spec.expect)]
    assertions = [assertion for entry in entries for assertion in entry.assertions()]
    expectation = Expectation(
        name=manifest.metadata.name,
        target=spec.target,
        as_of=spec.as_of,
        because=spec.because,
        assertions=tuple(assertions),
        at=origin.at("metadata", "name"),
        owner=manifest.metadata.owner,
    )
    found = [fault for entry in entries for fault in entry.faults(spec.target)]
    if not spec.expect:
        message = f"{origin.subject}: `expect` is empty, so nothing is expected"
        hint = "add an entry, or remove the manifest"
        found.append(error("empty-list", message, origin.at("spec", "expect"), hint=hint))
    return Built(expectation, (*found, *_repeated(assertions, origin)))


@dataclass(frozen=True, slots=True)
class _Entry:
    """One entry of `expect`, and where it stands."""

    fields: EntryFields
    origin: Origin
    index: int

    def assertions(self) -> Iterator[Assertion]:
        """What the entry says; nothing where it does not say of whom."""
        fields = self.fields
        if fields.user is not None:
            user = UserKey(fields.user)
            for group, at in self._groups("memberOf", fields.member_of):
                yield MemberOf(user, group, fields.through, at)
            for group, at in self._groups("notMemberOf", fields.not_member_of):
                yield NotMemberOf(user, group, at)
            if fields.provisioned is not None:
                yield HasAccount(user, fields.provisioned, self._at("provisioned"))
        if fields.group is not None:
            group = GroupKey(fields.group)
            if fields.members is not None:
                bounds = fields.members
                yield MemberCount(group, bounds.at_least, bounds.at_most, self._at("members"))
            if fields.every_member is not None:
                yield EveryMember(group, fields.every_member, self._at("everyMember"))
            if fields.no_member is not None:
                yield NoMember(group, fields.no_member, self._at("noMember"))
            for other, at in self._groups("disjointFrom", fields.disjoint_from):
                yield Disjoint(group, other, at)

    def faults(self, target: str | None) -> Iterator[Diagnostic]:
        """What the entry's fields do not say together."""
        fields = self.fields
        written = [name for field, name in _OF_USERS.items() if field in fields.model_fields_set]
        asked = [name for field, name in _OF_GROUPS.items() if field in fields.model_fields_set]
        if (fields.user is None) == (fields.group is None):
            said = "an entry is about one `user` or about one `group`"
            yield self._malformed(said, "split it into two" if fields.user else "name one of them")
            return
        for name in asked if fields.user is not None else written:
            subject, other = ("user", "group") if fields.user is not None else ("group", "user")
            said = f"`{name}` is said of a {other}, and the entry is about a {subject}"
            yield self._malformed(said, f"move it to an entry with `{other}:`", name)
        if not {*written, *asked} - {"through"}:
            said = "the entry does not say what is expected"
            yield self._malformed(said, "add for example `memberOf:` or `members:`")
        if fields.through is not None and fields.member_of is None:
            yield self._malformed("`through` needs `memberOf`", "say in which group", "through")
        if fields.provisioned is not None and target is None:
            said = "`provisioned` is asked of a target, and none is named"
            yield self._malformed(said, "add `target:` to `spec`", "provisioned")
        yield from self._empty()

    def _empty(self) -> Iterator[Diagnostic]:
        """Lists and bounds that ask for nothing, or for what cannot be."""
        fields = self.fields
        for name, groups in (
            ("memberOf", fields.member_of),
            ("notMemberOf", fields.not_member_of),
            ("disjointFrom", fields.disjoint_from),
        ):
            if groups == ():
                message = f"{self.origin.subject}: `{name}` is empty, so nothing is expected"
                yield error("empty-list", message, self._at(name), hint="name a group")
        if fields.group is not None and fields.group in _names(fields.disjoint_from):
            said = f"{fields.group} shares its members with itself"
            yield self._malformed(said, "name another group", "disjointFrom")
        bounds = fields.members
        if bounds is None:
            return
        if bounds.at_least is None and bounds.at_most is None:
            yield self._malformed("`members` has no bound", "add `atLeast` or `atMost`", "members")
        elif _crossed(bounds):
            said = "`atLeast` is above `atMost`, which no group can be"
            yield self._malformed(said, "exchange them", "members")

    def _groups(
        self, field: str, groups: str | tuple[str, ...] | None
    ) -> Iterator[tuple[GroupKey, Position]]:
        if isinstance(groups, str):
            yield GroupKey(groups), self._at(field)
            return
        for number, name in enumerate(groups or ()):
            yield GroupKey(name), self._at(field, number)

    def _malformed(self, said: str, hint: str, *steps: Step) -> Diagnostic:
        message = f"{self.origin.subject}: {said}"
        return error("expectation-form", message, self._at(*steps), hint=hint)

    def _at(self, *steps: Step) -> Position:
        return self.origin.at("spec", "expect", self.index, *steps)


def _names(groups: str | tuple[str, ...] | None) -> tuple[str, ...]:
    return (groups,) if isinstance(groups, str) else groups or ()


def _crossed(bounds: Bounds) -> bool:
    least, most = bounds.at_least, bounds.at_most
    return least is not None and most is not None and least > most


_NOWHERE: Final = Position("", 0)


def _repeated(assertions: list[Assertion], origin: Origin) -> Iterator[Diagnostic]:
    """Assertions that stand twice; a change to one of them would be undone by the other."""
    first: dict[Assertion, Position] = {}
    for assertion in assertions:
        said = replace(assertion, at=_NOWHERE)
        if said in first:
            message = f"{origin.subject}: this is expected twice, first in line {first[said].line}"
            hint = "remove one of them"
            yield warning("duplicate-expectation", message, assertion.at, hint=hint)
        first.setdefault(said, assertion.at)


EXPECTATION: Final = ManifestKind(ExpectationManifest, _build)
