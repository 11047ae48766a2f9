"""What people and programs get to see: the plan file, and every report as text and as data.

=================  ==============================================================================
a plan             `planfile` saves it: what `plan -o` writes, people review and `apply` carries
                   out; `plan_shape` says what holds of every one. `view` is one prepared reading
                   of it, from which `text` (terminal, CI log) and `markdown` (job summary) draw;
                   `summary` is the same in a sentence, `compare` two of them, `drift` what of one
                   was changed behind Git's back
an apply           `outcomes`: what became of each change; `ledger`: the runs of earlier ones
a person, a group  `explanation` and its parts (`explanation_members`, `explanation_undeclared`,
                   `explanation_data`, `explanation_words`): why somebody has what they
                   have; `on_demand`: the same in the steps of one demand
the log            `provisioning_log` projects a plan and its outcomes to entries (`log_entry`,
                   with the steps of `log_steps`); `log_query` and `log_text` read them again
a tree             `findings`: diagnostics; `evaluation`: one expression, part by part
a provider         `profiles`: what is known of its kind; `examination`: what `doctor` found
=================  ==============================================================================

`style` knows colours, `data` what values are in JSON. Every value of a manifest or a provider
passes through `reconciler.model.show` on its way out.
"""
