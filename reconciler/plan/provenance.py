"""Which changes a source's row brought, and no line of a manifest.

`Cause` says what happened to somebody; this says where it came from: `--only cause:source` selects
by it, and whoever approves can let a feed's daily movements through and look at the rest.

A row *moved* when it is there and was not, says something else, or is gone. The ledger remembers a
digest of what each row said when its person was last settled; where it knows nothing of somebody,
nothing is called moved but a row that the person stands on.

=====================  ==========================================================================
change                 a source brought it when
=====================  ==========================================================================
create                 the person stands on a row (it gives the `userPrincipalName`)
update, references     every value that differs was read from the row, and it moved
deactivate, delete     the row says so (leaver, `accountEnabled`, `from`, `until`), it is gone, or
                       it moved the person out of scope or assignment
reactivate             it moved, and whatever else differs was read from it
member added           the row moved the person in by a rule, or brings somebody who is listed
member removed         the row moved, is gone, or excludes the person
=====================  ==========================================================================

Drift is nobody's row; neither are holds, and deletions that are due.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import assert_never

from reconciler.desired.rule import reads_of
from reconciler.model.change import (
    AddMembers,
    Change,
    Create,
    Deactivate,
    Delete,
    Reactivate,
    RemoveMembers,
    SetReferences,
    Update,
)
from reconciler.model.declared import Declared, User
from reconciler.model.desired import Cause, Excluded
from reconciler.model.identity import GroupKey, Kind, Subject, UserKey
from reconciler.model.mapping import MappingRule
from reconciler.model.source import ACCOUNT_ENABLED, FROM, UNTIL, USER_PRINCIPAL_NAME
from reconciler.plan.diff import folded, is_active
from reconciler.plan.scene import Scene


def with_sources(changes: Iterable[Change], scene: Scene) -> list[Change]:
    """The changes, each with the sources that brought it."""
    changes = list(changes)
    if not scene.declared_from.feeds and not scene.history.memory.rows_of:
        return changes
    mapping = scene.declared_from.mappings.get(scene.target.users.mapping or "")
    rules = () if mapping is None else mapping.rules
    book = _Book(
        scene=scene,
        declared=scene.declared_from,
        created=frozenset(c.key for c in changes if isinstance(c, Create) and c.kind is Kind.USER),
        rules={rule.target.folded: rule for rule in rules},
    )
    return [book.marked(change) for change in changes]


@dataclass(frozen=True, slots=True)
class _Book:
    """What is known of rows, and whom this plan creates."""

    scene: Scene
    declared: Declared
    created: frozenset[str]
    rules: Mapping[str, MappingRule]

    def marked(self, change: Change) -> Change:
        if change.cause is Cause.DRIFT:
            return change
        if isinstance(change, AddMembers | RemoveMembers):
            brought = tuple(self._brought_members(change))
            sources = tuple(sorted({self._source(key) for key in brought}))
            return replace(change, sources=sources, brought=brought)
        if change.kind is Kind.USER and self._brought(change):
            return replace(change, sources=(self._source(change.key),))
        return change

    def _brought(
        self, change: Create | Update | Reactivate | Deactivate | Delete | SetReferences
    ) -> bool:
        user = self.declared.users.get(UserKey(change.key))
        if user is None:
            gone = change.cause is Cause.REMOVED and self._then(change.key) is not None
            return gone and isinstance(change, Deactivate | Delete)
        if user.row is None:
            return False
        match change:
            case Create():
                return user.fed(USER_PRINCIPAL_NAME)
            case Update(changes=parts) | SetReferences(references=parts):
                return self._moved(user, new=True) and self._read(user, (p.path for p in parts))
            case Reactivate(changes=parts):
                others = (part.path for part in parts if not is_active(part.path))
                return self._moved(user) and self._read(user, others)
            case Deactivate() | Delete():
                return self._excludes(user, change.cause)
            case _:
                assert_never(change)

    def _excludes(self, user: User, cause: Cause) -> bool:
        match cause:
            case Cause.DISABLED:
                left = user.row is not None and user.row.left
                return left or user.fed(ACCOUNT_ENABLED)
            case Cause.ENDED:
                return user.fed(UNTIL)
            case Cause.NOT_YET:
                return user.fed(FROM)
            case Cause.OUT_OF_SCOPE | Cause.UNASSIGNED | Cause.NOT_ENTITLED:
                return self._moved(user)
            case _:
                return False

    def _brought_members(self, change: AddMembers | RemoveMembers) -> Iterator[str]:
        listed = self._listed(change.key) if isinstance(change, AddMembers) else set[str]()
        for key in change.members:
            user = self.declared.users.get(UserKey(key))
            if user is None:
                if isinstance(change, RemoveMembers) and self._then(key) is not None:
                    yield key
            elif user.row is None:
                pass
            elif isinstance(change, RemoveMembers):
                if self._moved(user) or self._excluded(user):
                    yield key
            elif (key in self.created and user.fed(USER_PRINCIPAL_NAME)) or (
                self._moved(user) and key not in listed
            ):
                yield key

    def _excluded(self, user: User) -> bool:
        standing = self.scene.desired.users[user.key].standing
        return isinstance(standing, Excluded) and self._excludes(user, standing.cause)

    def _moved(self, user: User, *, new: bool = False) -> bool:
        """Whether a row says something else than when its person was last settled.

        `new`: where nobody remembers what it said, it says something else.
        """
        then = self._then(user.key)
        if then is None:
            known = str(Subject(Kind.USER, user.key)) in self.scene.history.memory.fingerprints
            return new or known
        return then != origin(user)

    def _then(self, key: str) -> str | None:
        return self.scene.history.memory.rows_of.get(str(Subject(Kind.USER, key)))

    def _source(self, key: str) -> str:
        user = self.declared.users.get(UserKey(key))
        now = None if user is None else origin(user)
        return (now or self._then(key) or "").partition(":")[0]

    def _read(self, user: User, paths: Iterable[str]) -> bool:
        """Whether values of these attributes were read from the row alone."""
        return all(_given(user, self.rules.get(folded(path))) for path in paths)

    def _listed(self, key: str) -> set[str]:
        """Everybody whom a line of the group, or of one inside it, names."""
        found: set[str] = set()
        reached: set[GroupKey] = set()
        waiting = [GroupKey(key)]
        while waiting:
            group = self.declared.groups.get(waiting.pop())
            if group is None or group.key in reached:
                continue
            reached.add(group.key)
            dated = [member for member in group.dated if member.kind is Kind.GROUP]
            found |= {*group.users, *(m.key for m in group.dated if m.kind is Kind.USER)}
            waiting += [*group.groups, *(GroupKey(member.key) for member in dated)]
        return found


def origin(user: User | None) -> str | None:
    """The source of somebody's row, and the digest of what it says; None without a row."""
    if user is None or user.row is None:
        return None
    return f"{user.row.source}:{user.row.digest}"


def _given(user: User, rule: MappingRule | None) -> bool:
    """Whether a row gave everything that a rule reads, and something."""
    if rule is None:
        return False
    given = reads_of(rule.source) & user.attributes.keys()
    return bool(given) and all(user.fed(name) for name in given)
