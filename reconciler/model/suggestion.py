"""Did you mean …? The one rule by which a misspelt name is compared with the known ones."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

# Comparing is quadratic in the length; no name that people type is longer.
_LONGEST = 100


def suggest(word: str, known: Iterable[str]) -> str | None:
    """The known name that `word` most likely stands for; None when nothing is near.

    Case alone never hides a match: `Department` finds `department`.
    """
    if len(word) > _LONGEST:
        return None
    by_fold = {name.casefold(): name for name in sorted(known, reverse=True)}
    near = get_close_matches(word.casefold(), sorted(by_fold), n=1, cutoff=0.7)
    return by_fold[near[0]] if near else None
