""".NET's dialect under another engine: the same matches, clear refusals, no explosions."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.desired.patterns import (
    MAX_LENGTH,
    Pattern,
    PatternError,
    TimedOut,
    TooLong,
    compile_pattern,
)


def a_pattern(text: str) -> Pattern:
    pattern = compile_pattern(text)
    assert isinstance(pattern, Pattern), pattern
    return pattern


def replaced(text: str, pattern: str, template: str) -> str | TimedOut | TooLong:
    return a_pattern(pattern).substitute(text, template, limit=10_000)


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("b", "abc"),  # a search, not a match of the whole text
        (r"^c-.*@zone\.example$", "c-kim@zone.example"),
        ("^a$", "a\n"),
        (r"^a\Z", "a\n"),
        (r"\Aa\z", "a"),
        ("(?m)^b$", "a\nb\nc"),
        ("(?s)a.b", "a\nb"),
        ("(?i)ÉCOLE", "école"),
        ("(?i:a)b", "Ab"),
        ("(?i)a(?-i)b", "Ab"),
        ("((?i)a)b", "Ab"),
        ("(?i)[a-c]x", "BX"),
        (r"(?i)(a)\1", "aA"),
        ("(?x) a b # comment\n c", "abc"),
        ("(?x)a #comment", "a"),
        ("a(?#comment)b", "ab"),
        ("(?x: a b )", "ab"),
        (r"\p{Lu}\P{Lu}", "Ab"),
        (r"\p{L}+", "é"),
        (r"\p{IsCyrillic}", "Ж"),
        (r"\p{IsGreek}", "Ω"),
        (r"\p{IsBasicLatin}", "a"),
        (r"\d", "٣"),
        (r"\w", "é"),
        (r"^\W$", "²"),
        (r"\s", "\u2003"),
        (r"\D\W\S", "a-b"),
        (r"\bab\b", "x ab y"),
        (r"a\Bb", "ab"),
        (r"\x41\u00e9\t\r\n\f\v\a\e\0", "Aé\t\r\n\f\v\a\x1b\0"),
        (r"\cA\c[", "\x01\x1b"),
        (r"\012", "\n"),
        (r"[\b\101\-\]]+", "\bA-]"),
        (r"[\x41-\x43]", "B"),
        ("(a)(b)(c)(d)(e)(f)(g)(h)(i)(j)(k)" + r"\11", "abcdefghijkk"),
        (r"^[a-z-[aeiou]]+$", "xyz"),
        (r"^[\w-[\d]]+$", "ab"),
        (r"[^a-c\W]", "d"),
        (r"^[\W\dx]+$", "-1x"),
        (r"[]a]", "]"),
        (r"[^]a]", "b"),
        (r"[a-]", "-"),
        (r"[\w-.]", "."),
        (r"[()\s-]", "-"),
        (r"[[]", "["),
        ("a{2}", "aa"),
        ("a{2,}", "aaa"),
        ("^a{1,2}$", "aa"),
        ("a{,2}", "a{,2}"),
        ("a{x", "a{x"),
        ("{", "{"),
        ("a}]", "a}]"),
        ("a+?b*?c??", "ab"),
        ("(?=a)a(?!c)", "ab"),
        ("(?<=a+)b(?<!cb)", "aab"),
        ("(?>a+)b", "aab"),
        (r"(?<q>['" + '"' + r"]).*\k<q>", "'a'"),
        (r"(?'q'a)\k'q'", "aa"),
        (r"(a)(?<n>b)(c)\2", "abcc"),  # named groups are numbered after the others
        (r"(?<n>a)|(?<n>b)", "b"),
        ("(?n)(a)(?<x>b)", "ab"),
        ("", ""),
        ("|a", "x"),
        ("^*a", "a"),
        ("a" * MAX_LENGTH, "a" * MAX_LENGTH),
    ],
)
def test_pattern_matches(pattern: str, text: str) -> None:
    assert a_pattern(pattern).search(text) is True


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (r"a\z", "a\n"),
        ("^b", "a\nb"),
        ("a.b", "a\nb"),
        ("A", "a"),
        ("(?i)a(?-i)b", "AB"),
        ("((?i)a)b", "AB"),
        (r"^\w$", "²"),
        (r"\s", "\x1c"),  # white space for Python, not for .NET
        (r"^[a-z-[aeiou]]+$", "xa"),
        (r"[^a-c\W]", "a-"),
        (r"a\bb", "ab"),
        (r"\Ba\B", "a"),
        ("(?>a+)a", "aaa"),
        (r"(?<n>b)(a)\1", "bab"),
        ("(?x)[ ]", "x"),
        (r"\p{IsGreek}", "a"),
    ],
)
def test_pattern_does_not_match(pattern: str, text: str) -> None:
    assert a_pattern(pattern).search(text) is False


@pytest.mark.parametrize(
    ("pattern", "message", "offset"),
    [
        ("(?<a-b>x)", "balancing groups `(?<a-b>…)` are not supported", 0),
        ("x(?<-b>x)", "balancing groups `(?<a-b>…)` are not supported", 1),
        ("(?r)x", "unknown group or option `(?r` (RightToLeft)", 0),
        ("(?P<n>x)", "unknown group or option `(?P`", 0),
        ("(?", "unknown group or option `(?`", 0),
        ("(?(a)b|c)", "conditionals `(?(…)yes|no)` are not supported", 0),
        (r"a\G", r"`\G` is not supported", 1),
        ("(?<1>x)", "expected a group name", 0),
        ("(?<>x)", "expected a group name", 0),
        ("(?<n", "the name of the group is not closed", 3),
        ("(a", "the group is not closed", 0),
        ("a)", "a closing parenthesis without an opening one", 1),
        ("(?#a", "the comment is not closed", 3),
        ("*a", "a quantifier with nothing before it to repeat", 0),
        ("(?i)+", "a quantifier with nothing before it to repeat", 4),
        ("{2}", "a quantifier with nothing before it to repeat", 0),
        ("a**", "a second quantifier", 2),
        ("a++", "a second quantifier", 2),
        ("a{2}{3}", "a second quantifier", 4),
        ("a{3,2}", "the counts run backwards", 5),
        ("a{10001}", "more than 10000 repetitions", 7),
        ("[a", "the class is not closed", 0),
        ("[", "the class is not closed", 0),
        ("[b-a]", "the range runs backwards", 1),
        (r"[a-\d]", "a range must end in a single character", 3),
        ("[a-z-[b]c]", "a subtracted class must stand last", 8),
        ("[[:alpha:]]", "`[:name:]` classes do not exist in .NET", 1),
        ("a\\", "a backslash at the end", 1),
        (r"\q", r"unknown escape `\q`", 0),
        (r"[\8]", r"unknown escape `\8`", 1),
        (r"\xZ1", "expected 2 hexadecimal digits", 0),
        (r"\u12", "expected 4 hexadecimal digits", 0),
        (r"\c1", r"`\c` must be followed by a letter", 0),
        (r"\c", r"`\c` must be followed by a letter", 0),
        (r"\pL", "expected a category in braces", 2),
        (r"\p{L", "the category is not closed", 3),
        (r"\p{Greek}", "unknown category", 3),
        (r"\p{IsNoSuchBlock}", "the pattern is not supported: unknown property", None),
        (r"(a)\2", "reference to a group `2` that does not exist", 3),
        (r"\k<n>", "reference to a group `n` that does not exist", 0),
        (r"\k<0>", "reference to a group `0` that does not exist", 0),
        (r"\ka", r"expected a group behind `\k`", 0),
        ("(" * 51 + ")" * 51, "groups nested deeper than 50", 50),
        ("a" * (MAX_LENGTH + 1), "the pattern has 1001 characters; expected 1000 at most", None),
    ],
)
def test_pattern_is_refused(pattern: str, message: str, offset: int | None) -> None:
    error = compile_pattern(pattern)
    assert isinstance(error, PatternError)
    assert message in error.message
    assert error.offset == offset


@pytest.mark.parametrize(
    "pattern",
    [
        "(a+)+$",
        "(a*)*",
        "(.*)*",
        "(a|a)*",
        "(a|aa)+$",
        "(a|ab?)*",
        "([a-z]+)*",
        "(x+x+)+y",
        r"(\d+)+$",
        r"(\w|\d)+$",
        r"^(\w+\s?)*$",
        r"^(\d+-?)+$",
        r"(?:\s*\w+\s*)*$",
        "(a?b?c?)*x",
        "((a|b)*)*",
        "(.*a){20}",
        "^(.*?,){11}P",
        "(a{1,9}){1,9}",
        "(a?){30}a{30}",
        "a?" * 30 + "a" * 30,
        "(?i)(a|A)+$",
        "(?=(a+)+$)x",
        "x(?<!(a+)+)",
        "(?>(a+)+b)",
        r"(é|\p{L})+$",
        r"(\p{IsThai}|\p{L})+$",
        r"^(([a-z])+.)+[A-Z]([a-z])+$",
        r"^[^@]+@(?:[^@]+\.)+[^@]+$",
        "(?:(a?){12}){4}b",
        "(?:(a+)+b?){1,2}",
    ],
)
def test_pattern_that_takes_exponential_time_is_refused(pattern: str) -> None:
    error = compile_pattern(pattern)
    assert isinstance(error, PatternError)
    assert "takes exponential time" in error.message


@pytest.mark.parametrize(
    "pattern",
    [".*a.*b.*c.*d.*e", "a*a*a*a*a*b", r"\s*\s*\s*\s*\s*x", r"\w+x(?:\w+\s?){1,4}$"],
)
def test_pattern_with_many_competing_loops_is_refused(pattern: str) -> None:
    error = compile_pattern(pattern)
    assert isinstance(error, PatternError)
    assert "more than 4 repetitions compete" in error.message


# Twenty loops whose rounds have different lengths: two heads in them meet in ever new pairs.
MANY_PAIRS = "|".join(f"(?:a{{{45 + n}}})*{chr(98 + n)}" for n in range(20))


@pytest.mark.parametrize(
    "pattern", ["a{0,64}" * 100, "(a{0,60}b)*" * 90, f"(?:{MANY_PAIRS})*", f"(?:{MANY_PAIRS})*b*"]
)
def test_pattern_too_large_to_judge_is_refused(pattern: str) -> None:
    error = compile_pattern(pattern)
    assert isinstance(error, PatternError)
    assert "too large to show" in error.message


@pytest.mark.parametrize(
    "pattern",
    [
        r"^[^@]+@[^@]+\.[a-z]+$",
        r"(?<n>[^.]+)\.(?<s>[^@]+)@.*$",
        r"^(\d{1,3}\.){3}\d{1,3}$",
        r"^(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?!$)|$)){4}$",
        "[a-zA-Z_]*",
        r"\+(?<isdCode>\d* )(?<phoneNumber>\d{10})",
        "(?<Suffix>@(.)*)",
        "^(.*)@(.*)$",
        r"^\w+([-+.]\w+)*@\w+([-.]\w+)*\.\w+([-.]\w+)*$",
        "^(PT|ES|FR)$",
        "^.{0,255}$",
        "^([^,]*,){3}x",
        r"^(\w+\.)*\w+$",
        "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$",
        r"^\s+|\s+$",
        r"^(\+\d{1,3}[ -]?)?(\(?\d{1,4}\)?[ -]?)?\d{3,4}[ -]?\d{3,4}$",
        "^CN=([^,]+),.*OU=([^,]+),.*DC=([^,]+)",
        r"^(?=.*\d)(?=.*[a-z])(?=.*[A-Z]).{4,8}$",
        "(a|b)*",
        "(ab|cd)+(?:x|y){2,50}",
        "((ab)*c)*",
        "(a*b)*c",
        "(?>a+)+b",
        r"(\w)\1+",
        "(()*)*",
        r"^(\w{1,3}-)*$",
        r"([A-Z]{2,4}\d{1,3}){1,5}",
        "(^|a)*b",
        "(?=a)*b",
        "(?:a?b?c?d?e?f?g?h?)x",
        r"(?:(\w+\.)(\w+\.)(\w+\.)(\w+\.))?x",
        r"^[a-zA-Z0-9._%+-]+@[a-zA-Z0-9.-]+\.[a-zA-Z]{2,}$",
        r"^([\w-]+\.)*[\w-]+@example\.com$",
        r"^(?:[a-z0-9]+(?:[._-][a-z0-9]+)*)@(?:zone|example)\.(?:com|org)$",
        r"(?i)^(admin|svc|test)[-_].*",
        r"^(?!svc-)(?!.*\.test$).+@zone\.example$",
        r"^\+?[1-9]\d{1,14}$",
        r"^(?:CN=[^,]+,)?(?:OU=[^,]+,)+DC=corp,DC=example$",
        r"^(EU|US|APAC)-[A-Z]{2}-\d{3,5}$",
        r"(?i)\b(?:senior|sr\.?)\s+(?:engineer|developer)\b",
        r"^(.*?)(?:_(\d+))?$",
        r"^https?://[^\s/$.?#].[^\s]*$",
        r"^(?:https?://)?(?:[\w-]+\.)+[a-z]{2,}(?:/[\w./-]*)?$",
        r"^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2})?)?$",
        r"^(?i:contractor|vendor).*$",
        r"^\p{L}+(?:[ '-]\p{L}+)*$",
        r"(?<=^|,)\s*([^,]+)\s*(?=,|$)",
        r"^((?:Finance|HR|IT)(?:/\w+)*)$",
        r"^(?!.*\b(?:temp|intern)\b).*$",
        r"^(?:\w+\s?){1,4}$",
        r"^[^;]+(?:;[^;]+)*$",
        r"^(.+?)\s*\((.+?)\)\s*$",
        r"^(?:[\w.]+,\s*)*[\w.]+$",
        r"^[A-Z][a-z]+([ -][A-Z][a-z]+)*$",
        r"^[a-z-[aeiou]]+$",
        r"(?x) ^ \d{2,4} \s? # a number",
        r'^(([^<>()[\]\\.,;:\s@"]+(\.[^<>()[\]\\.,;:\s@"]+)*)|(".+"))@((\[[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}\])|(([a-zA-Z\-0-9]+\.)+[a-zA-Z]{2,}))$',
    ],
)
def test_pattern_that_people_write_is_accepted(pattern: str) -> None:
    assert isinstance(compile_pattern(pattern), Pattern)


@pytest.mark.parametrize(
    ("text", "pattern", "template", "result"),
    [
        ("ana.silva@z", "^(?<n>[^.]+)[.](?<s>[^@]+)@.*$", "${s}, ${n}", "silva, ana"),
        ("b-a", r"(\w)-(\w)", "$2-$1", "a-b"),
        ("b-a", r"(\w)-(\w)", "${2}-$02", "a-a"),
        ("ab", r"(?<n>a)(b)", "$1$2", "ba"),
        ("baac", "a*", "-", "-b--c-"),
        ("abc", "b", "[$&$0]", "a[bb]c"),
        ("abc", "b", "$`$'$_", "aacabcc"),
        ("abc", "(a)|(b)", "<$+>", "<><b>c"),
        ("abc", "b", "$$", "a$c"),
        ("abc", "b", "$", "a$c"),
        ("abc", "b", "$x${y}$7${", "a$x${y}$7${c"),
        ("abc", "(?<n>x)?b", "${n}!", "a!c"),
        ("abc", "x", "y", "abc"),
        ("abc", "b", "", "ac"),
        ("abc", "b", r"\1", r"a\1c"),
    ],
)
def test_template_is_expanded_as_dotnet_does(
    text: str, pattern: str, template: str, result: str
) -> None:
    assert replaced(text, pattern, template) == result


def test_group_is_replaced_by_plain_text_in_every_match() -> None:
    pattern = a_pattern("([a-z])(?<d>[0-9])")
    assert pattern.replace_group("a1 b2", "d", "$1", limit=100) == "a$1 b$1"
    assert pattern.replace_group("a1 b2", "1", "", limit=100) == "1 2"
    assert pattern.replace_group("a1 b2", "0", "x", limit=100) == "x x"


def test_group_that_took_no_part_is_not_replaced() -> None:
    assert a_pattern("a(b)?c").replace_group("ac abc", "1", "x", limit=100) == "ac axc"


def test_group_is_extracted_from_the_first_match() -> None:
    pattern = a_pattern("(?<l>[^@]+)@(x)?")
    assert pattern.extract("kim@z", "l") == "kim"
    assert pattern.extract("kim@z", "1") is None
    assert pattern.extract("kim", "l") is None


def test_result_at_the_limit_is_given_and_beyond_it_too_long() -> None:
    pattern = a_pattern("a")
    assert pattern.substitute("aa", "xyz", limit=6) == "xyzxyz"
    assert pattern.substitute("aa", "xyz", limit=5) == TooLong()
    assert pattern.substitute("ab", "xyz", limit=3) == TooLong()
    assert pattern.substitute("a", "$_" * 5_000, limit=3) == TooLong()
    assert pattern.replace_group("aa", "0", "xyz", limit=5) == TooLong()


def test_running_out_of_time_is_neither_a_match_nor_none() -> None:
    """Loops up to the limit pass the check; a text made for them takes minutes."""
    pattern = a_pattern("(.*)@.*@.*@.*[xy]")
    text = "@" * 3_000
    assert pattern.search(text) == TimedOut()
    assert pattern.extract(text, "1") == TimedOut()
    assert pattern.substitute(text, "", limit=10_000) == TimedOut()


def test_groups_are_known_by_name_and_number() -> None:
    assert dict(a_pattern("(?<n>a)(b)(?<m>c)").groups) == {
        "0": 0,
        "1": 1,
        "n": 2,
        "2": 2,
        "m": 3,
        "3": 3,
    }


# Pieces out of which patterns are made, so that most of them are nearly right.
PIECES = st.sampled_from(
    [
        *"ab01.^$|()[]{}*+?\\-,: \né",
        *("(?:", "(?<n>", "(?=", "(?i)", "(?x", "[^", "a-z", "-[", "{2,3}"),
        *(r"\d", r"\w", r"\p{L}", r"\b", r"\k<n>", r"\1"),
    ]
)
PATTERNS = st.lists(PIECES, max_size=15).map("".join)


@settings(max_examples=300, deadline=None)
@given(PATTERNS, st.text(alphabet="ab01é\n", max_size=12))
def test_any_text_is_a_pattern_or_refused_and_a_pattern_gives_an_answer(
    pattern: str, text: str
) -> None:
    compiled = compile_pattern(pattern)
    if isinstance(compiled, PatternError):
        assert compiled.message
        assert compiled.offset is None or 0 <= compiled.offset <= len(pattern)
        return
    assert compiled.search(text) in {True, False}
    assert isinstance(compiled.substitute(text, "<$1$&>", limit=10_000), str)


LOOPS = st.recursive(
    st.sampled_from(["a", "b", "[ab]", ".", r"\w"]),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["*", "+", "?", "{1,3}", "{2}"])).map(
            lambda made: f"(?:{made[0]}){made[1]}"
        ),
        st.tuples(inner, inner).map("".join),
        st.tuples(inner, inner).map(lambda made: f"(?:{made[0]}|{made[1]})"),
    ),
    max_leaves=6,
)


@settings(max_examples=200, deadline=None)
@given(LOOPS)
def test_accepted_pattern_never_explodes(pattern: str) -> None:
    """An exponential one needs 2²⁶ steps for these texts, any other some ten thousand."""
    compiled = compile_pattern(f"^{pattern}!$")
    if isinstance(compiled, Pattern):
        for text in ("a" * 26, "ab" * 13, "b" * 26):
            assert compiled.search(text) is False
