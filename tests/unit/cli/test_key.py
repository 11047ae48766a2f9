"""The deployment's key: found in the environment, or made once and kept."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.cli.key import find_key, key_for
from reconciler.cli.state import StateDirectory
from reconciler.errors import ConfigurationError
from reconciler.model.key import PUBLIC_KEY
from tests.unit.desired.builders_desired import USER_NAME, a_mapping, a_tree, constant, expression

LONG = "0123456789abcdef0123456789abcdef"


def test_environment_gives_the_key_and_makes_no_file(tmp_path: Path) -> None:
    state = StateDirectory(tmp_path / "state")
    file = tmp_path / "key"
    file.write_text(f"{LONG}\n")
    key = find_key({"RECONCILER_KEY": f" {LONG} "}, state)
    assert key == find_key({"RECONCILER_KEY_FILE": str(file)}, state)
    assert key.secret.reveal() == LONG
    assert not state.root.exists()


def test_without_one_a_key_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    state = StateDirectory(tmp_path / "state")
    key = find_key({}, state)
    assert find_key({}, state) == key
    assert (state.key().stat().st_mode & 0o777, len(key.secret.reveal())) == (0o600, 64)
    assert [path.name for path in state.root.iterdir()] == ["key"]
    other = find_key({}, StateDirectory(tmp_path / "elsewhere"))
    assert other != key


def test_key_that_another_process_made_first_stays(tmp_path: Path) -> None:
    from reconciler.cli.key import _make

    state = StateDirectory(tmp_path)
    state.key().write_text(LONG)
    _make(state.key())
    assert find_key({}, state).secret.reveal() == LONG


@pytest.mark.parametrize("env", [{"RECONCILER_KEY": ""}, {"RECONCILER_KEY": LONG[1:]}])
def test_short_key_is_refused_and_not_shown(env: dict[str, str], tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="RECONCILER_KEY holds no key") as refused:
        find_key(env, StateDirectory(tmp_path))
    assert LONG[1:] not in str(refused.value)


def test_key_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    env = {"RECONCILER_KEY_FILE": str(tmp_path / "nowhere")}
    with pytest.raises(ConfigurationError, match="nowhere cannot be read"):
        find_key(env, StateDirectory(tmp_path))


def test_state_directory_that_takes_no_key_is_named(tmp_path: Path) -> None:
    from reconciler.cli.key import _make

    with pytest.raises(ConfigurationError, match="no key can be made"):
        _make(tmp_path / "missing" / "key")


@pytest.mark.parametrize(
    ("rule", "needed"),
    [
        (constant("title", "x"), False),
        (expression("title", 'Append([city],"x")'), False),
        (expression("title", "Redact([city])"), True),
        (expression("title", "Guid()"), True),
        (constant("password", "x"), True),
    ],
)
def test_key_is_asked_for_where_something_depends_on_it(
    rule: object, needed: bool, tmp_path: Path
) -> None:
    from reconciler.model.mapping import MappingRule

    assert isinstance(rule, MappingRule)
    tree = a_tree(user_mapping=a_mapping(USER_NAME, rule))
    key = key_for(tree, tree.targets["app"], {}, StateDirectory(tmp_path / "state"))
    assert (key != PUBLIC_KEY) is needed
