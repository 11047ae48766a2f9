"""Carrying out changes of a group's members, in requests of a size that the provider takes.

One group's requests go strictly one after another. A request that fails does not stop the next one;
the change as a whole has one outcome, which counts. After a removal the group is read back: there
are providers that understand "remove this member" as "remove the members", and what such a one does
to the first group it must not do to the second. After an addition the answer tells as much, where
it shows the members; only what it puts in doubt is read.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import assert_never

from reconciler.apply.asking import group_now
from reconciler.apply.compare import compare_additions, compare_removals
from reconciler.apply.deliver import Accepted, Already, Refused, Send, Shown, Unsettled
from reconciler.apply.echo import doubted, lost_of
from reconciler.apply.finding import Done, Due, Finding, Moved, Unclear
from reconciler.apply.known import Members as Joining
from reconciler.apply.run import (
    Run,
    already,
    applied,
    failed,
    live_id,
    request_ids,
    skipped,
    stale,
    unknown,
)
from reconciler.errors import ProviderError, StaleVersionError
from reconciler.model.change import AddMembers, RemoveMembers, Removing
from reconciler.model.entry_code import EntryCode, code_of
from reconciler.model.identity import Kind, ResourceId
from reconciler.model.outcome import Outcome
from reconciler.model.profile import MembersIn
from reconciler.model.resource import Members, Probed, Resource, Unread, known_members
from reconciler.model.words import listed
from reconciler.model.written import Written
from reconciler.plan.probing import MOST_READ_BACK


@dataclass(frozen=True, slots=True)
class _Way:
    """Adding or removing: how a request is sent, how live is compared, what speaks against it."""

    send: Send
    compare: Callable[[ResourceId, Members | None, Sequence[ResourceId]], Finding]
    hindrance: Callable[[], str | None]


@dataclass(slots=True)
class _Sent:
    """What became of a change's requests. `done` counts members, not requests."""

    done: list[ResourceId] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    unsettled: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    shown: frozenset[ResourceId] | None = None  # who is a member, by the last answer
    codes: list[EntryCode] = field(default_factory=list)

    @property
    def code(self) -> EntryCode:
        """What the first problem is called; whoever has no account is one without a request."""
        return self.codes[0] if self.codes else EntryCode.UNRESOLVED_REFERENCE


async def add_members(change: AddMembers, run: Run) -> Outcome:
    """PATCH requests that add; whoever has no account is named, and the rest is added."""
    group = run.known.group(change)
    if group is None:
        said = "the id of its group is not known yet; plan again"
        return skipped(change, said, EntryCode.DEPENDENCY_FAILED)
    now = await _members_now(group, run)
    if isinstance(now, Unclear):
        return stale(change, f"its members could not be read: {now.reason}")
    who = run.known.joining(change.members)
    absent = [one for one in who.ids if one not in now]

    async def send(due: Due) -> Written:
        return await run.provider.add_members(group, due.members)

    way = _Way(send, compare_additions, lambda: run.brake.addition_reason)
    staying = run.known.must_stay(group, run.known.sight.resource(Kind.GROUP, group))
    sent = await _in_chunks(group, absent, way, run, run.profile.additions_per_patch)
    doubt = await doubted(group, sent.done, sent.shown, staying, run)
    if doubt is not None:
        return failed(change, doubt.reason, group, tuple(sent.requests), code=doubt.code)
    run.known.joined(group, sent.done)
    before = len(who.ids) - len(absent)
    left_out = _left_out(who)
    problems = sent.unsettled + sent.problems + left_out
    count = f"{before + len(sent.done)} of {len(change.members)} members added"
    requests = tuple(sent.requests)
    if sent.unsettled:
        return unknown(change, "; ".join([count, *problems]), group, requests)
    if left_out and not who.ids:
        missing = EntryCode.UNRESOLVED_REFERENCE
        code = missing if who.missing else EntryCode.DEPENDENCY_FAILED
        return skipped(change, "; ".join(left_out), code)
    if problems:
        return failed(change, "; ".join([count, *problems]), group, requests, code=sent.code)
    if not absent:
        return already(change, group)
    detail = f"{before} were members already" if before else None
    return applied(change, group, detail=detail, requests=requests)


def _left_out(who: Joining) -> list[str]:
    """Who cannot be added, and why."""
    found = [
        (who.missing, "no account here for"),
        (who.crowded, "still in a group that had to be left first, so in too many:"),
    ]
    return [f"{why} {listed(keys)}" for keys, why in found if keys]


async def _members_now(group: ResourceId, run: Run) -> frozenset[ResourceId] | Unclear:
    """As far as a run that adds has to know: adding somebody twice is harmless."""
    if group in run.known.fresh or run.profile.members_in is MembersIn.NEVER:
        return frozenset()
    seen = run.known.sight.resource(Kind.GROUP, group)
    match seen.members if isinstance(seen, Resource) else None:
        case frozenset() | Probed() as members:
            return known_members(members)
        case Unread() | None:
            pass
    if run.profile.members_in is MembersIn.PROBED:
        return frozenset()
    # A group that an earlier, broken-off run has made: nobody has looked at its members yet.
    try:
        live = await run.provider.get(Kind.GROUP, group)
    except ProviderError as error:
        run.brake.refused(error)
        return Unclear(error.message)
    if live is None or not isinstance(live.members, frozenset):
        return Unclear("the answer does not show them")
    return live.members


