"""What a run knows of the provider: the second look, corrected by each of its own writes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from reconciler.apply.finding import Unclear
from reconciler.apply.sight import Sight
from reconciler.model.change import AddMembers, RemoveMembers, SetReferences
from reconciler.model.identity import Kind, ResourceId, Subject, subject_of_member
from reconciler.model.plan import Plan
from reconciler.model.resource import Resource, known_members
from reconciler.model.written import Written


@dataclass(frozen=True, slots=True)
class Members:
    """Principal keys as live ids, in the order of the keys; `missing` have no live resource, and
    `crowded` are still in a group that they had to leave first."""

    ids: tuple[ResourceId, ...]
    missing: tuple[str, ...]
    crowded: tuple[str, ...]


@dataclass(slots=True)
class Known:
    """Changed by the executor only, as answers come in. `at_once`: a write shows immediately."""

    plan: Plan
    sight: Sight
    at_once: bool
    created: dict[Subject, ResourceId] = field(default_factory=dict)
    #: Every live resource that the plan knows.
    planned: frozenset[tuple[Kind, ResourceId | None]] = field(init=False)
    #: Groups that this run has made: they began without members.
    fresh: set[ResourceId] = field(default_factory=set)
    #: Accounts that this run has removed, and with them their memberships.
    gone: set[tuple[Kind, ResourceId]] = field(default_factory=set)
    #: Principals who kept a group that they had to leave before they join another.
    crowded: set[str] = field(default_factory=set)
    _joined: dict[ResourceId, set[ResourceId]] = field(default_factory=dict)
    _left: dict[ResourceId, set[ResourceId]] = field(default_factory=dict)
    _groups_moved: bool = False
    _versions: dict[tuple[Kind, ResourceId], str | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        plan = self.plan
        known = [(change.kind, change.id) for change in plan.changes]
        known += [(subject_of_member(key).kind, who.id) for key, who in plan.principals.items()]
        known += [(entry.kind, entry.id) for entry in plan.settled]
        self.planned = frozenset(known)

    def group(self, change: AddMembers | RemoveMembers) -> ResourceId | None:
        """The live group whose members change; None when there is none."""
        return change.id or self.created.get(change.subject)

    def joining(self, keys: Sequence[str]) -> Members:
        """Who these keys stand for by now; an account that is gone cannot join."""
        found = [(key, self._joins(key)) for key in keys if key not in self.crowded]
        return Members(
            ids=tuple(live for _, live in found if live is not None),
            missing=tuple(key for key, live in found if live is None),
            crowded=tuple(key for key in keys if key in self.crowded),
        )

    def leaving(self, keys: Sequence[str]) -> tuple[ResourceId, ...]:
        """The ids that these keys have in the plan: a membership may outlive its account."""
        found = (self.plan.principals.get(key) for key in keys)
        return tuple(p.id for p in found if p is not None and p.id is not None)

    def _joins(self, key: str) -> ResourceId | None:
        member = subject_of_member(key)
        principal = self.plan.principals.get(key)
        live = None if principal is None else principal.id
        if live is None:
            return self.created.get(member)
        lost = (member.kind, live) in self.gone or self.sight.is_gone(member.kind, live)
        return None if lost else live

    def resource_of(self, change: SetReferences) -> ResourceId | None:
        """The live user that names somebody; None when there is none."""
        return change.id or self.created.get(change.subject)

    def named(self, key: str | None) -> ResourceId | None:
        """The live id by which a principal is named by now; None for nobody, or not yet."""
        return None if key is None else self._joins(key)

    def named_before(self, key: str | None) -> ResourceId | None:
        """The live id by which the plan saw a principal named, whatever became of it since."""
        principal = None if key is None else self.plan.principals.get(key)
        return None if principal is None else principal.id

    def joined(self, group: ResourceId, members: Sequence[ResourceId]) -> None:
        """This run has added them."""
        self._joined.setdefault(group, set()).update(members)

    def left(self, group: ResourceId, members: Sequence[ResourceId]) -> None:
        """This run has begun to take them out: if they are members still, that is its outcome."""
        self._left.setdefault(group, set()).update(members)

    def must_stay(
        self, group: ResourceId, seen: Resource | Unclear | None
    ) -> frozenset[ResourceId]:
        """Who was a member, or became one by this run, and was not to leave nor lost the account.

        Own additions count only where a write shows at once: elsewhere, not to see somebody yet is
        no sign of a loss.
        """
        members = set(known_members(seen.members)) if isinstance(seen, Resource) else set()
        added = self._joined.get(group, set()) if self.at_once else set()
        gone = {live for _, live in self.gone}
        return frozenset((members | added) - gone - self._left.get(group, set()))

    def lost(self, kind: Kind, id: ResourceId) -> None:
        """This run has removed it; the groups of a person are no longer what was seen."""
        self.gone.add((kind, id))
        self._groups_moved |= kind is Kind.USER

    def wrote(self, kind: Kind, id: ResourceId, written: Written) -> None:
        """A write makes a new version; an answer without a body does not say which."""
        version = None if written.resource is None else written.resource.version
        self._versions[kind, id] = version

    def moved(self, resources: Sequence[ResourceId]) -> None:
        """They may have another version by now: who joins or leaves a group, for one."""
        self._versions.update(dict.fromkeys((kind, live) for kind in Kind for live in resources))

    def version(self, kind: Kind, id: ResourceId, seen: str | None) -> str | None:
        """The version to insist on: what the last own write gave, else what was seen.

        None where own writes have made another one that nobody has told: insisting on the old one
        would take this run for a stranger.
        """
        if (kind, id) in self._versions:
            return self._versions[kind, id]
        return None if kind is Kind.GROUP and self._groups_moved else seen

    def strangers(self, found: Sequence[Resource]) -> tuple[Resource, ...]:
        """Those whom the plan does not know: only one of them can be what a create has made."""
        return tuple(
            resource for resource in found if (resource.kind, resource.id) not in self.planned
        )
