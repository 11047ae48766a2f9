"""Refuses patterns whose matching explodes: by their structure, never by trying them on a clock.

A backtracking engine explodes where the same text can be matched in several ways inside a loop:
each round multiplies the ways, so a text of *n* characters costs 2ⁿ. That is a property of the
pattern, and is read off its position automaton (`pattern_automaton`):

* two ways inside a loop, over the same characters and back to one state, are exponential (the
  *exponential degree of ambiguity* of Weber and Seidl, 1991): refused;
* *k* loops one behind the other that compete for the same characters, as in `.*a.*b.*c`, cost nᵏ:
  refused beyond `MAX_COMPETING`.

What remains is polynomial, and the time-out at the match bounds it.
"""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.desired.pattern_automaton import Automaton, Sample, size
from reconciler.desired.pattern_tree import Node, Tree

MAX_COMPETING = 4
MAX_POSITIONS = 1_500
_MAX_STEPS = 200_000

_AMBIGUOUS = (
    "takes exponential time: inside a repetition the same text can be matched in several ways, as "
    "in `(a+)+` or `(a|ab?)*`; make the alternatives exclude each other"
)
_COMPETING = (
    f"takes too long: more than {MAX_COMPETING} repetitions compete for the same characters, as "
    "in `.*a.*b.*c`; write `[^a]*` instead of `.*` before an `a`"
)
_TOO_LARGE = "is too large to show that it ends in time; write it shorter"


def explosion(tree: Tree, sample: Sample) -> str | None:
    """Why this pattern must not be run, as the end of a sentence; None when it may."""
    waiting: list[Node] = [tree.root]
    while waiting:
        node = waiting.pop()
        if size(node) > MAX_POSITIONS:
            return _TOO_LARGE
        automaton = Automaton(sample)
        automaton.add(node)
        if (reason := _judge(automaton)) is not None:
            return reason
        waiting += automaton.apart
    return None


def _judge(automaton: Automaton) -> str | None:
    budget = _MAX_STEPS
    for loop in automaton.loops:
        left = _unambiguous(automaton, loop, budget)
        if left is None:
            return _AMBIGUOUS
        if left <= 0:
            return _TOO_LARGE
        budget = left
    return _COMPETING if _longest_chain(automaton) > MAX_COMPETING else None


def _unambiguous(automaton: Automaton, loop: range, budget: int) -> int | None:
    """What is left of the budget of steps; None when two ways lead to the same place.

    Two heads walk the loop over the same characters. They part where a state has two successors
    that overlap; whenever parted heads meet again, the loop has two ways for one text.
    """
    for place in loop:
        if any(count > 1 for after, count in automaton.follow[place].items() if after in loop):
            return None
    seen: set[tuple[int, int]] = set()
    for place in loop:
        waiting = [(place, place)]
        while waiting and budget > 0:
            heads = waiting.pop()
            for one, other in _steps(automaton, loop, *heads):
                budget -= 1
                if one == other and heads[0] != heads[1]:
                    return None
                pair = (min(one, other), max(one, other))
                if one != other and pair not in seen:
                    seen.add(pair)
                    waiting.append(pair)
    return budget


def _steps(automaton: Automaton, loop: range, one: int, other: int) -> Iterator[tuple[int, int]]:
    """Where two heads may go together, over one character, without leaving the loop."""
    masks, follow = automaton.masks, automaton.follow
    for after in follow[one]:
        if after in loop:
            for beside in follow[other]:
                if beside in loop and masks[after] & masks[beside]:
                    yield after, beside


def _longest_chain(automaton: Automaton) -> int:
    """The most loops one behind the other, each competing with the next."""
    loops = automaton.loops
    masks = [_union(automaton, loop) for loop in loops]
    longest = [1] * len(loops)
    for later in range(len(loops)):
        for earlier in range(later):
            shared = masks[earlier] & masks[later]
            if (
                shared
                and longest[earlier] >= longest[later]
                and _compete(automaton, loops[earlier], loops[later], shared)
            ):
                longest[later] = longest[earlier] + 1
        if longest[later] > MAX_COMPETING:
            break
    return max(longest, default=0)


def _union(automaton: Automaton, places: range) -> int:
    mask = 0
    for place in places:
        mask |= automaton.masks[place]
    return mask


def _compete(automaton: Automaton, earlier: range, later: range, shared: int) -> bool:
    """Whether the later loop is reached over characters that both loops match as well."""
    seen, waiting = set(earlier), list(earlier)
    while waiting:
        for after in automaton.follow[waiting.pop()]:
            if automaton.masks[after] & shared and after not in seen:
                if after in later:
                    return True
                seen.add(after)
                waiting.append(after)
    return False
