"""Entra's provisioning configuration in and out: Graph's JSON to manifests, and back.

In the order in which an import passes: `read` (JSON, checked against `shapes`), `select` (which
object mappings there are), `definitions` (the directories' attributes, whose `names` differ here
and there), then Graph's values as `drafts` of manifests, with what could not be carried over:
`mappings` (with `origins`, `expression_text`: a source as text, from text or tree; `flows`: what
holds for a mapping as a whole), `scopes`, `profiles` and `settings`. `write_yaml` (with
`scalar_text`) makes of drafts the text that a person would have written. `to_manifests` joins them.
`to_schema` goes the other way.

Nothing is dropped in silence: what has no counterpart is a comment in the manifest and a warning.
"""
