"""The word that an author probably meant, as a hint."""

from __future__ import annotations

from collections.abc import Collection

from reconciler.model.suggestion import suggest

# Comparing a word with thousands of names takes longer than everything else together, and among
# thousands of people's keys no guess is a good one.
_MOST_COMPARED = 500
_MOST_LISTED = 12


def did_you_mean(word: str, known: Collection[str]) -> str | None:
    """The nearest known name, or all of them when none is near and they are few."""
    guess = suggest(word, known) if len(known) <= _MOST_COMPARED else None
    if guess is not None:
        return f"did you mean `{guess}`?"
    if 0 < len(known) <= _MOST_LISTED:
        return "there are: " + ", ".join(f"`{name}`" for name in sorted(known))
    return None
