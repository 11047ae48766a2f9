"""The functions of the language, each a small pure function with its signature as data.

`FUNCTIONS` has every function, by name.
"""

from __future__ import annotations

from collections.abc import Mapping

from reconciler.desired.expressions.functions import (
    ambient,
    conversion,
    dates,
    lists,
    logic,
    replace,
    roles,
    text,
)
from reconciler.desired.expressions.signature import Function

FUNCTIONS: Mapping[str, Function] = {
    known.name: known
    for family in (text, conversion, lists, logic, dates, replace, roles, ambient)
    for known in family.FUNCTIONS
}
