"""The command line: the environment, the clock, the exit code, and the only place that joins parts.

One module per command, thirty lines of joining each: read settings, call the chain of pure
functions, hand the result to a renderer, return an exit code.

`main`         the entry point; exceptions become exit codes here and nowhere else
`world`        what a command may see of its surroundings: environment, clock, streams, directory
`loading`      manifests and policies, or every diagnostic at once
`planning`     a target read and planned
`looking`      a target put beside Git, for whoever asks about one subject (`explain`, `on_demand`)
`log_file`     the file of the provisioning log; `provisioning_log` is the option that asks for it
`connections`  an alias becomes a credential, a target becomes an open client
`settings`     options that a variable of that environment can give as well
`state`        the one state directory: embedded service providers and ledgers
`progress`     bars for people who wait, on a terminal only
"""
