"""Credentials, the state directory and where plans are saved."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.cli.credentials import find_credential
from reconciler.cli.files import read_file, write_private
from reconciler.cli.saving import plan_path
from reconciler.cli.state import StateDirectory
from reconciler.errors import ConfigurationError

PREFIX = "RECONCILER_CREDENTIAL_ZPA_PROD"


def test_an_alias_finds_its_token_and_its_hosts() -> None:
    found = find_credential(
        "zpa-prod", {f"{PREFIX}_TOKEN": " t0ken\n", f"{PREFIX}_HOSTS": "A.example, b.example:8443,"}
    )
    assert found.token.reveal() == "t0ken"
    assert found.hosts == {"a.example", "b.example:8443"}
    assert "t0ken" not in repr(found)


def test_a_token_may_stand_in_a_file(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("t0ken\n", encoding="utf-8")
    env = {f"{PREFIX}_TOKEN_FILE": str(file), f"{PREFIX}_HOSTS": "a.example"}
    assert find_credential("zpa-prod", env).token.reveal() == "t0ken"


@pytest.mark.parametrize(
    ("env", "message", "hint"),
    [
        ({}, "no token is set", f"{PREFIX}_TOKEN_FILE"),
        ({f"{PREFIX}_TOKEN": "t"}, "no host may see its token", f"{PREFIX}_HOSTS"),
        ({f"{PREFIX}_TOKEN": "t", f"{PREFIX}_HOSTS": " , "}, "no host", f"{PREFIX}_HOSTS"),
        ({f"{PREFIX}_TOKEN": ""}, "is empty", "bearer token alone"),
        ({f"{PREFIX}_TOKEN": "Bearer t"}, "characters that no token has", "without `Bearer`"),
        ({f"{PREFIX}_TOKEN": "a\u00e9"}, "characters that no token has", "bearer token alone"),
        ({f"{PREFIX}_TOKEN_FILE": "/nowhere/token"}, "cannot be read", f"{PREFIX}_TOKEN_FILE"),
    ],
)
def test_what_is_missing_is_named_and_how_to_set_it(
    env: dict[str, str], message: str, hint: str
) -> None:
    with pytest.raises(ConfigurationError, match=message) as caught:
        find_credential("zpa-prod", env)
    assert caught.value.hint is not None
    assert hint in caught.value.hint


def test_the_state_directory_is_its_owners_alone(tmp_path: Path) -> None:
    state = StateDirectory(tmp_path / "state")
    assert state.embedded("sandbox") == tmp_path / "state/embedded/sandbox.db"
    assert (tmp_path / "state").stat().st_mode & 0o077 == 0
    assert state.ledgers() == tmp_path / "state/ledger"


def test_a_state_directory_that_cannot_be_made_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(ConfigurationError, match="cannot be used") as caught:
        StateDirectory(tmp_path / "file").applied()
    assert caught.value.hint is not None
    assert "--state-dir" in caught.value.hint


def test_a_plan_goes_to_the_named_file_or_into_the_directory(tmp_path: Path) -> None:
    assert plan_path(Path("x.json"), "box", alone=True) == Path("x.json")
    assert plan_path(Path("x.json"), "box", alone=False) == Path("x.json/box.plan.json")
    assert plan_path(Path("plans"), "box", alone=True) == Path("plans/box.plan.json")
    (tmp_path / "d.json").mkdir()
    assert plan_path(tmp_path / "d.json", "box", alone=True).name == "box.plan.json"


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    write_private(tmp_path / "plans/box.json", b"{}")
    assert read_file(tmp_path / "plans/box.json", wanted="a plan") == b"{}"
    assert [p.name for p in (tmp_path / "plans").iterdir()] == ["box.json"]
    (tmp_path / "taken").mkdir()
    with pytest.raises(ConfigurationError, match="cannot be written"):
        write_private(tmp_path / "taken", b"{}")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["plans", "taken"]
    with pytest.raises(ConfigurationError, match="cannot be read"):
        read_file(tmp_path / "nothing", wanted="a plan")
