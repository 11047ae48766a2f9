"""Whose access ends soon, or comes back soon: said before it does, and never a change.

People with `until`, members for a time, of groups and people who are there, and Holds.
`noticeDays` of the target says how soon is soon; the end itself is planned when it has come.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from reconciler.model.declared import Group, User
from reconciler.model.desired import Cause, Excluded, Provisioned
from reconciler.model.diagnostic import Position
from reconciler.model.identity import Kind, UserKey
from reconciler.model.note_code import NoteCode
from reconciler.model.period import Period, Phase, end_of
from reconciler.model.plan import Note, NoteKind
from reconciler.model.show import plain
from reconciler.model.source import UNTIL
from reconciler.plan.scene import Scene


def ending_soon(scene: Scene) -> Iterator[Note]:
    """A note for everybody who ends within the target's notice, in the order of their keys."""
    if not scene.target.notice_days:
        return
    for key, wanted in scene.desired.users.items():
        user = scene.declared_from.users.get(key)
        match wanted.standing:
            case Provisioned() if user is not None:
                yield from _person(user, wanted.name, scene)
            case Excluded(cause=Cause.HELD):
                yield from _held(key, wanted.name, scene)
            case _:
                pass
    for name, desired in scene.desired.groups.items():
        group = scene.declared_from.groups.get(name)
        if group is not None and isinstance(desired.standing, Provisioned):
            yield from _members(group, desired.name, scene)


def _person(user: User, name: str, scene: Scene) -> Iterator[Note]:
    ends = _ending(user.period, scene)
    if ends is not None:
        message = f"access lasts until {user.period.ends}: {_days(ends, scene)}"
        at = user.place(UNTIL)
        yield _soon(Kind.USER, user.key, name, message, at=at, due=ends)


def _held(key: UserKey, name: str, scene: Scene) -> Iterator[Note]:
    """Of several holds the last one lets go."""
    ends = {
        end_of(hold.ends.ends, ZoneInfo(scene.target.time_zone)): hold
        for hold in sorted(scene.declared_from.holds.values(), key=lambda hold: hold.name)
        if hold.user == key and hold.valid_at(scene.target.name) and hold.ends.ends is not None
    }
    last = ends.get(max(ends, default=scene.as_of))
    due = None if last is None else _ending(last.ends, scene)
    if last is not None and due is not None:
        what = f"the hold {last.name} ({plain(last.ticket)})"
        message = f"{what} lasts until {last.ends.ends}: {_days(due, scene)}, and then lets go"
        yield _soon(Kind.USER, key, name, message, at=last.at, due=due)


def _members(group: Group, name: str, scene: Scene) -> Iterator[Note]:
    for member in sorted(group.dated, key=lambda member: (member.kind, member.key, member.at)):
        ends = _ending(member.period, scene)
        if ends is not None:
            who = f"{member.kind} {member.key}"
            message = f"{who} is in it until {member.period.ends}: {_days(ends, scene)}"
            yield _soon(Kind.GROUP, group.key, name, message, at=member.at, due=ends)


def _ending(period: Period, scene: Scene) -> datetime | None:
    """When a period ends that ends soon, in the target's time zone."""
    zone = ZoneInfo(scene.target.time_zone)
    if period.ends is None or period.at(scene.as_of, zone) is not Phase.WITHIN:
        return None
    ends = end_of(period.ends, zone)
    soon = ends - scene.as_of <= timedelta(days=scene.target.notice_days)
    return ends.astimezone(zone) if soon else None


def _days(ends: datetime, scene: Scene) -> str:
    days = (ends - scene.as_of).days
    return "less than a day" if not days else f"{days} days" if days > 1 else "one day"


def _soon(kind: Kind, key: str, name: str, message: str, *, at: Position, due: datetime) -> Note:
    due = due.astimezone(UTC)
    return Note(NoteKind.ADVICE, NoteCode.ENDS_SOON, kind, key, name, message, at, due)
