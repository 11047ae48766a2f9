"""What an expression may know besides the object: a moment, a domain, a source of random numbers.

It goes in as a value, so that nothing here reads a clock or draws by chance, and the same plan is
made twice. Random numbers follow from the deployment's key and from the place where they are used:
the target, the subject, the attribute, and where the call stands in the text.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from itertools import count
from typing import Final, NamedTuple

from reconciler.model.key import PUBLIC_KEY, Key
from reconciler.model.path import Value


@dataclass(frozen=True, slots=True)
class Context:
    """The circumstances of one evaluation. `place` is where its random numbers are used."""

    as_of: datetime
    key: Key
    default_domain: str | None = None
    place: tuple[str, ...] = ()

    def at(self, *place: str) -> Context:
        """The same, further in."""
        return replace(self, place=(*self.place, *place))

    def numbers(self, offset: int) -> Iterator[int]:
        """Random whole numbers of 128 bits for the call at `offset` of the text; without end."""
        return map(partial(self._number, offset), count())

    def _number(self, offset: int, nth: int) -> int:
        drawn = self.key.digest("draw", *self.place, offset, nth)
        return int.from_bytes(drawn[:16], "big")


#: For expressions that ask for none of it; what it answers is never to be sent.
NOWHERE: Final = Context(datetime(1, 1, 1, tzinfo=UTC), PUBLIC_KEY)


class Given(NamedTuple):
    """What an evaluator gets: the attributes of an object, and the circumstances.

    One is made for every evaluation, and a tuple is made in half the time of a dataclass.
    """

    attributes: Mapping[str, Value]
    context: Context
