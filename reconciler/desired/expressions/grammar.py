"""From the text of an expression to its tree, or to the place where it stops being one.

The one owner of lark. The grammar is Entra's (function reference, "Syntax overview"): an expression
is a call, an attribute or a constant; a comparison stands only as an argument; an argument may be
left out between commas.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from lark import Lark, Token, Transformer, v_args
from lark.exceptions import UnexpectedCharacters, UnexpectedToken

from reconciler.desired.expressions.program import ExpressionError
from reconciler.desired.expressions.syntax import (
    Attribute,
    Call,
    Comparison,
    Literal,
    Name,
    Node,
    Number,
    Span,
)

MAX_LENGTH = 10_000  # Entra's limit
MAX_DEPTH = 100  # calls inside calls

_GRAMMAR = r"""
    ?start: operand
    ?expression: operand | comparison
    comparison: operand COMPARE operand
    ?operand: call | attribute | text | number | name
    call: NAME "(" arguments CLOSE
    arguments: argument ("," argument)*
    argument: expression?
    attribute: ATTRIBUTE
    text: TEXT
    number: NUMBER | HEXADECIMAL
    name: NAME

    NAME: /[A-Za-z_][A-Za-z0-9_]*/
    ATTRIBUTE: /\[[^\[\]"]+\]/
    TEXT: /"(?:[^"\\]|\\["\\])*"/
    NUMBER: /-?[0-9]+(?:\.[0-9]+)?/
    HEXADECIMAL: /&[Hh][0-9A-Fa-f]+/
    COMPARE: "<>" | "<=" | ">=" | "=" | "<" | ">"
    CLOSE: ")"
    %ignore /\s+/
"""

_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_TEXT = re.compile(r'"(?:[^"\\]|\\["\\])*"')
_ATTRIBUTE = re.compile(r"\[[^\[\]\"]+\]")
_NESTING = re.compile(r"""[()]|"(?:[^"\\]|\\.)*"|\[[^\[\]"]+\]""", re.DOTALL)
_BAD_ESCAPE = re.compile(r"""\"(?:[^"\\]|\\["\\])*\\[^"\\]""", re.DOTALL)
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_WORDS = {
    "NAME": "a function",
    "ATTRIBUTE": "an attribute in [brackets]",
    "TEXT": 'a text in "quotes"',
    "NUMBER": "a number",
    "COMPARE": "a comparison",
    "COMMA": "`,`",
    "LPAR": "`(`",
    "CLOSE": "`)`",
    "$END": "the end",
}


@v_args(inline=True)
class _Builder(Transformer[Token, Node]):
    """Makes our tree while the text is parsed; each method is named after its rule."""

    def comparison(self, left: Node, operator: Token, right: Node) -> Node:
        return Comparison(str(operator), left, right, Span(left.at.begins, right.at.ends))

    def call(self, name: Token, arguments: tuple[Node | None, ...], close: Token) -> Node:
        # `F()` has no argument, although nothing stands between its parentheses.
        given = () if arguments == (None,) else arguments
        return Call(str(name), given, Span(_span(name).begins, _span(close).ends))

    def arguments(self, *arguments: Node | None) -> tuple[Node | None, ...]:
        return arguments

    def argument(self, given: Node | None = None) -> Node | None:
        return given

    def attribute(self, token: Token) -> Node:
        return Attribute(token[1:-1].strip(), _span(token))

    def text(self, token: Token) -> Node:
        return Literal(_ESCAPED.sub(r"\1", token[1:-1]), _span(token))

    def number(self, token: Token) -> Node:
        return Number(str(token), _span(token))

    def name(self, token: Token) -> Node:
        return Name(str(token), _span(token))


def _span(token: Token) -> Span:
    begins = token.start_pos or 0
    return Span(begins, begins + len(token))


_PARSER = Lark(_GRAMMAR, parser="lalr", transformer=_Builder())


def parse(text: str) -> Node | ExpressionError:
    """The tree of `text`, or where it is wrong and what was expected there."""
    if len(text) > MAX_LENGTH:
        return ExpressionError(
            f"the expression has {len(text)} characters; expected {MAX_LENGTH} at most", MAX_LENGTH
        )
    if (deep := _too_deep(text)) is not None:
        return ExpressionError(f"calls are nested deeper than {MAX_DEPTH}", deep)
    try:
        # With a transformer the parser gives what the start rule's method made, not lark's tree.
        return _PARSER.parse(text)  # type: ignore[return-value]  # see above
    except (UnexpectedToken, UnexpectedCharacters) as wrong:
        return _explained(text, wrong)


def _too_deep(text: str) -> int | None:
    """Where parentheses outside of texts and attributes get too deep."""
    depth = 0
    for found in _NESTING.finditer(text):
        depth += {"(": 1, ")": -1}.get(found[0], 0)
        if depth > MAX_DEPTH:
            return found.start()
    return None


def _explained(text: str, wrong: UnexpectedToken | UnexpectedCharacters) -> ExpressionError:
    position: int | None = wrong.pos_in_stream
    at = len(text) if _at_end(wrong) or position is None else position
    expected = _words(_expected(wrong))
    found = text[at : at + 1]
    if found == '"' and not _TEXT.match(text, at):
        return _broken_text(text, at)
    if found == "[" and not _ATTRIBUTE.match(text, at):
        message = "the attribute is not closed or has no name; expected `[name]`"
    elif found and found in "\u201c\u201d\u201e\u2018\u2019'`":
        message = f'`{found}` does not begin a text; expected a straight `"`'
    elif (word := _NAME.match(text, at)) and word[0].upper() in {"AND", "OR"}:
        message = f"there is no {word[0].upper()} between conditions; nest IIF in IIF instead"
    else:
        what = f"unexpected `{word[0] if word else found}`" if found else "the expression ends here"
        message = f"{what}; expected {_either(expected)}"
    return ExpressionError(message, at, expected)


def _at_end(wrong: UnexpectedToken | UnexpectedCharacters) -> bool:
    return isinstance(wrong, UnexpectedToken) and wrong.token.type == "$END"


def _expected(wrong: UnexpectedToken | UnexpectedCharacters) -> Iterable[str]:
    if isinstance(wrong, UnexpectedToken):
        return wrong.accepts or wrong.expected
    return wrong.allowed or ()


def _words(terminals: Iterable[str]) -> tuple[str, ...]:
    """What terminals are called, in a fixed order, each once."""
    known = set(terminals)
    return tuple(word for terminal, word in _WORDS.items() if terminal in known)


def _either(words: tuple[str, ...]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"


def _broken_text(text: str, at: int) -> ExpressionError:
    """A quotation mark that begins no text: an escape is wrong, or the text does not end."""
    escape = _BAD_ESCAPE.match(text, at)
    if escape is None:
        return ExpressionError('the text is not closed; expected `"`', at, ('`"`',))
    wrong = text[escape.end() - 2 : escape.end()]
    return ExpressionError(
        f'`{wrong}` is no escape; write `\\\\` for a backslash and `\\"` for a quotation mark',
        escape.end() - 2,
        ("`\\\\`", '`\\"`'),
    )
