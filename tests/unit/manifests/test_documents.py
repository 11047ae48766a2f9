"""YAML is read with places and without guesses; what could explode is refused before it does."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from types import ModuleType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler import documents
from reconciler.documents import PARSER, Parser, c_parser, pure_parser, quoted_spans, read_documents
from reconciler.documents.nodes import List, Map, Plain
from reconciler.documents.text import LIMITS, Limits
from reconciler.model.diagnostic import Position

PARSERS = pytest.mark.parametrize("parser", [c_parser, pure_parser])


def codes(text: str, parser: Parser = PARSER, limits: Limits = LIMITS) -> list[str]:
    _, found = read_documents(text.encode(), "a.yaml", limits, parser)
    return [f"{d.at}".removeprefix("a.yaml:") + f" {d.code}" for d in found]


@PARSERS
def test_scalars_stay_text_and_remember_their_quotes(parser: Parser) -> None:
    text = "a: 007\nb: '007'\nc: no\nd: |\n  true\ne: true\n"
    (document,), found = read_documents(text.encode(), "a.yaml", parser=parser)
    assert found == ()
    assert document == {"a": "007", "b": "007", "c": "no", "d": "true\n", "e": "true"}
    assert {name: type(value) is Plain for name, value in document.items()} == {
        "a": True,
        "b": False,
        "c": True,
        "d": False,
        "e": True,
    }


@PARSERS
def test_only_null_tilde_and_nothing_are_null(parser: Parser) -> None:
    text = "a: null\nb: ~\nc:\nd: Null\ne: 'null'\nf: ''\ng: [~, '~']\n"
    (document,), _ = read_documents(text.encode(), "a.yaml", parser=parser)
    nulls = {"a": None, "b": None, "c": None}
    assert document == {**nulls, "d": "Null", "e": "null", "f": "", "g": [None, "~"]}


@PARSERS
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_every_key_and_item_has_its_place(parser: Parser, line_end: str) -> None:
    text = "# ü\na: 1\nb:\n  - x\n  - {c: y, d: ~}\n---\nü: [p, q]\n".replace("\n", line_end)
    (first, second), _ = read_documents(text.encode(), "a.yaml", parser=parser)
    assert (first.at, first.places) == ((2, 1), {"a": (2, 1), "b": (3, 1)})
    items = first["b"]
    assert isinstance(items, List)
    assert (items.at, items.places) == ((4, 3), [(4, 5), (5, 5)])
    inner = items[1]
    assert isinstance(inner, Map)
    assert (inner.at, inner.places) == ((5, 5), {"c": (5, 6), "d": (5, 12)})
    assert second.places == {"ü": (7, 1)}
    assert isinstance(second["ü"], List)
    assert second["ü"].places == [(7, 5), (7, 8)]


@PARSERS
def test_empty_documents_are_left_out(parser: Parser) -> None:
    documents, found = read_documents(b"---\n---\na: 1\n---\n~\n", "a.yaml", parser=parser)
    assert (documents, found) == (({"a": "1"},), ())


def test_byte_order_mark_is_no_part_of_the_first_key() -> None:
    (document,), _ = read_documents(b"\xef\xbb\xbfa: 1\n", "a.yaml")
    assert document.places == {"a": (1, 1)}


@PARSERS
def test_what_is_refused_is_left_out_and_the_rest_is_read(parser: Parser) -> None:
    text = (
        "a: &x 1\n"
        "b: *x\n"
        "<<: {c: 1}\n"
        "*x : {d: 1}\n"
        "? [e, {f: 1}]\n"
        ": {g: [1]}\n"
        "a: {h: 1}\n"
        "i: !t 1\n"
        "j: !t {k: &y [1, *x, 2]}\n"
        "'<<': 3\n"
    )
    documents, _ = read_documents(text.encode(), "a.yaml", parser=parser)
    assert documents == ({"a": "1", "i": "1", "j": {"k": ["1", "2"]}, "<<": "3"},)
    assert codes(text, parser) == [
        "3:1 merge-key",
        "5:3 complex-key",
        "7:1 duplicate-key",
        "8:4 tag",
        "9:4 tag",
        "1:4 anchor",
        "2:4 alias",
    ]


@PARSERS
@pytest.mark.parametrize(
    "broken",
    [
        "a: [1\n",
        "a: 'x\n",
        "a: b: c\n",
        "a: 1\n b: 2\n",
        "@x\n",
        "a: &\n",
        "a: " + "[" * 100 + "\n",
        "]",
    ],
)
def test_after_broken_yaml_reading_goes_on_with_the_next_document(
    parser: Parser, broken: str
) -> None:
    text = f"first: 1\n---\n{broken}\n---\nlast: 2\n"
    documents, found = read_documents(text.encode(), "a.yaml", parser=parser)
    assert documents == ({"first": "1"}, {"last": "2"})
    assert documents[1].places == {"last": (text.count("\n"), 1)}
    assert [d.code for d in found if d.at is None or d.at.line < 3] == []
    assert {d.code for d in found} <= {"yaml-syntax", "too-deep"}
    assert found


@PARSERS
@pytest.mark.parametrize("escape", ["\\ud800", "\\U00110000", "\\UFFFFFFFF"])
def test_escape_that_is_no_character_is_refused(parser: Parser, escape: str) -> None:
    documents, (found,) = read_documents(f'a: 1\nb: "{escape}"\n'.encode(), "a.yaml", parser=parser)
    assert documents == ()
    assert found.message.startswith("this is not YAML: found invalid Unicode character escape code")
    assert found.at is not None
    assert found.at.line == 2


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("a: *\n", "put a value that begins with & or * between quotes"),
        ("a: @b\n", "indent with blanks; put a value that begins with @, ` or % between quotes"),
        ("a: b: c\n", "check the indentation; put a value that contains `: ` between quotes"),
        ("[a:b]\n", "between { } or [ ], put a value that contains a colon between quotes"),
        ("a: 1\n...\nb: 2\n", "begin every document with a line `---`"),
        ("a: 'b\n", "look at quotes, brackets and indentation up to here"),
    ],
)
def test_broken_yaml_comes_with_what_to_do(text: str, hint: str) -> None:
    _, found = read_documents(text.encode(), "a.yaml")
    assert found[-1].hint == hint


DEEP = ["[", "{a: ", "- ", "? ", "- - ", "{? ", "[{a: ["]


@PARSERS
@pytest.mark.parametrize("opening", DEEP)
def test_nesting_is_refused_as_it_grows(parser: Parser, opening: str) -> None:
    # A thousand for the parser in Python, which reads every opening bracket before it gives the
    # first event.
    found = codes(opening * 1000, parser)
    assert "too-deep" in found[-1]
    allowed = "[" * 40 + "]" * 40
    assert codes(f"a: {allowed[1:-1]}\n", parser) == []
    assert [code.split()[1] for code in codes(f"a: {allowed}\n", parser)] == ["too-deep"]


def test_a_hundred_thousand_brackets_do_not_end_the_process() -> None:
    # In a process of its own: what is feared is a segmentation fault in the C parser.
    program = (
        "import sys\n"
        "from reconciler.documents import quoted_spans, read_documents\n"
        "for opening in sys.argv[1:]:\n"
        "    text = opening * 100_000\n"
        "    documents, found = read_documents(text.encode(), 'a.yaml')\n"
        "    assert documents == () and found[-1].code == 'too-deep', found\n"
        "    quoted_spans(text)\n"
        "print('alive')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, *DEEP], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, "alive\n")


def test_size_of_a_file_is_bounded() -> None:
    limits = Limits(bytes=10)
    assert codes("a: 1\nb: 22", limits=limits) == []
    assert codes("a: 1\nb: 222", limits=limits) == ["1:1 file-too-large"]


def test_number_of_values_is_bounded() -> None:
    limits = Limits(nodes=4)
    assert codes("a: [1, 2]\n", limits=limits) == []
    assert codes("a: [1, 2, 3]\n", limits=Limits(nodes=3)) == ["1:8 too-many-nodes"]
    assert codes("a: [&x 1, *x, *x, *x]\n", limits=limits)[0] == "1:11 too-many-nodes"


def test_number_of_faults_is_bounded() -> None:
    limits = Limits(faults=2)
    assert codes("!a x: 1\n", limits=limits) == ["1:1 tag"]
    many = ["1:1 tag", "2:1 tag", "2:1 too-many-faults"]
    assert codes("!a x: 1\n!b y: 1\n!c z: 1\n", limits=limits) == many
    assert codes("---\n]\n" * 3, limits=limits)[-1].endswith("too-many-faults")


@pytest.mark.parametrize(
    ("text", "at"),
    [(b"a: \xff\n", (1, 4)), (b"a: 1\nbb\xc3(\n", (2, 3)), (b"\xff\xfea\x00", (1, 1))],
)
def test_what_is_not_utf8_is_shown_where_it_stands(text: bytes, at: tuple[int, int]) -> None:
    documents, (found,) = read_documents(text, "a.yaml")
    assert (documents, found.code, found.at) == ((), "not-utf-8", Position("a.yaml", *at))


@PARSERS
@pytest.mark.parametrize(
    "character", ["\x00", "\x1b", "\x7f", "\x85", "\u2028", "\ufeff", "\uffff"]
)
def test_character_that_parsers_disagree_about_is_refused(parser: Parser, character: str) -> None:
    assert codes(f"a: 1\nb: x{character}y\n", parser) == ["2:5 refused-character"]


@PARSERS
def test_spans_of_quoted_and_block_scalars(parser: Parser) -> None:
    text = "a: 'b'\nc: d\ne: |\n  f\ng: \"h\"\n"
    spans = quoted_spans(text, parser=parser)
    assert [text[begin:end].strip() for begin, end in spans] == ["'b'", "|\n  f", '"h"']
    assert quoted_spans("a: 'b'\nc: [\n", parser=parser) == ((3, 6),)


def test_the_c_parser_is_used_where_it_is_installed() -> None:
    """The extra that ruamel.yaml documents brings another module, and falls back silently."""
    assert PARSER is c_parser


def test_without_the_c_parser_the_one_in_python_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ruamel.yaml.cyaml", None)
    alone = _again(documents, monkeypatch)
    assert alone.PARSER is alone.pure_parser


def _again(module: ModuleType, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The module, imported a second time under another name."""
    spec = importlib.util.spec_from_file_location("again", str(module.__file__))
    assert spec is not None
    assert spec.loader is not None
    again = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "again", again)
    spec.loader.exec_module(again)
    return again


