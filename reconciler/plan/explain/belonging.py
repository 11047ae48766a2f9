"""Whether somebody should be in a group at a target, by Git alone, and by which line."""

from __future__ import annotations

from dataclasses import dataclass

from reconciler.desired.grounds import Grounds
from reconciler.desired.membership import because_member, groups_within, why_undetermined
from reconciler.desired.truth import Truth
from reconciler.model.desired import Desired, DesiredGroup, Provisioned, Reason, Undetermined
from reconciler.model.diagnostic import Position
from reconciler.model.identity import GroupKey, Kind, UserKey


@dataclass(frozen=True, slots=True)
class Belonging:
    """`declared` is why Git has the membership, None where it does not.

    `wanted` says whether the target should hold it, and `why` says why it should or should not.
    """

    declared: Reason | None
    wanted: Truth
    why: Reason


def belonging(group: DesiredGroup, user: UserKey, grounds: Grounds, desired: Desired) -> Belonging:
    """A person in a group."""
    declared = because_member(
        grounds.declared, group.key, user, as_of=grounds.as_of, zone=grounds.zone
    )
    standing = desired.users[user].standing
    if declared is not None and user in group.members:
        return Belonging(declared, Truth.TRUE, declared)
    if user in group.undetermined:
        return Belonging(declared, Truth.UNDETERMINED, _doubt(group, user, grounds, desired))
    if declared is None:
        return stranger(group, grounds)
    shut = _shut(group, grounds)
    if shut is not None:
        return Belonging(declared, *shut)
    if isinstance(standing, Provisioned):
        said = "a group inside it brings them, and the provider takes that group as a member"
        return Belonging(declared, Truth.FALSE, Reason(said, declared.at))
    said = f"{user} is not at {desired.target}: {standing.reason.text}"
    return Belonging(declared, Truth.FALSE, Reason(said, standing.reason.at))


def belonging_inside(
    group: DesiredGroup, inner: GroupKey, grounds: Grounds, desired: Desired
) -> Belonging:
    """A group in a group, where the provider takes groups as members."""
    written = grounds.declared.groups[group.key]
    dated = (m.at for m in written.dated if m.kind is Kind.GROUP and m.key == inner)
    line = written.groups.get(inner)
    at = next(dated, written.at) if line is None else Position(written.at.file, line)
    declared = Reason(f"listed in {group.key}", at)
    standing = desired.groups[inner].standing
    if inner in group.nested:
        return Belonging(declared, Truth.TRUE, declared)
    if inner in group.undetermined_nested:
        return Belonging(declared, Truth.UNDETERMINED, standing.reason)
    shut = _shut(group, grounds)
    if shut is not None:
        return Belonging(declared, *shut)
    said = f"{inner} is not at {desired.target}: {standing.reason.text}"
    return Belonging(declared, Truth.FALSE, Reason(said, standing.reason.at))


def stranger(group: DesiredGroup, grounds: Grounds) -> Belonging:
    """Somebody whom Git does not have in a group."""
    shut = _shut(group, grounds)
    if shut is not None:
        return Belonging(None, *shut)
    return Belonging(None, Truth.FALSE, Reason("Git does not have it", group.at))


def is_open(group: DesiredGroup, grounds: Grounds) -> bool:
    """Whether Git decides who is in the group at this target."""
    return _shut(group, grounds) is None


def _shut(group: DesiredGroup, grounds: Grounds) -> tuple[Truth, Reason] | None:
    """Why Git decides about nobody in a group at this target."""
    standing, target = group.standing, grounds.target
    if isinstance(standing, Undetermined):
        said = f"whether {group.key} belongs to {target.name} is not known: {standing.reason.text}"
        return Truth.UNDETERMINED, Reason(said, standing.reason.at)
    if not isinstance(standing, Provisioned):
        said = f"{group.key} is not at {target.name}: {standing.reason.text}"
        return Truth.FALSE, Reason(said, standing.reason.at)
    if not group.members_managed:
        said = f"{target.name} does not write the members of groups"
        return Truth.FALSE, Reason(said, target.groups.at)
    return None


def _doubt(group: DesiredGroup, user: UserKey, grounds: Grounds, desired: Desired) -> Reason:
    standing = desired.users[user].standing
    if isinstance(standing, Undetermined):
        return standing.reason
    failed = (
        why_undetermined(grounds.declared, inner, user, as_of=grounds.as_of)
        for inner in groups_within(grounds.rolls, group.key)
    )
    return next(reason for reason in failed if reason is not None)
