"""Lives: a company, its service provider and a second writer, changing at random, and judged.

A *life* is a company of a few people and teams. Step by step somebody edits Git, HR exports its
table, time passes, a stranger writes at the provider, and we plan, apply, undo, die, or go on with
an old plan. Every act of ours is a real command over a real socket. After each, the statements of
the safety model are asked of what really happened, by a second reading of the manual that knows
nothing of `reconciler.plan` and `reconciler.desired`.

::

    company     what Git says, as plain facts        machine    who may do what, and when: people
       │ manifests: as YAML, a table, policies          │       (`in_git`), `strangers`, we; all of
       │ oracle: what follows from it                   ▼       them on `lived`
       └──────────────► life: one act = one command, with all its requests (`wire`)
                          │            and what the provider really holds (`behind`)
                          ▼
                        evidence: a plan, or an apply
                          │
                          ▼
                        of_plans, of_guards, of_applies, statements: one function per statement

Which check holds which statement of the safety model
=====================================================

==  ===============================  ==============================================================
1   an incomplete read never         `of_plans.incomplete_reads_never_remove`: lists and groups that
    removes                          are cut, HR's table short, stale, shrunken or torn
2   what is not owned is never       `of_plans.what_is_not_ours_is_not_touched`, and of every single
    touched                          write `of_applies.approved_is_applied`
3   reading commands send only       `statements.reading_sends_only_reads`: plan, drift, validate,
    reads                            explain, show, ledger
4   approved = applied               `of_applies.approved_is_applied`: each effect of each write
                                     stands in the plan, and met what the plan had seen, also with
                                     somebody else writing in between
5   one outcome for each change      `of_applies.every_change_ends_once`,
                                     `of_applies.unknown_is_settled_by_reading`
6   killed after any write, the      `machine.we_die_while_we_apply` (the ledger is as it was at the
    next run converges               moment), then `statements.nobody_is_there_twice` and 7
7   apply, then plan: empty          `statements.git_is_what_is_there`, `.nothing_is_left_to_do`
8   guardrails, acknowledgements     `of_guards.guardrails_trip`, and
                                     `machine.we_have_a_word_for_another_plan`
9   base and head both judge         `of_guards.guardrails_trip` with two trees of policies
10  grants before revokes            `of_applies.grants_come_before_revokes`
11  same input, same plan            `statements.same_input_same_plan`: documents in another order,
                                     in other files. Bytes, hash order and the order of rows and
                                     pages: `property/test_statements.py`, `test_sources.py`
12  undetermined is not false        `of_plans.undetermined_is_not_false`: rules and filters that
                                     err, people of a table that is not believed
13  nothing leaks                    `statements.nothing_leaks`: token, addresses in the ledger,
                                     what acts on a terminal. Logs, HTML, sealed values:
                                     `e2e/test_redaction.py`, `e2e/test_hostile.py`
14  bad input is a diagnostic        `statements.bad_input_is_a_diagnostic`. Every code and its
                                     text: `cases/broken/`
==  ===============================  ==============================================================

Beyond them, `of_plans.only_what_git_says` (nobody gets or loses anything else) and
`of_plans.undoing_only_gives_back` (the way back, Holds and dates).

`python -m tests.fuzz.lives` goes on for as long as it is told. `python -m tests.fuzz.breaks` breaks
the engine on purpose, in a copy, and says which breaks the lives notice.
"""