json_values = st.recursive(
    st.none() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=9), inner, max_size=4)
    ),
    max_leaves=12,
)


@PARSERS
@given(document=st.dictionaries(st.text(max_size=9), json_values, min_size=1, max_size=5))
@settings(deadline=None)
def test_json_is_read_as_it_is(parser: Parser, document: dict[str, object]) -> None:
    text = json.dumps(document)
    if "\\ud" in text:
        return  # beyond the first plane JSON escapes in halves, which YAML does not know
    documents, found = read_documents(text.encode(), "a.yaml", parser=parser)
    assert (documents, found) == ((document,), ())


@given(st.binary(max_size=200))
@settings(deadline=None)
def test_no_bytes_whatever_raise(text: bytes) -> None:
    documents, found = read_documents(text, "a.yaml")
    assert all(type(document) is Map for document in documents)
    assert all(each.at is not None and each.at.line >= 1 and each.at.column >= 1 for each in found)


_MARKS = "[]{},:?-&*!|>'\"%@`#~<=\\ \n\t"
_WORDS = ["---\n", "...\n", "\n  ", "a: ", "- ", "<<: ", "*a", "&a ", "!!str ", "? ", "é", "\r"]
_ODD = ['"\\u0000"', '"\\ud800"', '"\\UFFFFFFFF"', "%YAML 1.1\n", "%TAG ! x\n"]
PIECES = st.sampled_from([*_MARKS, *_WORDS, *_ODD])


@PARSERS
@given(pieces=st.lists(PIECES, max_size=40))
@settings(deadline=None)
def test_no_text_that_looks_like_yaml_raises(parser: Parser, pieces: list[str]) -> None:
    text = "".join(pieces)
    documents, found = read_documents(text.encode(), "a.yaml", parser=parser)
    assert all(type(document) is Map for document in documents)
    assert all(each.at is not None and each.at.line >= 1 and each.at.column >= 1 for each in found)
    quoted_spans(text, parser=parser)
