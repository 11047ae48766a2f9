"""`memberOf`: the groups that people belong to, directly or through groups inside them.

Worked out for a target only when its filter or a default exclusion looks at it, since it takes the
rolls of every declared group. Rules of membership never see it: they would have to wait for
themselves.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo

from reconciler.desired.membership import call_rolls, expand
from reconciler.model.declared import Declared
from reconciler.model.desired import Reason
from reconciler.model.identity import UserKey
from reconciler.model.path import Value
from reconciler.model.source import MEMBER_OF


@dataclass(frozen=True, slots=True)
class Belonging:
    """Everybody's groups, sorted by key; and those whose groups a failed rule hides."""

    groups: Mapping[UserKey, tuple[str, ...]]
    hidden: Mapping[UserKey, Reason]

    def attributes(self, user: UserKey) -> Mapping[str, Value]:
        """What belonging adds to a person's source attributes."""
        return {MEMBER_OF: self.groups.get(user)}

    def doubts(self, user: UserKey) -> Mapping[str, Reason]:
        """Why it cannot be told, if it cannot."""
        reason = self.hidden.get(user)
        return {} if reason is None else {MEMBER_OF: reason}


def find_belonging(declared: Declared, *, as_of: datetime, zone: tzinfo) -> Belonging:
    """Who belongs to which declared group at one instant."""
    rolls = call_rolls(declared, declared.groups, as_of=as_of, zone=zone)
    groups: dict[UserKey, list[str]] = {}
    hidden: dict[UserKey, Reason] = {}
    for key in sorted(rolls):
        for user in expand(rolls, key).users:
            groups.setdefault(user, []).append(key)
        group = declared.groups[key]
        for user in rolls[key].undetermined:
            said = f"memberRule of {key} failed for {user}, so not all their groups are known"
            hidden.setdefault(user, Reason(said, group.member_rule_at))
    return Belonging({user: tuple(keys) for user, keys in groups.items()}, hidden)
