"""What a target asks of people besides an assignment: roles that count, and whole classes left out.

Roles are the target's own (Entra's app roles). An assignment gives one, or none: Entra calls that
*Default Access*.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from reconciler.model.canonical import canonical_json
from reconciler.model.diagnostic import Position

#: What an assignment without a role gives, by Entra's name.
DEFAULT_ACCESS: Final = "Default Access"


@dataclass(frozen=True, slots=True)
class AppRole:
    """A role that a target knows. `value` is what assignments write and tokens carry."""

    value: str
    display_name: str
    id: str
    at: Position

    @property
    def text(self) -> str:
        """The role as the source attribute `appRoleAssignments` has it: canonical JSON."""
        data = {"id": self.id, "value": self.value, "displayName": self.display_name}
        return canonical_json(data).decode()


@dataclass(frozen=True, slots=True)
class Exclusion:
    """A class of people who are left out by default: a condition in CEL, with a name for reports.

    Only an assignment that names the person herself brings her in all the same.
    """

    name: str
    condition: str
    at: Position


@dataclass(frozen=True, slots=True)
class Admission:
    """Who of the assigned is let in.

    `entitled`: the roles that count; None means all. `not_entitled`: roles that do not count.
    Names are roles' values, and `DEFAULT_ACCESS`.
    """

    entitled: frozenset[str] | None = None
    not_entitled: frozenset[str] = frozenset()
    exclusions: tuple[Exclusion, ...] = ()

    @property
    def by_role(self) -> bool:
        """Whether it matters at all which roles somebody has."""
        return self.entitled is not None or bool(self.not_entitled)

    def counts(self, role: str | None) -> bool:
        """Whether a role lets somebody in."""
        name = DEFAULT_ACCESS if role is None else role
        return name not in self.not_entitled and (self.entitled is None or name in self.entitled)


#: Everybody who is assigned is let in.
OPEN: Final = Admission()
