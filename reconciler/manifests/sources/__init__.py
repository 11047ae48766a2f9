"""Tables of people: where they are, what is in them, and how they join what manifests say.

::

    Source (a manifest), a file of the tree or one that was given
        │
        ▼
    find     the bytes, within limits, and the time that a table is of
    tables   bytes → records: CSV and JSON lines, with the line of each
    columns  which columns matter, and what each says
    cells    one cell → one value of an attribute
    people   records → people and a `Feed`; each fault with file, line and column
        │
        ▼
    join     manifests over rows, field by field                                → Declared.users

A table of the tree is manifest content: what is wrong in it is an error, as everywhere. A table
that was given (`--source`) comes from the world outside, where a broken export must not stop
everybody else: its faults are warnings, and its feed is incomplete. Whether a feed is short, stale
or shrunken is decided later and purely, in `reconciler.desired.feeds`: it needs the clock and the
ledger.

Cells are data. Nothing evaluates them, and what shows them goes through `reconciler.model.show`.
"""
