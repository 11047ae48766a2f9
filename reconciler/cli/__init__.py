"""The command line: the environment, the clock, the exit code, and the only place that joins parts.

One module per command (`commands`), thirty lines of joining each: read settings, call the chain of
pure functions, hand the result to a renderer, return an exit code.

===============  ================================================================================
the run          `main` is the entry point, where exceptions become exit codes and nowhere else;
                 `world` what a command may see of its surroundings (environment, clock, streams,
                 directory); `progress` bars for people who wait
what is typed    `options` that several commands share (`settings`: that a variable can give as
                 well), `completing` for shells, `failures`: how a command gives up
what Git says    `loading`: manifests and policies (`paths`), or every diagnostic at once;
                 `targets`: which of them a command is about
the chain        `planning`: a target read and planned; `applying`: a saved plan carried out;
                 `undoing`: which one is to be taken back; `looking`: a target put beside Git, for
                 whoever asks about one subject (`explain`, `on_demand`); `sample`: what an
                 expression is evaluated with; `asking`: what a first reading leaves open
the provider     `connections`: a target becomes an open client; `credentials`: an alias becomes a
                 token and its hosts; `doctoring`: the same for an examination
what is kept     `state`: the one directory of embedded providers and ledgers; `ledgers`: where
                 else those may be; `key`: the deployment's secret; `saving`: plans; `log_file`,
                 `provisioning_log` and `run_log`: the provisioning log; `files`
the demo         `stage`: where `reconciler demo` plays
===============  ================================================================================
"""
