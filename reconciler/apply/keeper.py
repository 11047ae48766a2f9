"""A lease that ends by itself is renewed while a run writes, and what waits is kept with it.

A run that cannot renew its lease must have stopped before somebody else may begin: it sends nothing
new from `MARGIN` before the end on, which is time enough for what is in flight, and for clocks that
are not quite together.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Final

from reconciler.apply.brake import Brake
from reconciler.apply.journal import Journal
from reconciler.errors import LedgerError
from reconciler.model.ledger import Lease

#: Often enough that two renewals may fail before the end of a lease of `LASTS`.
RENEWED_EVERY: Final = timedelta(seconds=75)
#: How long a lease lasts that nobody renews.
LASTS: Final = timedelta(minutes=5)
#: Nothing new is sent so long before a lease ends.
MARGIN: Final = timedelta(minutes=1)


def has_run_out(lease: Lease, now: Callable[[], datetime]) -> bool:
    """Whether too little is left of a lease to send anything under it."""
    return lease.until is not None and now() >= lease.until - MARGIN


@asynccontextmanager
async def kept(
    lease: Lease, journal: Journal, brake: Brake, every: timedelta = RENEWED_EVERY
) -> AsyncIterator[None]:
    """While it lasts, the lease is renewed, where it needs that; without it the brake is pulled."""
    if lease.until is None:
        yield
        return
    renewing = asyncio.create_task(_renew(lease, journal, brake, every.total_seconds()))
    try:
        yield
    finally:
        renewing.cancel()


async def _renew(lease: Lease, journal: Journal, brake: Brake, every: float) -> None:
    while brake.pulled is None:
        await asyncio.sleep(every)
        try:
            await asyncio.to_thread(journal.renew, lease)
        except LedgerError as error:
            brake.unrecorded(error.message)
