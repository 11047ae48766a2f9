"""YAML in: manifests and policies, from files to checked values.

In the order in which a document passes: `files` (which there are), `reconciler.documents` (YAML),
`envelope` (which kind it is), `kinds` (what it says; `scalars`, `findings`), then the whole tree:
`names`, `references`, `uniqueness`, `cycles`, `endpoints`. `load` and `policies` join all of it;
`suppress` drops warnings that an author has judged; `schema` tells editors what may be written.

What an author wrote wrongly is a diagnostic, and reading goes on: one run says everything.
"""
