"""Entra's expression language for attribute mappings: total, bounded, deterministic.

`compile_expression` turns a text into a `Program` or into an `ExpressionError` with the place and
what was expected. A program reads source attributes and gives one of four things:

* a value. Booleans are the texts `"True"` and `"False"`, and dates are texts in UTC of the form
  `3/15/2024 9:05:00 AM`, as in Entra; numbers stay numbers. None means that there is no value;
* `Ignore`: `IgnoreFlowIfNullOrEmpty` found nothing, so the attribute is *not managed* for this
  object: neither written nor cleared;
* `Candidates`: `SelectUniqueValue` leaves it to planning which of them is free;
* `EvaluationFailure`: a function could not work with what it was given. It names the function and
  what it expected, never the value. The object it concerns is undetermined.

::

    text ── grammar ──► syntax ── compiler ──► Program ── running ──► value, Ignore, …
                          │         │
                          │         `arguments` against the `signature` of one of the `functions`,
                          │         with `conversions`
                          `placement`: what may stand where; `redaction`: what `Redact` hides;
                          `surprises`: what Entra would do otherwise

`values` says how values become text, numbers and truth; `moments`, `date_parse`, `date_text` and
`date_format` what a date is; `role_text` what a role is.

Nothing here raises, reads a clock or draws by chance: what a program may know besides the object
(the moment, the directory's domain, a key for random numbers) goes in as a `Context`
(`context`); `program` has the types of what comes out.

What Microsoft's reference leaves open is decided so: a null argument gives null unless the
function's row says otherwise; a multi-valued attribute is refused where one value is expected; a
character is a Unicode code point; branches that are not taken are not evaluated.
"""

from __future__ import annotations

from reconciler.desired.expressions.context import NOWHERE, Context
from reconciler.desired.expressions.placement import SELECT_UNIQUE
from reconciler.desired.expressions.program import (
    CHANGING,
    Candidates,
    EvaluationFailure,
    ExpressionError,
    Hidden,
    Ignore,
    Program,
    Step,
)
from reconciler.model.mapping import Expression, ValueSource

__all__ = [
    "CHANGING",
    "NOWHERE",
    "SELECT_UNIQUE",
    "Candidates",
    "Context",
    "EvaluationFailure",
    "ExpressionError",
    "Hidden",
    "Ignore",
    "Program",
    "Step",
    "compile_expression",
    "program_of",
]


def compile_expression(
    text: str, unsupported: frozenset[str] = frozenset()
) -> Program | ExpressionError:
    """`text` as a program, or what is wrong with it and where. Results are kept by text.

    Calling one of the `unsupported` functions fails when it is evaluated, and not before.
    """
    # The parser and the functions take 70 ms to import; a tree without expressions never does.
    from reconciler.desired.expressions.compiler import compile_text

    return compile_text(text, unsupported)


def program_of(source: ValueSource) -> Program | ExpressionError | None:
    """The program of a mapping's source; None for one that is no expression."""
    if not isinstance(source, Expression):
        return None
    return compile_expression(source.text, source.unsupported)
