"""What a provider makes of one kind of resource: its attributes, and what may be done to them.

RFC 7643 §7 is the default for every attribute; a profile lists only what differs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from reconciler.model.attributes import (
    Characteristics,
    Uniqueness,
    attribute_name,
    characteristics,
)
from reconciler.model.path import AttributePath, parse_path
from reconciler.model.provenance import Act, quirk
from reconciler.model.rates import KindRates


class Rename(StrEnum):
    """What changing a unique name does to the resource behind it. Where it cannot be changed, the
    attribute is immutable (`attributes`)."""

    SAFE = "safe"
    DESTROYS = "destroys"  # the old record, its data and its sessions are lost


@dataclass(frozen=True, slots=True)
class ResourceType:
    """Users or groups, as one provider has them.

    `attributes` has what differs from the RFC, by path without selector (`name.givenName`). Those
    that are `required` there must have a value in every resource; a required attribute with several
    values (`emails`) is there when any of its elements is. `accepted` is the closed list of paths
    that are kept; empty means open.
    """

    attributes: Mapping[str, Characteristics] = field(
        metadata={
            "says": "what attributes are, where it is not what the RFC says",
            "acts": frozenset({Act.CREATE, Act.UPDATE}),
        }
    )
    accepted: tuple[str, ...] = quirk(
        (), "the attributes that are kept; none: every one", Act.CREATE, Act.UPDATE
    )
    rename: Rename = quirk(Rename.SAFE, "what changing the unique name does", Act.RENAME)
    mark: str | None = quirk(None, "the attribute that can carry an ownership mark", Act.CREATE)
    domains: tuple[str, ...] = quirk(
        (), "domains of `userName` and e-mail addresses that it takes; none: every one", Act.CREATE
    )
    one_element: bool = quirk(
        default=False,
        says="keeps one element of an attribute that has several",
    )
    endpoint: str | None = quirk(
        None, "the path behind the base URL, as it is spelled there; none: Users or Groups"
    )
    read_only: bool = quirk(default=False, says="takes no writes of them from anybody")
    become: str | None = quirk(None, "what each of them is there beside what it is called")
    filterable: tuple[str, ...] = quirk(
        (), "attributes by whose value a filter finds them; none: every one"
    )
    registered_domains: bool = quirk(
        default=False, says="takes registered domains alone; `domains` should name them"
    )
    most: int | None = quirk(None, "how many of them there can be", Act.CREATE)
    writes_per_second: float | None = quirk(None, "the most writes of them in a second")
    write_burst: int = quirk(
        0, "writes of them that may go at once after a rest; 0: they are spread out"
    )
    writes_per_hour: int | None = quirk(None, "the most writes of them in an hour")
    _own: Mapping[str, Characteristics] = field(init=False, repr=False, compare=False)
    _accepted: frozenset[AttributePath] = field(init=False, repr=False, compare=False)
    _filterable: frozenset[str] = field(init=False, repr=False, compare=False)
    # Asked for every value of every resource, so each path is worked out once. By its text: that
    # hashes faster than a path does.
    _known: dict[str, Characteristics] = field(
        init=False, repr=False, compare=False, default_factory=dict
    )

    def __post_init__(self) -> None:
        own = {attribute_name(parse_path(text)): c for text, c in self.attributes.items()}
        object.__setattr__(self, "_own", own)  # the dataclass is frozen from here on
        object.__setattr__(self, "_accepted", frozenset(map(parse_path, self.accepted)))
        names = frozenset(attribute_name(parse_path(text)) for text in self.filterable)
        object.__setattr__(self, "_filterable", names)

    @property
    def rates(self) -> KindRates:
        """The provider's limits on writes of them."""
        return KindRates(self.writes_per_second, self.write_burst, self.writes_per_hour)

    def filters_by(self, path: AttributePath) -> bool:
        """Whether a filter finds them by what they have there."""
        return not self._filterable or attribute_name(path) in self._filterable

    def characteristics(self, path: AttributePath) -> Characteristics:
        """What holds of the attribute at `path` here: the profile's word, else the RFC's."""
        known = self._known.get(path.folded)
        if known is None:
            own = self._own.get(attribute_name(path))
            known = self._known[path.folded] = characteristics(path) if own is None else own
        return known

    def accepts(self, path: AttributePath) -> bool:
        """Whether the provider keeps what is written there, as far as the profile knows."""
        return not self._accepted or path in self._accepted

    @property
    def required(self) -> tuple[AttributePath, ...]:
        """What every resource must have a value for, sorted."""
        return tuple(parse_path(text) for text, c in sorted(self.attributes.items()) if c.required)


def fulfils(path: AttributePath, required: AttributePath) -> bool:
    """Whether a value at `path` is one of what is required: `emails[type eq "work"].value` is one
    of `emails`."""
    sub = None if required.sub is None else path.sub
    return attribute_name(
        AttributePath(path.urn, path.attribute, None, sub, path.text)
    ) == attribute_name(required)


#: What RFC 7643 §4.1 and §8.7.1 say of users.
USER_ATTRIBUTES: Final[Mapping[str, Characteristics]] = {
    "userName": Characteristics(required=True, uniqueness=Uniqueness.SERVER),
}
#: Of groups, §4.2. The RFC lets two groups share a name, but every client finds them by it.
GROUP_ATTRIBUTES: Final[Mapping[str, Characteristics]] = {
    "displayName": Characteristics(required=True, uniqueness=Uniqueness.SERVER),
}
