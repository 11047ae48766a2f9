"""Replace: one name for five functions; which arguments are given says which one.

The order of precedence when several would do is template, then regex with group and attribute,
then regex with group, then regex, then plain text. Names are the article's; Graph's JSON has other
keys for the same parameters, which stand beside them.
"""

from __future__ import annotations

from collections.abc import Mapping

from reconciler.desired.expressions.signature import (
    Function,
    Kind,
    Mode,
    Modes,
    Strict,
    function,
    optional,
    required,
)
from reconciler.desired.expressions.values import MAX_TEXT, RefusalError
from reconciler.desired.patterns import Pattern, TimedOut, TooLong

_TOO_LONG = f"expected at most {MAX_TEXT} characters as the result"
_TIMED_OUT = "expected a pattern that gives an answer in time for this value"


def replace_text(source: str | None, old: str | None, new: str | None) -> str | None:
    """Every `old` in the source becomes `new`."""
    return None if source is None else _put(source, old, new or "")


def fill_template(source: str | None, old: str | None, template: str | None) -> str | None:
    """Every `old` in the template becomes the source."""
    return None if source is None else _put(template or "", old, source)


def _put(text: str, old: str | None, new: str) -> str:
    if not old:
        raise RefusalError("oldValue: expected a text that is not empty")
    if len(text) + text.count(old) * (len(new) - len(old)) > MAX_TEXT:
        raise RefusalError(_TOO_LONG)
    return text.replace(old, new)


def replace_pattern(source: str | None, pattern: Pattern | None, new: str | None) -> str | None:
    """Every match becomes `new`, in which `${name}` and `$1` stand for groups."""
    if source is None:
        return None
    return _finished(_given(pattern).substitute(source, new or "", MAX_TEXT))


def replace_group(
    source: str | None, pattern: Pattern | None, group: str | None, new: str | None
) -> str | None:
    """In every match what the group matched becomes `new`, as it stands."""
    if source is None:
        return None
    known = _group(_given(pattern), group)
    return _finished(_given(pattern).replace_group(source, known, new or "", MAX_TEXT))


def fall_back(
    source: str | None, pattern: Pattern | None, group: str | None, other: str | None
) -> str | None:
    """The source when it has a value, else what the group matches in the other attribute."""
    if source:
        return source
    known = _group(_given(pattern), group)
    return None if other is None else _finished(_given(pattern).extract(other, known))


def _given(pattern: Pattern | None) -> Pattern:
    if pattern is None:
        raise RefusalError("regexPattern: expected a regular expression, not null")
    return pattern


def _group(pattern: Pattern, group: str | None) -> str:
    if group is None or group not in pattern.groups:
        raise RefusalError("regexGroupName: expected a group that the pattern has")
    return group


def _finished(result: str | TimedOut | TooLong | None) -> str | None:
    match result:
        case TimedOut():
            raise RefusalError(_TIMED_OUT)
        case TooLong():
            raise RefusalError(_TOO_LONG)
        case _:
            return result


def _check_group(constants: Mapping[str, object]) -> str | None:
    pattern, group = constants.get("regexPattern"), constants.get("regexGroupName")
    if isinstance(pattern, Pattern) and isinstance(group, str) and group not in pattern.groups:
        named = ", ".join(sorted(name for name in pattern.groups if not name.isdigit()))
        return f"the pattern has no group of that name; it has {named or 'no named groups'}"
    return None


_MODES = {
    "template": Mode(
        ("source", "oldValue", "template"), Strict(fill_template, null_gives_null=False)
    ),
    "fallback": Mode(
        ("source", "regexPattern", "regexGroupName", "replacementAttributeName"),
        Strict(fall_back, null_gives_null=False),
        _check_group,
    ),
    "group": Mode(
        ("source", "regexPattern", "regexGroupName", "replacementValue"),
        Strict(replace_group, null_gives_null=False),
        _check_group,
    ),
    "pattern": Mode(
        ("source", "regexPattern", "replacementValue"),
        Strict(replace_pattern, null_gives_null=False),
    ),
    "text": Mode(
        ("source", "oldValue", "replacementValue"), Strict(replace_text, null_gives_null=False)
    ),
}
_HOW = (
    "expected oldValue and replacementValue, oldValue and template, or regexPattern with "
    "replacementValue, with regexGroupName and replacementValue, or with regexGroupName and "
    "replacementAttributeName"
)


def choose_mode(given: frozenset[str], empty: frozenset[str]) -> Mode | str:
    """The mode for the arguments that are given; `empty` ones are written as `""`.

    An empty text is a replacement, but it is no pattern, no name and nothing to look for.
    """
    useful = given - (empty - {"replacementValue"})
    if "template" in useful:
        mode = _MODES["template"]
    elif "replacementAttributeName" in useful:
        mode = _MODES["fallback"]
    elif "regexGroupName" in useful:
        mode = _MODES["group"]
    elif "regexPattern" in useful:
        mode = _MODES["pattern"]
    else:
        mode = _MODES["text"]
    missing = [name for name in mode.parameters if name not in useful and name != "source"]
    return f"these arguments do not go together: {_HOW}" if missing else mode


FUNCTIONS: tuple[Function, ...] = (
    function(
        "Replace",
        Modes(choose_mode),
        required("source", Kind.TEXT),
        optional("oldValue", Kind.TEXT, graph="Find"),
        optional("regexPattern", Kind.PATTERN, graph="RegularExpression"),
        optional("regexGroupName", Kind.TEXT, graph="RegularExpressionGroupName"),
        optional("replacementValue", Kind.TEXT, graph="Replacement"),
        optional("replacementAttributeName", Kind.TEXT, graph="ReplacementPropertyName"),
        optional("template", Kind.TEXT, graph="Template"),
    ),
)
