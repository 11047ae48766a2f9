"""No value can act on a terminal or a CI log, whatever it contains."""

from __future__ import annotations

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from reconciler.model.show import inert, plain, show


def test_values_are_quoted_like_json() -> None:
    assert show('Ana "Lu" Silva') == r'"Ana \"Lu\" Silva"'
    assert show("Łukasz Gößl") == '"Łukasz Gößl"'
    assert show(None) == "(no value)"
    assert show(True) == "true"
    assert show(False) == "false"
    assert show(7) == "7"
    assert show(1.5) == '"1.5"'
    assert show(("a", "b")) == '["a", "b"]'


def test_long_values_are_cut_and_say_so() -> None:
    assert show("x" * 600) == '"' + "x" * 500 + '…"'
    assert plain("x" * 600) == "x" * 500 + "…"
    assert inert("x" * 600) == "x" * 600


def test_commands_of_a_ci_runner_are_broken_but_visible() -> None:
    assert show("::add-mask::secret") == r'":\u003aadd-mask:\u003asecret"'
    assert show("x ##[error]y") == r'"x #\u0023[error]y"'


def test_line_breaks_and_escapes_become_text() -> None:
    assert plain("a\nb\r\tc\x1b[2J") == r"a\nb\r\tc\u001b[2J"
    assert plain("\u202eabc\u2066\u200b") == r"\u202eabc\u2066\u200b"
    assert plain("\U000e0001") == r"\U000e0001"


@given(st.text())
def test_whatever_is_shown_is_one_inert_line(text: str) -> None:
    for shown in (show(text), plain(text), inert(text)):
        assert "::" not in shown
        assert "##[" not in shown
        assert all(unicodedata.category(c) not in {"Cc", "Cf", "Cs", "Zl", "Zp"} for c in shown)
