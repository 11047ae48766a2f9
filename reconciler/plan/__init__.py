"""Desired + actual → plan → verdict. Pure: what is decided here is decided before anything is sent.

A wrong removal locks people out, a missed one leaves a leaver inside. So this package is built as a
chain in which each link can only take away what the next may do, and every refusal leaves a note.

The chain (`scene.set_scene`, then `build.build_plan`)
======================================================

::

    Desired   Actual   Target   Profile   Memory
       │        │
       │        ▼
       │   ownership   whose is each live resource: by endpoint, mark or rule          → Claims
       ▼        ▼
      matching         mark, recorded id, object id, then names; conflicts              → Pairing
           │           (`side`, `index`, `pairing`, `history`; together: `scene`)       → Scene
           ▼
      unique           which candidate for a unique value nobody has, for who is created
           ▼
      users, groups    one standing, one live resource or none; through two doors only:
           │           `provisioning` (create, update, reactivate: `diff`) and `leaving`
           │           (deactivate, delete: `lifecycle`); `orphans`: which of what no
           ▼           manifest declares leaves                          → changes and notes
      references       whom people name: keys in Git, ids at the provider, found anew every time
           ▼
      members          sets of ids: who joins, who leaves, who is none of our business
           │           (`eligible`: who may at all, whichever group it is)
           ▼
      selection        narrows; from here on nothing else exists
           ▼
      names            who needs a name, who holds it, who frees it in time; the order
           ▼
      waiting          who was to join, or to be named, and is not there, waits
           ▼
      capacity         who has no seat left for a group leaves another one first; then `removing`
           │           says how members are taken out
           ▼
      sealing          what must not show becomes a fingerprint; nothing later can give it away
           ▼
      hashes, identity, tally, estimate    stamp it, and say what it amounts to (`budget`: in
      basis, provenance, principals        requests), what it rests on, who is who      → Plan

    accounts           what the plan says of everybody whom it considered, for the log
    judge.judge        guardrails (`measure`), protections, and what a profile holds back
                       (`safety`), from the plan alone                                  → Verdict
    explain            why one subject has what they have, or has not; nothing is decided there

`undo` (with `undo_ground`, `undo_links`) proposes the way back from an apply instead of what Git
wants, on the same scene; from selection on it is planned like anything else.

`horizon` (whose access ends soon) and `sharing` (somebody else's marks) add notes and nothing else.
`skips` has Entra's word for every reason why nothing is done.
`on_demand` says which part of a plan one subject is.

Two questions go back to the provider before a plan is made: `absences`, whose absence from a list
is to be confirmed, and `probing`, who is asked for as a member where nothing shows them.

`order` says what has to be before what, and `together` which changes leave in one request, to the
estimate and to `apply`.

`canonical` has the one form in which values are compared; `apply` uses it too.

What holds of every plan
========================

1. *A removal needs four yeses*: the listing was complete, the resource is ours, nothing about whom
   it belongs to is open, and the target's `actions` and `deprovision` say so. `leaving` asks for
   deactivations and deletions, `members` for memberships; there is no third place.
2. *Open means hands off.* A conflict blocks every candidate in it, for everybody: blocked resources
   are not changed, not removed, not taken for strangers and not taken out of groups. A declared
   subject that cannot be decided keeps what it has, and while it cannot even be found, no resource
   without a manifest is removed, because it may be the one.
3. *A create needs a verified absence*: a complete listing, a value that would have found it, and
   a name that nobody holds or that is given up in time.
4. *A name proves nothing.* Marks, recorded ids and object ids do; a name is a hint among what
   nobody has proof of, and a resource with another object id is somebody else's.
5. *Grants before revokes*, but for leavers whose access must end now and for what frees a name or
   a seat.
   What a person holds on the way is counted, not what they end up with.
6. *No order goes in, one order comes out.* Everything is sorted when it is made; no result depends
   on a dict, a set, a page or a file.
7. *The plan is self-sufficient.* Verdict, estimate and execution need it, the policies and the
   profile; nothing of what led to it.

A person who leaves and is a member of groups of ours is taken out of them as well, even when the
same plan deletes the account: removing twice is harmless, staying in a group by an oversight is
not. Members that are groups are named `group:KEY`, so that no person's key can be meant.

Memory makes a plan sharper, never possible: without it nothing is called drift, nothing is deleted
by date, and whoever no manifest declares trips the guard on widened ownership.
"""
