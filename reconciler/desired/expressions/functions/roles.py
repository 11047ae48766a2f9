"""Functions on the app roles that a person holds at the target.

`[appRoleAssignments]` is a computed attribute: one canonical JSON text per role, with `id`, `value`
and `displayName`. Whoever sends the result gives it the shape of its function (`program.functions`
says which one); here the values are found.
"""

from __future__ import annotations

from reconciler.desired.expressions.role_text import RoleText
from reconciler.desired.expressions.signature import Function, Kind, Strict, function, required
from reconciler.model.path import Value


def role_names(roles: tuple[RoleText, ...]) -> Value:
    """What the roles are called; nothing for nobody's."""
    return tuple(dict.fromkeys(role.value for role in roles)) or None


def role_texts(roles: tuple[RoleText, ...]) -> Value:
    """Every role whole, as its text."""
    return tuple(role.text for role in roles) or None


def one_role(roles: tuple[RoleText, ...]) -> Value:
    """What the only role is called; of several, the first by name."""
    return roles[0].value if roles else None


_SOURCE = required("source", Kind.ROLES)

#: The ones that may read `[appRoleAssignments]`.
FUNCTIONS: tuple[Function, ...] = (
    function("AppRoleAssignments", Strict(role_names), _SOURCE),
    function("AppRoleAssignmentsComplex", Strict(role_texts), _SOURCE),
    function("AssertiveAppRoleAssignmentsComplex", Strict(role_texts), _SOURCE),
    function("SingleAppRoleAssignment", Strict(one_role), _SOURCE),
)
