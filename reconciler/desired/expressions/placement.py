"""What may stand where, beyond what the grammar and the signatures say.

`SelectUniqueValue` gives candidates, not a value, so nothing can go around it. `appRoleAssignments`
holds texts that no target understands, so only the functions that take roles apart may read it, and
those that ask whether there is any.
"""

from __future__ import annotations

from typing import Final

from reconciler.desired.expressions.program import ExpressionError
from reconciler.desired.expressions.surprises import ASKING
from reconciler.desired.expressions.syntax import Attribute, Call, Node, inside, walk
from reconciler.model.source import APP_ROLE_ASSIGNMENTS

SELECT_UNIQUE: Final = "SelectUniqueValue"

ROLE_FUNCTIONS: Final = (
    "AssertiveAppRoleAssignmentsComplex",
    "AppRoleAssignmentsComplex",
    "AppRoleAssignments",
    "SingleAppRoleAssignment",
)


def misplaced(tree: Node) -> ExpressionError | None:
    """The first thing that may not stand where it stands."""
    for node in walk(tree):
        for inner in inside(node):
            if isinstance(inner, Call) and inner.name == SELECT_UNIQUE:
                return ExpressionError(
                    f"{SELECT_UNIQUE} must be the whole expression; nothing can go around it",
                    inner.at.begins,
                )
            if _raw_roles(inner) and not _may_read_roles(node):
                return _unread(inner)
    return _unread(tree) if _raw_roles(tree) else None


def _raw_roles(node: Node) -> bool:
    return isinstance(node, Attribute) and node.name == APP_ROLE_ASSIGNMENTS


def _may_read_roles(node: Node) -> bool:
    return isinstance(node, Call) and node.name in {*ROLE_FUNCTIONS, "Count", *ASKING}


def _unread(node: Node) -> ExpressionError:
    return ExpressionError(
        f"[{APP_ROLE_ASSIGNMENTS}] cannot be used as it is; put it into a function that reads "
        "roles",
        node.at.begins,
        tuple(f"{name}([{APP_ROLE_ASSIGNMENTS}])" for name in ROLE_FUNCTIONS),
    )