async def remove_members(change: RemoveMembers, due: Due, run: Run) -> Outcome:
    """PATCH requests that remove, then one GET that must show that nobody else is gone."""
    group, leaving = live_id(change), due.members
    seen = run.known.sight.resource(Kind.GROUP, group)
    run.known.left(group, leaving)
    staying = set(run.known.must_stay(group, seen))

    async def send(due: Due) -> Written:
        return await run.provider.remove_members(group, due.members)

    async def send_all(_: Due) -> Written:
        stay = await _who_stays(group, leaving, change.by, run)
        staying.update(stay)
        if change.by is Removing.EMPTY:
            return await run.provider.empty_group(group)
        return await run.provider.replace_members(group, sorted(stay))

    one_by_one = change.by is Removing.EACH
    way = _Way(send if one_by_one else send_all, compare_removals, lambda: run.brake.removal_reason)
    size = run.profile.removals_per_patch if one_by_one else len(leaving)
    sent = await _in_chunks(group, leaving, way, run, size)

    async def look_back() -> Finding:
        # Where nothing shows members, those who joined by this run are the witnesses.
        about = [*leaving, *sorted(staying)[:MOST_READ_BACK]]
        live = await group_now(group, about, run.provider, run.profile)
        return _compare_back(group, live, leaving, frozenset(staying))

    back = await run.courier.settle(look_back)
    return _removed(change, sent, len(leaving), back, run)


async def _who_stays(
    group: ResourceId, leaving: Sequence[ResourceId], by: Removing, run: Run
) -> frozenset[ResourceId]:
    """Who is a member right before the list is replaced or emptied, and is not to leave.

    Raises:
        StaleVersionError: somebody would be taken out whom the plan does not name.
    """
    live = await run.provider.get(Kind.GROUP, group)
    members = None if live is None else live.members
    if not isinstance(members, frozenset):
        why = "its members could not be read again right before they were to be replaced"
        raise StaleVersionError(why, status=412)
    stay = members - frozenset(leaving)
    if stay and by is Removing.EMPTY:
        why = f"{len(stay)} members have joined since the plan was made, so it is not emptied"
        raise StaleVersionError(why, status=412)
    return stay


def _compare_back(
    group: ResourceId,
    live: Resource | None,
    leaving: Sequence[ResourceId],
    staying: frozenset[ResourceId],
) -> Finding:
    members: Members | None = frozenset() if live is None else live.members
    lost = lost_of(members, staying)
    if lost:
        return Moved(
            f"{len(lost)} members vanished who were not to be removed: {len(staying)} were to stay "
            f"and {len(staying) - len(lost)} did"
        )
    return compare_removals(group, members, leaving)


def _removed(change: RemoveMembers, sent: _Sent, asked: int, back: Finding, run: Run) -> Outcome:
    group, requests = change.id, tuple(sent.requests)
    problems = sent.unsettled + sent.problems
    match back:
        case Done() if sent.done or sent.unsettled:
            return applied(change, group, requests=requests)
        case Done():
            return already(change, group, "they were no members any more")
        case Moved(reason=reason):
            run.brake.removals_unsafe = (
                f"no member is removed any more in this run: in {change.subject}, {reason}"
            )
            again = "plan and apply again to add them, and do not remove members here before then"
            code = EntryCode.LIVE_STATE_CHANGED
            return failed(change, f"{reason}; {again}", group, requests, code=code)
        case Due(members=left):
            why = problems or ["although the provider said that they were removed"]
            count = f"{len(left)} of {asked} are members still"
            code = sent.code if problems else EntryCode.NOT_KEPT
            return failed(change, "; ".join([count, *why]), group, requests, code=code)
        case Unclear(reason=reason) if sent.done or sent.unsettled:
            words = [f"{len(sent.done)} of {asked} members removed", *problems]
            words.append(f"the group could not be read back: {reason}")
            return unknown(change, "; ".join(words), group, requests)
        case Unclear():
            return failed(change, "; ".join(problems), group, requests, code=sent.code)
        case _:
            assert_never(back)


async def _in_chunks(
    group: ResourceId,
    members: Sequence[ResourceId],
    way: _Way,
    run: Run,
    size: int,
) -> _Sent:
    sent = _Sent()
    for start in range(0, len(members), size):
        if (why := way.hindrance()) is not None:
            sent.problems.append(why)
            sent.codes.append(EntryCode.RUN_HALTED)
            break
        chunk = tuple(members[start : start + size])
        await _send_chunk(group, chunk, way, sent, run)
    return sent


async def _send_chunk(
    group: ResourceId, chunk: tuple[ResourceId, ...], way: _Way, sent: _Sent, run: Run
) -> None:
    async def look() -> Finding:
        live = await group_now(group, chunk, run.provider, run.profile)
        if live is None:
            return Moved("its group is no longer there")
        return way.compare(group, live.members, chunk)

    delivery = await run.courier.deliver(Due(members=chunk), way.send, look)
    match delivery:
        case Accepted(written=written):
            sent.done.extend(chunk)
            run.known.wrote(Kind.GROUP, group, written)
            run.known.moved(chunk)
            sent.requests.extend(request_ids(written))
            if written.members is not None:
                sent.shown = written.members
        case Shown() | Already():
            sent.done.extend(chunk)
        case Refused(error=error):
            sent.problems.append(error.message)
            sent.codes.append(code_of(error))
        case Moved(reason=reason):
            sent.problems.append(reason)
            sent.codes.append(EntryCode.LIVE_STATE_CHANGED)
        case Unsettled(reason=reason):
            sent.unsettled.append(reason)
        case _:
            assert_never(delivery)
