"""Identities as code: declared in Git, planned, applied to a SCIM service provider, watched.

This page is the map. Read it first, then one package; each package's docstring says what it owns.

The flow
========

::

    manifests/                                          policies/
      │ manifests.load: guarded YAML, references           │ manifests.policies
      ▼                                                    │
    Declared ──► Desired ─────────┐                        │
      │   desired.desire:         │                        │
      │   scoping, membership,    │                        │
      │   mapping                 ▼                        ▼
    provider ──► Actual ──► Scene ──► Plan ──► plan.judge ──► Verdict
          scim.snapshot   plan.scene:   │ plan.build: differences, order
                          who is who    │
                                        │ report.planfile: people review this file
                                        ▼
                              apply.execute ──► Outcome per change ──► ledger, report, exit code

Each arrow is one function from one frozen type to the next; each box is a type in `model` (`Scene`
in `plan`), and no box is changed in place. Whether anything is written is decided by *which command
runs*: only `apply.execute` writes, and it writes what stands in a plan. There is no `dry_run` flag.

One person, from a line to a request
====================================

Somebody adds `kind: User` with `userPrincipalName: ada@zone.example`, and a line in an Assignment.

1. `manifests.load.load` reads the file; `manifests.kinds.user` makes a `model.declared.User` of the
   document, with the place of each field. Whatever is wrong with it is a `Diagnostic`.
2. `desired.desire.desire` asks of each target: does an assignment reach her, does the filter let
   her in (`desired.standing`), and what is she called there (`desired.mapping`)? That makes a
   `model.desired.DesiredUser` of her, with the reason and the line for it.
3. `scim.snapshot.read_actual` lists who is there. `plan.scene.set_scene` finds nobody who is her.
4. So `plan.users.plan_users` asks `plan.provisioning.create` for a `model.change.Create`, and
   `plan.build.build_plan` puts it in its place among all the others. `plan.judge.judge` counts it.
   `report.planfile.save` joins plan and verdict; `reconciler plan` prints and saves that.
5. `reconciler apply` reads the file again, and `apply.execute.execute` looks once more: still
   nobody. The intent goes to the ledger (`apply.journal`), then `apply.objects.create` calls
   `scim.client`, which makes JSON of the values (`scim.creation`); `http.Wire` sends `POST /Users`.
6. The answer becomes an `Outcome`, and that a record of the ledger, a line of what the command
   prints (`report.outcomes`) and an entry of the provisioning log (`report.provisioning_log`).

`reconciler explain user:KEY` tells the same of any person, by the tree and the provider of today.

The layers
==========

===========  ====================================================================================
`cli`        click, the environment, the clock, the exit code; the only place that joins parts
*edges*      `manifests` (YAML), `scim` (the wire), `apply` (executor, ledger), `report` (plan
             file, text, Markdown), `simulator` (the embedded service provider), `doctor` (what a
             provider really does); edges do not import each other: what one needs of another
             it declares as a `Protocol`, and `cli` passes it in
`plan`       pure: desired + actual → plan → verdict
`desired`    pure: declared → desired
`model`      pure: the values that everybody shares
*owners*     `documents` (YAML) and `http` (httpx): one module per library that several may need
`errors`     what the world outside can do to us
===========  ====================================================================================

Imports point downwards only; `simulator` imports nothing of `scim`, `plan` or `desired`, because
it is a second reading of the standard. `tests/unit/test_structure.py` walks the syntax trees and
fails on a wrong import, on a library with two owners, and on anything impure in a pure package.

What has gone wrong, and where it is said
=========================================

* An author wrote something wrong: a `Diagnostic` with a file, a line and a hint; all in one pass.
* A plan may not be carried out: a `Violation` in the `Verdict`, with the way out.
* A single object cannot be decided or is refused: a `Note` in the plan.
* A single change went wrong: its `Outcome`.
* The world failed (network, credential, provider, disk): an exception of `errors`.

The words
=========

service provider, resource, attribute
    as in RFC 7643 and RFC 7644: the system at the other end, a user or group in it, one of its
    values.
declared, desired, actual
    what the manifests say; what one target should therefore hold; what it does hold.
key, resource id, principal
    `metadata.name` in Git; the provider's own id; whoever a membership is about.
standing
    whether somebody is to be provisioned, is excluded (and for which cause), or is undetermined.
plan, change, cause, reason
    everything an apply would do; one thing of it; the class of why; the words and the line of why.
note
    somebody for whom nothing is planned, and why: skipped, conflict, waiting, stranger, held.
ownership, mark, adopt
    which live resources are ours to touch; our sign on them; taking one over on purpose.
expectation, assertion
    what must hold of effective access whoever changes the manifests; one statement of it.
seal, key
    the fingerprint that stands in a plan for a value that must not show; the secret, from outside
    the manifests, that seals such values and draws random ones.
check, guardrail, protection, violation, verdict, acknowledgement
    what a plan must pass; limits on counts; people and groups from whom nothing is taken; a check
    not passed; all of them; somebody's word that releases one, for one run.
deactivate, delete
    switching an account off; removing it. What a provider does with either stands in its profile.
drift
    a difference between Git and the provider that no change in Git explains.
account, entry
    what one plan has to say of one object, changed or not; the line of the provisioning log that
    tells it together with what became of it, in the words of Entra's log (`EntryCode`).
on demand
    a plan for one subject, shown step by step, carried out and read back.
ledger, memory
    the append-only record per target; what planning may use of it.
step, outcome
    the position of a change in the order of an apply; what became of it.
"""

__version__ = "0.1.0"
