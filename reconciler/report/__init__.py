"""What people and programs get to see: the plan file, text, Markdown.

`planfile`   the saved plan: what `plan -o` writes, people review and `apply` carries out
`view`       one prepared reading of a plan, from which every renderer draws
`text`       for a terminal or a CI log
`markdown`   for a job summary
`findings`   diagnostics of manifests, as text and as data
`ledger`     the runs that a ledger tells of, as text and as data
`profiles`   what is known of a kind of service provider
`outcomes`   what became of each change, as text and as data

Every value of a manifest or a provider passes through `reconciler.model.show` on its way out.
"""
