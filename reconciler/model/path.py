"""SCIM attribute paths (RFC 7644 §3.5.2): parsed once, read many times.

Four shapes are mapped: `userName`, `name.givenName`, `emails[type eq "work"].value`, and each of
them behind a schema URN, as in `urn:…:enterprise:2.0:User:department`.

Names compare without case (RFC 7643 §2.1), so resources are kept with *folded* names (`fold`) and
a path reads by its folded names. The text that an author wrote is what is shown and sent.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

Scalar = str | int | float | bool | None
#: An attribute value in canonical form. Multi-valued simple attributes are tuples.
Value = Scalar | tuple[Scalar, ...]
#: What JSON can hold, as read from a provider.
Json = None | bool | int | float | str | Sequence["Json"] | Mapping[str, "Json"]

CORE_USER = "urn:ietf:params:scim:schemas:core:2.0:User"
CORE_GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
ENTERPRISE_USER = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"

_PATH = re.compile(
    r"""
    (?:(?P<urn>urn:[A-Za-z0-9:._\-]+):)?
    (?P<attribute>\$?[A-Za-z][\w\-]*)
    (?:\[\s*(?P<by>[A-Za-z][\w\-]*)\s+(?:[eE][qQ])\s+(?P<value>"(?:[^"\\]|\\(?:["\\/bfnrt]|u[0-9A-Fa-f]{4}))*"|true|false)\s*\])?
    (?:\.(?P<sub>\$?[A-Za-z][\w\-]*))?
    """,
    re.VERBOSE,
)


class PathError(ValueError):
    """The text is not an attribute path that can be mapped."""


@dataclass(frozen=True, slots=True)
class Selector:
    """`[type eq "work"]`: picks one element of a multi-valued attribute."""

    attribute: str
    value: str | bool


@dataclass(frozen=True, slots=True, eq=False)
class AttributePath:
    """A parsed path. `text` is the author's spelling; equality is by meaning, not by spelling.

    `folded` is that meaning: lower case, without the core schemas' URNs. It is worked out once,
    because paths are looked up in dictionaries for every value of every resource.
    """

    urn: str | None
    attribute: str
    selector: Selector | None
    sub: str | None
    text: str
    folded: str = field(init=False)
    _hash: int = field(init=False, repr=False)

    def __post_init__(self) -> None:
        urn = f"{self.urn}:" if self.urn and not _is_core(self.urn) else ""
        pick = f'[{self.selector.attribute} eq "{self.selector.value}"]' if self.selector else ""
        sub = f".{self.sub}" if self.sub else ""
        folded = f"{urn}{self.attribute}{pick}{sub}".lower()
        object.__setattr__(self, "folded", folded)  # the dataclass is frozen from here on
        object.__setattr__(self, "_hash", hash(folded))

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        return isinstance(other, AttributePath) and self.folded == other.folded

    def __hash__(self) -> int:
        return self._hash

    def __str__(self) -> str:
        return self.text

    def read(self, data: Mapping[str, Json]) -> Json:
        """The raw value at this path of a resource with folded names; None where there is none.

        A selector that matches several elements reads the first, as RFC 7644 §3.5.2 leaves it open.
        """
        holder: Json = data
        if self.urn and not _is_core(self.urn):
            holder = data.get(self.urn.lower())
        found = holder.get(self.attribute.lower()) if isinstance(holder, Mapping) else None
        if self.selector is not None:
            found = _pick(found, self.selector)
        if self.sub is None:
            return found
        return found.get(self.sub.lower()) if isinstance(found, Mapping) else None


def _is_core(urn: str) -> bool:
    return urn.lower() in {CORE_USER.lower(), CORE_GROUP.lower()}


def _pick(elements: Json, selector: Selector) -> Json:
    if not isinstance(elements, Sequence) or isinstance(elements, str):
        return None
    wanted = str(selector.value).casefold()
    for element in elements:
        if isinstance(element, Mapping):
            held = element.get(selector.attribute.lower())
            if held is not None and str(held).casefold() == wanted:
                return element
    return None


@lru_cache(maxsize=4096)
def parse_path(text: str) -> AttributePath:
    """`text` as a path.

    Raises:
        PathError: it is not one of the four shapes; the message says what was expected.
    """
    match = _PATH.fullmatch(text)
    if match is None:
        raise PathError(
            f"{text!r} is not an attribute path; expected `userName`, `name.givenName`, "
            '`emails[type eq "work"].value` or one of them behind `urn:…:`'
        )
    selector = None
    if match["by"] is not None:
        # A comparison value is JSON (RFC 7644 §3.4.2.2); line breaks as they are do no harm.
        value: str | bool = json.loads(match["value"], strict=False)
        selector = Selector(match["by"], value)
    return AttributePath(match["urn"], match["attribute"], selector, match["sub"], text)


def fold(data: Json) -> Json:
    """The same data with every name in lower case, at every level."""
    if isinstance(data, Mapping):
        return {name.lower(): fold(value) for name, value in data.items()}
    if isinstance(data, Sequence) and not isinstance(data, str):
        return tuple(fold(item) for item in data)
    return data
