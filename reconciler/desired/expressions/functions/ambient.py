"""Functions that need more than the object: the moment, the directory's domain, random numbers.

Random values follow from the deployment's key and the place of the call (`context`), so that a plan
that is made twice draws the same twice. A mapping may use the moment and random numbers only when a
resource is created: otherwise no plan would ever be empty.
"""

from __future__ import annotations

import string
from collections.abc import Iterator
from typing import Final
from uuid import UUID

from reconciler.desired.expressions.context import Context
from reconciler.desired.expressions.moments import canonical, ticks_of
from reconciler.desired.expressions.signature import (
    Ambient,
    Function,
    Kind,
    function,
    optional,
    required,
)
from reconciler.desired.expressions.values import RefusalError

MAX_RANDOM: Final = 256  # characters of one random text: Entra's limit
# The special characters of Windows' password complexity rule, but the quotation mark and the
# backslash, which do not survive being pasted.
_SPECIAL: Final = "~!@#$%^&*_-+=`|(){}[]:;'<>,.?/"
_KINDS: Final = (string.digits, _SPECIAL, string.ascii_uppercase, string.ascii_lowercase)


def now(context: Context, _: int) -> str:
    """The moment for which everything is decided."""
    return canonical(ticks_of(context.as_of))


def guid(context: Context, offset: int) -> str:
    """A random UUID (RFC 9562, version 4)."""
    return str(UUID(int=next(context.numbers(offset)), version=4))


def default_domain(context: Context, _: int) -> str:
    """The directory's default domain, which the target states."""
    if context.default_domain is None:
        raise RefusalError("expected a target that has `defaultDomain`")
    return context.default_domain


def random_string(  # noqa: PLR0917 - the parameters of the language, in its order
    context: Context,
    offset: int,
    length: int | None,
    digits: int | None,
    special: int | None,
    capital: int | None,
    small: int | None,
    avoid: str | None,
) -> str:
    """A random text with at least so many characters of each kind.

    What is left to draw comes from the kinds that were asked for, or from letters and digits where
    none was.
    """
    least = [number or 0 for number in (digits, special, capital, small)]
    if length is None or not 1 <= length <= MAX_RANDOM:
        raise RefusalError(f"Length: expected 1 to {MAX_RANDOM}")
    if min(least) < 0 or sum(least) > length:
        raise RefusalError("expected minimums of 0 or more that are no more than Length together")
    kinds = ["".join(c for c in kind if c not in (avoid or "")) for kind in _KINDS]
    if any(number and not kind for number, kind in zip(least, kinds, strict=True)):
        raise RefusalError("CharactersToAvoid: expected some of each kind to be left")
    wanted = [kind for number, kind in zip(least, kinds, strict=True) if number]
    rest = "".join(wanted) or kinds[0] + kinds[2] + kinds[3]
    if not rest:
        raise RefusalError("CharactersToAvoid: expected some characters to be left")
    numbers = context.numbers(offset)
    pools = [kind for number, kind in zip(least, kinds, strict=True) for _ in range(number)]
    pools += [rest] * (length - len(pools))
    drawn = [pool[next(numbers) % len(pool)] for pool in pools]
    return "".join(_shuffled(drawn, numbers))


def _shuffled(drawn: list[str], numbers: Iterator[int]) -> list[str]:
    """Every order is equally likely (Fisher and Yates)."""
    for last in range(len(drawn) - 1, 0, -1):
        other = next(numbers) % (last + 1)
        drawn[last], drawn[other] = drawn[other], drawn[last]
    return drawn


FUNCTIONS: tuple[Function, ...] = (
    function("Now", Ambient(now)),
    function("Guid", Ambient(guid)),
    function("DefaultDomain", Ambient(default_domain)),
    function(
        "RandomString",
        Ambient(random_string),
        required("Length", Kind.WHOLE),
        required("MinimumNumbers", Kind.WHOLE),
        required("MinimumSpecialCharacters", Kind.WHOLE),
        required("MinimumCapital", Kind.WHOLE),
        required("MinimumLowerCase", Kind.WHOLE),
        optional("CharactersToAvoid", Kind.TEXT),
    ),
)
