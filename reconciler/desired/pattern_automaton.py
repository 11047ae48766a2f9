"""The position automaton of a pattern: which characters it consumes, and what may follow what.

One state per character that the pattern consumes (Glushkov's construction), an edge wherever one
may follow the other, counted by the number of *ways*, because a backtracking engine tries each way
once more. Numbers of ways are cut at 2: more than one is all that matters.

A bounded repetition is unrolled while it is small and taken for an unbounded one otherwise, which
errs to the side of finding too many ways. Lookarounds and atomic groups are set `apart`, to be
judged by themselves. A backreference counts as any one character.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import assert_never

from reconciler.desired.pattern_tree import (
    Atomic,
    Backreference,
    Capture,
    Choice,
    Edge,
    Look,
    Node,
    One,
    Repeat,
    Sequence,
)

MAX_UNROLLED = 64  # positions of one bounded repetition
MAX_WAYS = 50_000  # of matching one text, for what is finite
_LOOP_WAYS = 10  # what an unbounded loop inside something finite is counted as
_FEW = 4  # rounds whose loops are so few that they are judged as a chain of loops

#: Says which of a fixed list of sample characters a `One` matches, as the bits of a number.
Sample = Callable[[str], int]


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of the automaton: in how many ways it is empty, begins where, and ends where."""

    empty: int
    first: Mapping[int, int]
    last: Mapping[int, int]


_NOTHING = Part(1, {}, {})


@dataclass(slots=True)
class Automaton:
    """`masks[n]` is what position *n* matches, `follow[n]` what may come behind it.

    `loops` are the outermost ones. In one of those every position leads to every other: each is
    reached from where the body begins, leads to where it ends, and from there it begins again.
    """

    sample: Sample
    masks: list[int] = field(default_factory=list)
    follow: list[dict[int, int]] = field(default_factory=list)
    loops: list[range] = field(default_factory=list)
    apart: list[Node] = field(default_factory=list)

    def add(self, node: Node) -> Part:
        """Adds the positions of a node, and the edges inside of it."""
        match node:
            case One(text):
                return self._position(self.sample(text))
            case Backreference():
                return self._position(-1)
            case Edge():
                return _NOTHING
            case Look(_, body):
                self.apart.append(body)
                return _NOTHING
            case Atomic(body):
                self.apart.append(body)
                return self._opaque(body)
            case Capture(_, body):
                return self.add(body)
            case Sequence(parts):
                self.apart.extend(_optional_runs(parts))
                return self._joined([self.add(part) for part in parts])
            case Choice(options):
                return _either([self.add(option) for option in options])
            case Repeat():
                return self._repeat(node)
            case _:
                assert_never(node)

    def _position(self, mask: int) -> Part:
        place = len(self.masks)
        self.masks.append(mask)
        self.follow.append({})
        return Part(0, {place: 1}, {place: 1})

    def _opaque(self, body: Node) -> Part:
        """An atomic group from outside: one position that takes whatever it may begin with."""
        inner = Automaton(self.sample)
        part = inner.add(body)
        mask = 0
        for place in part.first:
            mask |= inner.masks[place]
        whole = self._position(mask)
        return Part(part.empty, whole.first, whole.last)

    def _joined(self, parts: Iterable[Part]) -> Part:
        whole = _NOTHING
        for part in parts:
            self._link(whole.last, part.first, 1)
            whole = Part(
                min(2, whole.empty * part.empty),
                _sum(whole.first, part.first, whole.empty),
                _sum(part.last, whole.last, part.empty),
            )
        return whole

    def _link(self, before: Mapping[int, int], after: Mapping[int, int], times: int) -> None:
        for place, ways in before.items():
            edges = self.follow[place]
            for following, more in after.items():
                edges[following] = min(2, edges.get(following, 0) + ways * more * times)

    def _repeat(self, node: Repeat) -> Part:
        if node.most is not None and _is_small(node, node.most):
            copies = [self.add(node.body) for _ in range(node.most)]
            # `a{1,3}` is `a(?:a(?:a)?)?`: which copy matches is decided by how many there are.
            optional = _NOTHING
            for copy in reversed(copies[node.least :]):
                longer = self._joined([copy, optional])
                optional = Part(min(2, longer.empty + 1), longer.first, longer.last)
            return self._joined([*copies[: node.least], optional])
        begins = len(self.masks)
        body = self.add(node.body)
        # An empty round ends an unbounded loop, but it counts towards a bounded one: there each
        # round may match or not, which doubles the ways.
        times = 2 if body.empty and max(node.least, node.most or 0) > 1 else 1
        self._link(body.last, body.first, times)
        self.loops = [loop for loop in self.loops if loop.start < begins]
        if begins < len(self.masks):
            self.loops.append(range(begins, len(self.masks)))
        return Part(min(2, body.empty + (node.least == 0)), body.first, body.last)


