"""What became of a change that the provider accepted, once live has been read again.

There are providers that answer 200 and keep nothing, keep something else, or leave the leaver in.
So whatever takes away is always read back, and of members whom nothing shows, some of those who
joined; all the rest is for the canary, and when the operator asks for it. Of values that were not
kept the outcome names the attributes, for the author to accept in the target's manifest (`notKept`)
or to take out of the mapping.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final, assert_never

from reconciler.apply.asking import group_now
from reconciler.apply.compare import (
    GONE,
    compare_additions,
    compare_deactivate,
    compare_delete,
    holds_value,
)
from reconciler.apply.finding import Done, Due, Finding, Moved, Unclear
from reconciler.apply.kept import not_held
from reconciler.apply.references import compare_references
from reconciler.apply.run import Run, failed, unknown
from reconciler.model.attributes import ACTIVE
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
from reconciler.model.entry_code import EntryCode
from reconciler.model.outcome import Outcome
from reconciler.model.profile import Deletion, MembersIn, Profile
from reconciler.model.resource import Resource
from reconciler.plan.probing import MOST_READ_BACK

_ACCEPTED: Final = "the provider accepted it, but"


def is_checked(change: Change, profile: Profile) -> bool:
    """Whether it is read back whoever asks: an account that should be off or gone, and members whom
    no later look at the group would show.

    A removal of members is read back where it is carried out.
    """
    match change:
        case Deactivate() | Delete():
            return True
        case AddMembers():
            return profile.members_in is MembersIn.PROBED
        case _:
            return False


async def look_back(change: Change, outcome: Outcome, run: Run) -> Outcome:
    """The outcome, once live has shown it; failed where live does not show all of it."""
    live = outcome.id
    if isinstance(change, RemoveMembers):
        return outcome  # read back already, as every removal of members is
    if live is None:
        return unknown(change, f"{_ACCEPTED} its id is not known, so it cannot be read back")
    missing: tuple[str, ...] = ()

    async def look() -> Finding:
        nonlocal missing
        if isinstance(change, AddMembers):
            who = run.known.joining(change.members).ids
            if run.profile.members_in is MembersIn.PROBED:
                who = who[:MOST_READ_BACK]
            group = await group_now(live, who, run.provider, run.profile)
            return compare_additions(live, None if group is None else group.members, who)
        seen = await run.provider.get(change.kind, live)
        finding, missing = _compare(change, seen, run)
        return finding

    match await run.courier.watch(look):
        case Done():
            return outcome
        case Unclear(reason=reason):
            return unknown(change, f"{_ACCEPTED} {reason}", live, outcome.request_ids)
        case Moved() as moved if moved is GONE and isinstance(change, Deactivate):
            return replace(outcome, detail="the account is gone with it")
        case Moved(reason=reason):
            words, code = f"{_ACCEPTED} {reason}", EntryCode.LIVE_STATE_CHANGED
            return failed(change, words, live, outcome.request_ids, code=code)
        case Due():
            what = f": {', '.join(missing)}" if missing else ""
            words = f"{_ACCEPTED} a read right after it does not show it{what}"
            lost = failed(change, words, live, outcome.request_ids, code=EntryCode.NOT_KEPT)
            return replace(lost, not_kept=missing)


async def read_back(change: Change, outcome: Outcome, run: Run) -> Outcome:
    """The same, but what a provider kept in part is applied, with the rest named."""
    found = await look_back(change, outcome, run)
    return replace(outcome, not_kept=found.not_kept) if _in_part(change, found) else found


def _in_part(change: Change, found: Outcome) -> bool:
    match change:
        case Create():
            return bool(found.not_kept)
        case Update(changes=parts) | Reactivate(changes=parts):
            return 0 < len(found.not_kept) < len(parts)
        case _:
            return False


def _compare(
    change: Create | Update | Reactivate | Deactivate | Delete | SetReferences,
    live: Resource | None,
    run: Run,
) -> tuple[Finding, tuple[str, ...]]:
    """What live shows of it, and the paths that it should show and does not."""
    match change:
        case Create() | Update() | Reactivate():
            if live is None:
                return Due(), ()
            paths = not_held(change, live, run.profile)
            return Due() if paths else Done(live.id), paths
        case Deactivate():
            return compare_deactivate(change, live, run.profile), ()
        case Delete():
            return _deleted(change, live, run), ()
        case SetReferences():
            found = compare_references(change, live, run.known, run.profile)
            unkept = sorted(str(path) for path in found.values) if isinstance(found, Due) else ()
            return found, tuple(unkept)
        case _:
            assert_never(change)


def _deleted(change: Delete, live: Resource | None, run: Run) -> Finding:
    """Where a DELETE switches off, an account that is off is a deleted one."""
    switches_off = run.profile.deletion is Deletion.DEACTIVATES
    if live is not None and switches_off and holds_value(live, ACTIVE, False, run.profile):
        return Done(live.id)
    return compare_delete(change, live, run.known.plan.principals, run.profile)
