"""Entra's provisioning configuration in and out: Graph's JSON to manifests, and back.

In the order in which an import passes: `read` (JSON, checked against `shapes`), `select` (which
object mappings there are), `expression_text` (a mapping's source as text, from text or tree),
`mappings`, `scopes` and `targets` (Graph's values to `drafts` of manifests, with what could not be
carried over), `write_yaml` (drafts to the text that a person would have written). `to_manifests`
joins them. `to_schema` goes the other way.

Nothing is dropped in silence: what has no counterpart is a comment in the manifest and a warning.
"""
