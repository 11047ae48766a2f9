"""Why somebody has, or has not, what they have at a target: everything that a plan considered.

Nothing is decided here. Each part asks the function that decides it for a plan:

* `subject`: whom the question is about;
* `access`: active, assigned, through the filter, hence the standing;
* `live`: which live resource is theirs, found by what, whose;
* `values`: each mapped attribute, wanted and live;
* `belonging`, `members`: groups and members, in Git and live;
* `outcome`: the resulting changes, or why there are none;
* `declared` and `undeclared` put the parts together, for whom a manifest declares and for whom
  none does.

Without a `Sight` of the target the live half is left out, and the rest holds all the same.
"""
