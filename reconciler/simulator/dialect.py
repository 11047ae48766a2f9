"""PATCH as a provider wants it that takes one way of saying a thing and refuses the others.

RFC 7644 §3.5.2 lets a client choose between several forms. Here, each quirk that is set refuses all
forms but one, so that a client which chose wrongly notices at once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, assert_never

from reconciler.simulator.errors import ScimError, invalid_path, invalid_syntax, invalid_value
from reconciler.simulator.quirks import Clears, Extensions, Quirks, Removals
from reconciler.simulator.schemas import ResourceType
from reconciler.simulator.values import Json

_LOWER: Final = ("add", "remove", "replace")


def check_operation(raw: Mapping[str, Json], resource_type: ResourceType, quirks: Quirks) -> None:
    """Refuse an operation in another form than this provider takes. `raw` has folded names.

    Raises:
        ScimError: 400, saying which form it takes.
    """
    op, path, value = raw.get("op"), raw.get("path"), raw.get("value")
    if quirks.capitalised_operations and op in _LOWER:
        raise invalid_syntax("op is Add, Remove or Replace here")
    verb = op.lower() if isinstance(op, str) else ""
    if isinstance(path, str) and path.lower().startswith("members"):
        _check_members(verb, path, value, quirks)
        return
    _check_clearing(verb, value, quirks)
    _check_extension(verb, path, value, resource_type, quirks)


def check_members(ids: Sequence[Json], quirks: Quirks) -> None:
    """Refuse a request that names too many members.

    Raises:
        ScimError: 413.
    """
    most = quirks.most_members
    if most is not None and len(ids) > most:
        raise ScimError(413, f"{len(ids)} members in one request: at most {most}")


def is_nothing(value: Json, quirks: Quirks) -> bool:
    """Whether a value takes the attribute's value away: null, and empty text where that does."""
    return value is None or (quirks.clears is Clears.EMPTY and value in ("", []))


def _check_members(verb: str, path: str, value: Json, quirks: Quirks) -> None:
    match quirks.removals:
        case Removals.FILTER:
            return
        case Removals.LIST:
            refused = verb == "remove" and (path.lower() != "members" or not value)
        case Removals.NONE:
            refused = verb == "remove"
        case _:
            assert_never(quirks.removals)
    if refused:
        raise invalid_path("members are not removed in this form here")


def _check_clearing(verb: str, value: Json, quirks: Quirks) -> None:
    match quirks.clears:
        case None:
            refused = False
        case Clears.REMOVE:
            refused = verb == "replace" and value is None
        case Clears.NULL:
            refused = verb == "remove" or value == ""
        case Clears.EMPTY:
            refused = verb == "remove" or (verb == "replace" and value is None)
        case _:
            assert_never(quirks.clears)
    if refused:
        raise invalid_value(f"a value is taken away by {quirks.clears} here")


def _check_extension(
    verb: str, path: Json, value: Json, resource_type: ResourceType, quirks: Quirks
) -> None:
    if quirks.extensions is None or verb == "remove":
        return
    form: Extensions | None = None
    if not isinstance(path, str):
        named = value if isinstance(value, Mapping) else {}
        if any(resource_type.extension(name) is not None for name in named):
            form = Extensions.PATHLESS
    elif resource_type.extension(path) is not None:
        form = Extensions.OBJECT
    elif any(path.lower().startswith(f"{s.id.lower()}:") for s in resource_type.extensions):
        form = Extensions.PREFIX
    if form is not None and form is not quirks.extensions:
        raise invalid_path(f"an extension is named by {quirks.extensions} here")
