"""One declared user or group at one target, explained."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from reconciler.desired.grounds import Grounds
from reconciler.desired.subjects import source_group
from reconciler.model.declared import MembershipMode
from reconciler.model.desired import Desired, DesiredGroup, DesiredUser, Excluded, Standing
from reconciler.model.diagnostic import Position
from reconciler.model.identity import GroupKey, Kind, Subject, UserKey, live_key
from reconciler.model.policy import Verdict
from reconciler.plan.explain.access import Access, access_of_group, access_of_user
from reconciler.plan.explain.live import Matching, matching_of
from reconciler.plan.explain.members import Membership, Sight, open_books
from reconciler.plan.explain.outcome import Nothing, Outcome, outcome_of
from reconciler.plan.explain.values import ExplainedAttribute, explain_values


@dataclass(frozen=True, slots=True)
class LivePart:
    """What reading the target adds."""

    matching: Matching
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Explanation:
    """One declared user or group at one target.

    `memberships` are a person's groups, or a group's members; `mode` is None for a person. `live`
    is None where the target was not read.
    """

    subject: Subject
    name: str
    at: Position
    target: str
    profile: str
    as_of: datetime
    access: Access
    standing: Standing
    attributes: tuple[ExplainedAttribute, ...]
    mode: MembershipMode | None
    memberships: tuple[Membership, ...]
    live: LivePart | None

    @property
    def nothing(self) -> Nothing | None:
        """Why a plan does nothing with it; None where it does, or where the target was not read."""
        return None if self.live is None else self.live.outcome.nothing


@dataclass(frozen=True, slots=True)
class Seen:
    """The target as it was read, and the verdict on the plan that follows."""

    sight: Sight
    verdict: Verdict


def explain(subject: Subject, grounds: Grounds, desired: Desired, seen: Seen | None) -> Explanation:
    """The explanation of a declared user or group; `desired` follows from `grounds`.

    What a plan has chosen among unique values stands in the sight of the target.
    """
    desired = desired if seen is None else seen.sight.scene.desired
    books = open_books(grounds, desired, None if seen is None else seen.sight)
    wanted: DesiredUser | DesiredGroup
    if subject.kind is Kind.USER:
        user = grounds.declared.users[UserKey(subject.key)]
        wanted, source = desired.users[user.key], grounds.source_of_user(user)
        access, memberships = access_of_user(user, grounds), books.groups_of(user.key)
    else:
        group = grounds.declared.groups[GroupKey(subject.key)]
        wanted, source = desired.groups[group.key], source_group(group)
        access, memberships = access_of_group(group, grounds), books.people_of(wanted)
    return Explanation(
        subject=subject,
        name=wanted.name,
        at=wanted.at,
        target=grounds.target.name,
        profile=grounds.profile.name,
        as_of=grounds.as_of.astimezone(UTC),
        access=access,
        standing=wanted.standing,
        attributes=explain_values(
            wanted,
            source,
            grounds.mappings[subject.kind],
            soft_deleted=isinstance(access.before_mapping, Excluded),
            live=None if seen is None else seen.sight.scene.of(subject.kind).live(subject.key),
            called=live_key if seen is None else seen.sight.scene.principal_of,
            profile=grounds.profile,
            seals=desired.seals,
        ),
        mode=wanted.membership if isinstance(wanted, DesiredGroup) else None,
        memberships=memberships,
        live=None if seen is None else _live(wanted, seen),
    )


def _live(wanted: DesiredUser | DesiredGroup, seen: Seen) -> LivePart:
    matching = matching_of(wanted, seen.sight.scene)
    outcome = outcome_of(wanted, matching, seen.sight, seen.verdict)
    return LivePart(matching, outcome)
