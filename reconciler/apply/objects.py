"""Carrying out changes of single resources: create, update, reactivate, deactivate, delete.

Each function sends what is due, and turns the way in which that ended into the one outcome.
"""

from __future__ import annotations

from dataclasses import replace
from typing import assert_never

from reconciler.apply.compare import (
    compare_create,
    compare_deactivate,
    compare_delete,
    compare_update,
)
from reconciler.apply.deliver import (
    Accepted,
    Already,
    Delivery,
    Look,
    Refused,
    Shown,
    Unsettled,
)
from reconciler.apply.finding import Done, Due, Finding, Moved, Unclear
from reconciler.apply.kept import shown_by_answer
from reconciler.apply.run import (
    FINE,
    Run,
    already,
    applied,
    failed,
    live_id,
    request_ids,
    stale,
    unknown,
)
from reconciler.errors import ConflictError, NotFoundError
from reconciler.model.change import (
    Change,
    Create,
    Deactivate,
    Delete,
    Reactivate,
    SetReferences,
    Update,
)
from reconciler.model.entry_code import EntryCode, code_of
from reconciler.model.identity import Kind, ResourceId
from reconciler.model.outcome import Outcome
from reconciler.model.profile import Deactivation
from reconciler.model.written import Written
from reconciler.plan.order import sought

_LATE = "no answer came, but a later look shows it done"


async def create(change: Create, due: Due, run: Run) -> Outcome:
    """One POST. A name that is taken is looked up: it may be taken by this very create."""

    async def send(due: Due) -> Written:
        return await run.provider.create(change.kind, due.values)

    async def look() -> Finding:
        name = sought(change, run.profile)
        if name is None:
            return Unclear("it has no name to look for")
        found = await run.provider.find(change.kind, *name)
        return compare_create(change, run.known.strangers(found), (), run.profile)

    delivery = await run.courier.deliver(due, send, look)
    match delivery:
        case Accepted(written=Written(id=None) as written):
            outcome = await _identify(change, written, look, run)
        case Refused(error=ConflictError() as error):
            outcome = await _name_is_taken(change, error, look, run)
        case _:
            outcome = _outcome(change, delivery, run)
    if outcome.id is not None:
        run.known.created[change.subject] = outcome.id
        if change.kind is Kind.GROUP and isinstance(delivery, Accepted):
            run.known.fresh.add(outcome.id)
    return outcome


async def _identify(change: Create, written: Written, look: Look, run: Run) -> Outcome:
    """The provider did not say which id it gave (RFC 7644 §3.3 wants it to)."""
    requests = request_ids(written)
    match await run.courier.settle(look):
        case Done(id=id):
            return applied(change, id, requests=requests)
        case _:
            return applied(change, None, detail="its id is not known yet", requests=requests)


async def _name_is_taken(change: Create, error: ConflictError, look: Look, run: Run) -> Outcome:
    """By somebody else, or by this very create in a run that did not live to see the answer."""
    match await run.courier.settle(look):
        case Done(id=id):
            return already(change, id, "it was there already, with every value")
        case Moved(reason=reason):
            return failed(change, f"the name is taken: {reason}", code=EntryCode.ENTRY_CONFLICT)
        case _:
            return failed(change, f"the name is taken: {error.message}", code=code_of(error))


async def update(change: Update | Reactivate, due: Due, run: Run) -> Outcome:
    """One PATCH of what still differs."""
    live = live_id(change)

    async def look() -> Finding:
        return compare_update(change, await run.provider.get(change.kind, live), run.profile)

    return await patch(change, live, due, look, run)


async def deactivate(change: Deactivate, due: Due, run: Run) -> Outcome:
    """One PATCH of `active`. Where that removes the account, its memberships go with it."""
    live = live_id(change)

    async def look() -> Finding:
        return compare_deactivate(change, await run.provider.get(change.kind, live), run.profile)

    outcome = await patch(change, live, due, look, run)
    if outcome.status in FINE and run.profile.deactivation is Deactivation.DESTRUCTIVE:
        run.known.lost(change.kind, live)
    return outcome


async def patch(
    change: Update | Reactivate | Deactivate | SetReferences,
    live: ResourceId,
    due: Due,
    look: Look,
    run: Run,
) -> Outcome:
    """One PATCH of what is due to a live resource; `look` tells what became of a lost answer."""

    async def send(due: Due) -> Written:
        return await run.provider.update(
            change.kind, live, due.values, seen=due.seen, version=_insisted(due, run)
        )

    delivery = await run.courier.deliver(_as_left_by_us(change.kind, live, due, run), send, look)
    match delivery:
        case Accepted(written=written):
            run.known.wrote(change.kind, live, written)
        case Shown() | Unsettled():
            run.known.moved([live])
        case _:
            pass
    return _outcome(change, delivery, run)


async def delete(change: Delete, due: Due, run: Run) -> Outcome:
    """One DELETE. What is not there any more needs none."""
    live = live_id(change)

    async def send(due: Due) -> Written:
        return await run.provider.delete(change.kind, live, version=_insisted(due, run))

    async def look() -> Finding:
        seen = await run.provider.get(change.kind, live)
        return compare_delete(change, seen, run.known.plan.principals, run.profile)

    delivery = await run.courier.deliver(_as_left_by_us(change.kind, live, due, run), send, look)
    match delivery:
        case Refused(error=NotFoundError()) if await _is_gone(look, run):
            outcome = already(change, live, "it was gone already")
        case _:
            outcome = _outcome(change, delivery, run)
    if outcome.status in FINE:
        run.known.lost(change.kind, live)
    return outcome


async def _is_gone(look: Look, run: Run) -> bool:
    """A 404 to a DELETE can be about something else than what should be deleted."""
    return isinstance(await run.courier.look_once(look), Done)


def _as_left_by_us(kind: Kind, live: ResourceId, due: Due, run: Run) -> Due:
    """This run may have written to it, or near it, since the second look."""
    return replace(due, version=run.known.version(kind, live, due.version))


def _insisted(due: Due, run: Run) -> str | None:
    return due.version if run.profile.etags else None


def _outcome(change: Change, delivery: Delivery, run: Run) -> Outcome:
    match delivery:
        case Accepted(written=written):
            made = change.id or written.id
            outcome = applied(change, made, requests=request_ids(written))
            return replace(outcome, not_kept=shown_by_answer(change, written.resource, run))
        case Shown(id=id):
            return applied(change, change.id or id, detail=_LATE)
        case Already(id=id):
            return already(change, change.id or id)
        case Refused(error=error):
            return failed(change, error.message, code=code_of(error))
        case Moved(reason=reason):
            return stale(change, reason)
        case Unsettled(reason=reason):
            return unknown(change, reason)
        case _:
            assert_never(delivery)
