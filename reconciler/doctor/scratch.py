"""Objects that an examination makes for itself, and takes away again whatever happens.

Their names begin with a prefix that nothing else has, and that is handed to `remember` before the
first of them is made: a run that is killed leaves a prefix behind, and names follow from it. So
`remove_left` finds them by their names, and deletes nothing whose name is another one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import quote

from reconciler.doctor.line import Line, Reading
from reconciler.doctor.operations import patch, setting
from reconciler.model.attributes import AttributeType
from reconciler.model.dialect import MediaType
from reconciler.model.identity import Kind
from reconciler.model.path import CORE_GROUP, CORE_USER, Json
from reconciler.model.profile import Profile

PREFIX: Final = "reconciler-doctor-"
NAMES: Final = {Kind.USER: "userName", Kind.GROUP: "displayName"}
#: What an examination makes: two people, one of another domain, and a group whose name is tried
#: twice; the last of each is what somebody is renamed to.
RENAMED: Final = "eve"
_PEOPLE: Final = ("ada", "bo", RENAMED)
_STRANGER: Final = "cy"
#: Nobody has this domain, and nobody ever will (RFC 2606).
_ELSEWHERE: Final = "elsewhere.invalid"
_GROUPS: Final = ("team", "TEAM", "crew")
#: The most requests that taking everything away costs: each is looked for and deleted, and people
#: whom nobody can delete are switched off and looked at.
CLEANING: Final = 4 * (len(_PEOPLE) + 1) + 2 * len(_GROUPS)


@dataclass(slots=True)
class Scratch:
    """What was made; `tag` tells this examination from every other.

    A user and a group can have the same id, where ids are numbers of each kind's own.
    """

    line: Line
    profile: Profile
    tag: str
    domain: str
    rich: bool = False  # people have more than the profile requires
    made: set[tuple[Kind, str]] = field(default_factory=set)
    perhaps: list[str] = field(default_factory=list)  # sent, and nobody knows what became of it

    @property
    def media_type(self) -> MediaType:
        """What the bodies that are sent are called."""
        return self.profile.transport.content_type

    def user_name(self, who: str) -> str:
        return _user_name(self.tag, who, self.domain)

    def group_name(self, what: str) -> str:
        return f"{PREFIX}{self.tag}-{what}"

    def renamed(self, kind: Kind) -> str:
        """The name that one of a kind is renamed to."""
        if kind is Kind.GROUP:
            return self.group_name(_GROUPS[-1])
        return self.user_name(RENAMED)

    def user(self, who: str) -> dict[str, Json]:
        """A user with everything that is required, as it is sent."""
        return self._user(self.user_name(who))

    def group(self, what: str) -> dict[str, Json]:
        """A group without members; likewise."""
        name = self.group_name(what)
        required = self._required(Kind.GROUP, name)
        return {"schemas": [CORE_GROUP], **required, "displayName": name}

    async def make_user(self, who: str, **more: Json) -> Reading:
        """What is made is remembered."""
        return await self._make(Kind.USER, {**self.user(who), **more})

    async def make_stranger(self) -> Reading:
        """A user like the others, of a domain that nobody has."""
        return await self._make(Kind.USER, self._user(_user_name(self.tag, _STRANGER, _ELSEWHERE)))

    async def make_group(self, what: str) -> Reading:
        """What is made is remembered."""
        return await self._make(Kind.GROUP, self.group(what))

    def _user(self, name: str) -> dict[str, Json]:
        more = _everything(name) if self.rich else {}
        required = self._required(Kind.USER, name)
        return {"schemas": [CORE_USER], "userName": name, "active": True, **more, **required}

    def _required(self, kind: Kind, name: str) -> Mapping[str, Json]:
        found: dict[str, Json] = {}
        for path in self.profile.of(kind).required:
            known = self.profile.characteristics(kind, path)
            if path.sub is not None:
                holder = found.setdefault(path.attribute, {})
                found[path.attribute] = {**_mapping(holder), path.sub: "Doctor"}
            elif known.type is AttributeType.COMPLEX:
                found[path.attribute] = [{"type": "work", "value": name, "primary": True}]
            elif path.attribute.lower() != "username":
                found[path.attribute] = name
        return found

    async def _make(self, kind: Kind, body: Mapping[str, Json]) -> Reading:
        made = await self.line.ask("POST", self.line.path(kind), body)
        if made.fine and made.id is not None:
            self.made.add((kind, made.id))
        elif made.fine or made.status == 0 or made.status >= 500:
            self.perhaps.append(f"perhaps the {kind} {body[NAMES[kind]]}")
        return made

    async def clean(self) -> tuple[str, ...]:
        """Take away what was made; the names of what may be left, for people to remove."""
        left = list(self.perhaps)
        # Groups first: some providers refuse to delete somebody who is in one.
        for kind, made in sorted(self.made, key=lambda item: (item[0] is Kind.USER, item[1])):
            if not await _is_gone(self.line, kind, made):
                left.append(f"the {kind} with the id {made}")
        return tuple(left)


async def remove_left(line: Line, tag: str, domain: str) -> tuple[str, ...]:
    """Take away what a killed examination left; what could not be removed."""
    left = []
    names = [(Kind.GROUP, f"{PREFIX}{tag}-{what}") for what in _GROUPS]
    names += [(Kind.USER, _user_name(tag, who, domain)) for who in _PEOPLE]
    names.append((Kind.USER, _user_name(tag, _STRANGER, _ELSEWHERE)))
    for kind, name in names:
        text = quote(f'{NAMES[kind]} eq "{name}"', safe="")
        found = await line.get(f"{line.path(kind)}?filter={text}")
        ours = next((row for row in found.rows if _is_called(row, kind, name)), None)
        if ours is None:
            # A provider that ignores filters answers with everybody, page by page.
            if found.rows or not found.listed:
                left.append(f"perhaps the {kind} {name}")
            continue
        if not await _is_gone(line, kind, str(ours.get("id"))):
            left.append(f"the {kind} {name}")
    return tuple(left)


async def _is_gone(line: Line, kind: Kind, id: str) -> bool:
    """Delete it; who cannot be deleted is switched off, and that is as far as anybody gets."""
    gone = await line.ask("DELETE", line.path(kind, id))
    if gone.fine or gone.gone:
        return True
    if kind is Kind.GROUP or gone.status == 0 or gone.status >= 500:
        return False
    await patch(line, kind, id, setting("active", False))
    now = await line.get(line.path(kind, id))
    return now.gone or str(now.data.get("active")).lower() == "false"


def _everything(name: str) -> dict[str, Json]:
    """What providers ask for of people, one or the other of it."""
    return {
        "externalId": name,
        "displayName": "Doctor",
        "name": {"givenName": "Doctor", "familyName": "Doctor", "formatted": "Doctor"},
        "emails": [{"type": "work", "value": name, "primary": True}],
    }


def _user_name(tag: str, who: str, domain: str) -> str:
    return f"{PREFIX}{tag}-{who}@{domain}"


def _is_called(row: Mapping[str, Json], kind: Kind, name: str) -> bool:
    held = row.get(NAMES[kind].lower())
    return isinstance(held, str) and held.lower() == name.lower()


#: Writes down that an examination begins; None that nothing is left of it.
Remember = Callable[[tuple[str, str] | None], None]


def _mapping(value: Json) -> Mapping[str, Json]:
    return value if isinstance(value, Mapping) else {}
