"""Values that every part shares: frozen, without behaviour that reaches outside.

Nothing here opens a file or a socket, reads the clock or the environment, or logs. A box of the
flow (see `reconciler`) is one type from here; no box is changed in place.

===============  ================================================================================
what Git says    `declared`: everything together; `source`: the attributes of people and groups;
                 `feed`: people from tables; `period`: from when until when; `scoping`, `mapping`,
                 `access` (roles), `target`, `expectation`, `policy`; `diagnostic`: what is wrong
providers        `profile`: how each behaves; `dialect`: the choices that it makes; `provenance`:
                 how sure that is; `resource_type`, `attributes`, `serving`: what is kept of whom;
                 `rates`; `host`; `examination`: what `doctor` found
two sides        `desired`: what a target should hold; `resource`: what it holds; `identity`: what
                 people, groups and live resources are called; `path`, `element`: attributes and
                 their values
a plan           `change`, `plan`; `note_code`: why nothing is done with somebody; `undoing`: the
                 apply that it takes back; `sealed`: what of it nobody is to see, with the
                 deployment's `key`
a run            `exchange`: what became of a request; `written`: of a write; `outcome`: of a
                 change; `entry_code`: of an object, for the log; `ledger` and `ledger_runs`: what
                 is remembered; `exit`: the exit code
what is shown    `show`: the one way out; `words`, `suggestion`; `secret`: what never is
everywhere       `sameness`: no value, one name; `canonical`: one byte form; `leniency`: ids and
                 counts as providers write them; `light`: values made by the million
===============  ================================================================================
"""
