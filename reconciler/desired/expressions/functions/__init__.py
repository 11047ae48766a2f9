"""The functions of the language, each a small pure function with its signature as data.

`FUNCTIONS` has every function that can be called, by name; `UNSUPPORTED` those that Entra has and
that need more than the attributes of the object, with what they would need.
"""

from __future__ import annotations

from collections.abc import Mapping

from reconciler.desired.expressions.functions import (
    conversion,
    dates,
    lists,
    logic,
    replace,
    text,
)
from reconciler.desired.expressions.signature import Function

FUNCTIONS: Mapping[str, Function] = {
    known.name: known
    for family in (text, conversion, lists, logic, dates, replace)
    for known in family.FUNCTIONS
}

UNSUPPORTED: Mapping[str, str] = {
    "AppRoleAssignments": "app roles",
    "AppRoleAssignmentsComplex": "app roles",
    "AssertiveAppRoleAssignmentsComplex": "app roles",
    "DefaultDomain": "the directory's default domain",
    "Guid": "random numbers",
    "Now": "the clock",
    "RandomString": "random numbers",
    "Redact": "redaction in every output",
    "SelectUniqueValue": "everything that the service provider holds",
    "SingleAppRoleAssignment": "app roles",
}
