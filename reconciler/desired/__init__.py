"""Declared → desired: what one target should hold, before anybody looks at what it does hold. Pure.

::

    Declared, Target, Profile, asOf
        │
        ▼
    feeds        which sources of people are believed whole
    membership   who belongs to each group: listed, dated, by rule, nested      → Roll
    assignment   whom assignments bring to the target, and by which line        → Reach
    roles, belonging   what follows for each person: their roles, their `memberOf`
    standing     holds, dates, accountEnabled, assignment, `admission`, then the filter → Standing
    mapping      source attributes → values in the attributes' own types (`rule`) → Mapped
    draft        a failed mapping or a shared unique value (`uniqueness`) takes the standing with it
        │
        ▼
    desire.desire → Desired      (`grounds` has all of it that is one for everybody)

What the steps stand on:

* `subjects`: a declared user or group, or a live resource, as the languages see it; `guests` of
  another directory by their address outside;
* `conditions` (CEL): `condition_message` and `condition_tree` read what a compiled condition looks
  at, `condition_types` and `condition_facts` say what is known of it before anybody is asked,
  `condition_bindings` what one evaluation sees, `condition_errors` what is wrong with its text;
* `clauses` and `scoping` (Entra's filters);
* `patterns` (.NET regular expressions): `pattern_parser` (with `pattern_chars`) gives a
  `pattern_tree`, `pattern_automaton` and `pattern_cost` refuse those that explode,
  `pattern_template` is for replacements;
* `expressions` (Entra's mapping language, a package of its own), `conversion` (texts to booleans
  and numbers);
* `truth`: true, false and undetermined;
* `secrecy`: which mappings draw random values or hide some, so that a key is needed.

`check.check` says beforehand what is wrong with any of it (`condition_checks`, `filter_checks`,
`mapping_checks`, `role_checks`; `population_checks`: what surprises beside the people who are
declared). Both use the same compiled forms: what `check` accepts cannot fail for a whole mapping or
filter here, only for single objects.

`expectations.failures` asks whether what authors expect of all this holds: `roster` reads the
memberships, as declared or from the desired state of the `suspects`, and `assertions` judges.

One rule runs through all of it: an error never decides (safety statement 12). A condition that
errs, a pattern that runs out of time, a value of the wrong type, two people with one name: whoever
it concerns is `Undetermined`, keeps what they have, and is reported with the line that did it.
"""
