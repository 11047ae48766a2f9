"""Carrying out a plan: each change from *planned* to its one outcome, and the ledger of it all.

Nothing else in the product writes to a service provider. `execute.execute` takes a plan that the
caller has checked (digest, target, version, expiry, verdict) and decides nothing about identities:
what is written stands in the plan, or is not written.

How one change gets its outcome
===============================

::

    planned ──second look──► due ──intent on disk──► sent ──answer──► applied
       │                      │                       │
       │                      │                       ├─ no answer ──► settled by reading ──┐
       │                      │                       └─ refused ─────► failed             │
       │                      └─ the run halts, or something it needs                      │
       │                         did not come to pass ──► skipped          (sent again, once,
       ├─ live is as wanted ──► already applied                             if not done)
       └─ live is neither as before nor as wanted,
          or cannot be read ──► skipped, stale

=============  ======================================  ==========================================
state          what happens                            next
=============  ======================================  ==========================================
planned        live is read again, as the plan's       as wanted → **already applied**;
               estimate says (`sight`), and compared   as the plan saw it → due; anything else,
               in what the change touches (`decide`,   or unreadable → **skipped**, stale
               `compare`)
due            waits for its step, and in it for what  something it needs did not come to pass, or
               must be before it (`order`)             the brake is pulled → **skipped**;
                                                       otherwise → intended
intended       its hash is in the ledger, on disk      → sent; where no version guards the write and
               (`journal`)                             the look is old, read once more (`late`)
sent           one request (`objects`), several for    success → **applied**; refused → **failed**;
               members (`members`), or a part of one   no answer, or one that leaves it open →
               for many changes (`parcels`)            unsettled
unsettled      live is read until it shows the         as wanted → **applied**; as before → sent
               result, or for as long as the provider  once more, then **failed**; unreadable, or
               may take to show it (`deliver`)         neither → **unknown**
=============  ======================================  ==========================================

The names in bold are final; each change gets exactly one, is heard by `progress` once and stands in
the ledger once. Some answers are looked into before they count: a conflict on a create may be about
this very account (**already applied**), another version (412) may be about something that the
change does not touch (sent once more), a deletion of what is gone is **already applied**.

What is under seal
==================

A plan holds fingerprints of values that must not show (`reconciler.model.sealed`). `opening` puts
the values back: those that are wanted from what the manifests say as of the plan, those that were
seen from the second look, each only where it fits the fingerprint. What stays closed equals
nothing, so its change is stale.

The order
=========

`Step` by `Step`; within one, changes that wait for another of the same step come after it; the rest
goes in batches, as many requests at a time as the profile has connections. Where the profile has
Bulk, what may go at the same time goes in one request: each change holds a place in it, and apart
from that is carried out like any other. A provider that refuses Bulk gets single requests for the
rest of the run. The requests of one group go one after another. The first group that loses members
goes alone, in the way in which the others will, and is read back: a provider that empties groups
shows it there, and no member is removed any more in that run.

When the run as a whole stops
=============================

One object's failure never stops another's. A refused credential, three requests in a row without a
connection, more failures than the budget, the end of the time that the run has, a `canary` that
fails, a ledger that takes nothing more, or a stop request pull the `brake`: what is in flight is
finished, the rest is skipped with the reason, and the ledger is closed in order. The next apply of
the same plan goes on. A second signal does not wait: what was in flight stands in the ledger as an
intent, and is unknown.

When the process dies
=====================

Nothing is repaired from the ledger, which is never needed for correctness. The next run of the same
plan (or of a new one) reads live: what took effect is *already applied*, what did not is *due*. A
create that took effect is found by its names, so nobody is made twice.

The ledger
==========

One chain of hashed lines per target (`chain`), kept in one of two ways behind one protocol:
`ledger` is a file, under a lock that the operating system releases when its holder dies (`lock`);
`git_ledger` is a Git ref (`git`), under a lease that is renewed while the run writes (`keeper`).
`journal` is one run's side of it, `checking` reads all of it and says what is not sound.
"""
