"""YAML in: manifests and policies, from files to checked values.

::

    files      which there are           `reconciler.documents`   bytes → YAML nodes, with places
        │
        ▼
    reading    file by file: `envelope` (which kind each document is), `kinds` (what it says, with
        │      `scalars`, `findings`, `origin`; `endpoint` for base URLs); `names` of all of it
        ▼
    load       the whole tree: `fragments` (mappings that include others), `sources` (people from
               tables, joined with those who have a manifest); then what can be wrong between
               manifests: `references`, `uniqueness`, `cycles`, `mapped_paths` (what a provider
               keeps), `target_rules`, `provider_rules`                                → Declared

`policies` does the same for guardrails and protections. `suppress` drops warnings that an author
has judged; `hints` has the word that was probably meant; `schema` tells editors what may be
written; `entra` imports what Entra is told today and exports it again; `collector` keeps Python's
garbage collector from slowing all of it down.

What an author wrote wrongly is a diagnostic, and reading goes on: one run says everything.
"""
