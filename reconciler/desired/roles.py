"""The roles that somebody has at a target, as mappings see them.

`appRoleAssignments` is Entra's attribute: one text for each role, here canonical JSON with `id`,
`value` and `displayName`. It is always written for people who can be assigned, so that whoever
loses the last role has it cleared. Default Access is no role that a provider could store.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from reconciler.desired.assignment import Reach
from reconciler.model.access import AppRole
from reconciler.model.declared import Declared
from reconciler.model.desired import Reason
from reconciler.model.identity import UserKey, role_id
from reconciler.model.path import Value
from reconciler.model.source import APP_ROLE_ASSIGNMENTS
from reconciler.model.target import Target


@dataclass(frozen=True, slots=True)
class RoleBook:
    """Everybody's roles at one target."""

    texts: Mapping[str, str]
    reach: Reach

    def attributes(self, user: UserKey) -> Mapping[str, Value]:
        """What the roles add to a person's source attributes."""
        named = sorted(role for role in self.reach.roles.get(user, ()) if role is not None)
        return {APP_ROLE_ASSIGNMENTS: tuple(self.texts[role] for role in named) or None}

    def doubts(self, user: UserKey) -> Mapping[str, Reason]:
        """Why their roles cannot be told, if they cannot: a failed rule may give another one."""
        doubtful = self.reach.doubtful.get(user, {})
        first = next((grant for role, grant in doubtful.items() if role is not None), None)
        return {} if first is None else {APP_ROLE_ASSIGNMENTS: first.doubt}


def open_role_book(declared: Declared, target: Target, reach: Reach) -> RoleBook:
    """The roles that assignments give at `target`; a role that it does not declare names itself."""
    given = {a.role for a in declared.assignments.values() if a.target == target.name}
    known = {role.value: role for role in target.roles}
    named = {role: known.get(role) or _undeclared(target, role) for role in given if role}
    return RoleBook({role: found.text for role, found in named.items()}, reach)


def _undeclared(target: Target, role: str) -> AppRole:
    return AppRole(role, role, role_id(target.name, role), target.at)