def _is_small(node: Repeat, most: int) -> bool:
    if most <= 1:
        return True
    # As in `(?:\w+\s?){1,4}`: the loops of few rounds cost no more than as many written out.
    loops = 1 if most <= _FEW else _LOOP_WAYS
    return most * size(node.body) <= MAX_UNROLLED and ways(node, loops) <= MAX_WAYS


def size(node: Node) -> int:
    """The positions that the node needs, with its bounded repetitions unrolled."""
    match node:
        case One() | Backreference():
            return 1
        case Edge() | Look():
            return 0
        case Capture(_, body) | Atomic(body):
            return size(body)
        case Sequence(parts) | Choice(parts):
            return sum(size(part) for part in parts)
        case Repeat(body, _, most, _):
            return size(body) * min(most or 1, MAX_UNROLLED + 1)
        case _:
            assert_never(node)


def ways(node: Node, loops: int = _LOOP_WAYS) -> int:
    """An upper bound of the ways in which the node matches one text; beyond `MAX_WAYS` is many.

    `loops` is what an unbounded loop counts.
    """
    match node:
        case One() | Backreference() | Edge() | Look() | Atomic():
            return 1
        case Capture(_, body):
            return ways(body, loops)
        case Sequence(parts):
            return _product(ways(part, loops) for part in parts)
        case Choice(options):
            return min(MAX_WAYS + 1, sum(ways(option, loops) for option in options))
        case Repeat(body, least, most, _):
            if most is None:
                return min(MAX_WAYS + 1, loops * ways(body, loops))
            total, power = 0, 1
            for count in range(most + 1):
                total += power if count >= least else 0
                power = min(MAX_WAYS + 1, power * ways(body, loops))
                if total > MAX_WAYS:
                    break
            return total
        case _:
            assert_never(node)


def _product(factors: Iterable[int]) -> int:
    product = 1
    for factor in factors:
        product = min(MAX_WAYS + 1, product * factor)
    return product


def _optional_runs(parts: tuple[Node, ...]) -> list[Node]:
    """Long runs of parts that may all be left out, as the loops that they behave like.

    `a?a?a?…` has no loop and still 2ⁿ ways, as many as `(?:a|a|a|…)*`.
    """
    found: list[Node] = []
    run: list[Node] = []
    for part in (*parts, None):
        if part is not None and _may_be_empty(part):
            run.append(part)
            continue
        if _product(ways(optional) for optional in run) > MAX_WAYS:
            found.append(Repeat(Choice(tuple(run)), 0, None, lazy=False))
        run = []
    return found


def _may_be_empty(part: Node) -> bool:
    return isinstance(part, Repeat) and part.least == 0


def _sum(one: Mapping[int, int], other: Mapping[int, int], times: int) -> dict[int, int]:
    """`one`, and `times` as many ways of `other`."""
    total = dict(one)
    if times:
        for place, count in other.items():
            total[place] = min(2, total.get(place, 0) + count * times)
    return total


def _either(parts: list[Part]) -> Part:
    first: dict[int, int] = {}
    last: dict[int, int] = {}
    for part in parts:
        first = _sum(first, part.first, 1)
        last = _sum(last, part.last, 1)
    return Part(min(2, sum(part.empty for part in parts)), first, last)
