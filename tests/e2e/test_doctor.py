"""`reconciler doctor`: over real sockets, with a token, asking before it writes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from reconciler.model.exit import ExitCode
from tests.e2e.shell import Shell
from tests.e2e.terminal import Somebody, asked
from tests.faulted import Haste
from tests.unit.simulator.serving import serving

TOKEN = "canary-t0ken"


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    shell = Shell(tmp_path).small_organisation()
    assert shell.apply().code == 0
    return shell


def test_it_says_what_it_will_send_and_what_it_found(shell: Shell) -> None:
    ran = shell.run("doctor", "box")
    assert ran.code == 0
    assert "At most 28 requests will be sent, all of them reads." in ran.err
    assert "ok       answer: /Users answers with a list of SCIM" in ran.out
    assert "sent, 28 announced" in ran.out
    assert shell.plan()["changes"] == []


@pytest.mark.parametrize("answer", ["", "n\n", "y\n"])
def test_it_asks_before_it_writes(shell: Shell, answer: str) -> None:
    ran = asked(shell, Somebody(answer), "doctor", "box", "--scratch")
    agreed = answer == "y\n"
    assert ran.code == (ExitCode.OK if agreed else ExitCode.INTERRUPTED)
    assert "Make and remove scratch objects at box?" in ran.err
    assert ("creating" in ran.out) is agreed


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--scratch"], "there is no terminal to ask on; --yes writes without asking"),
        (["--clean", "--scratch", "--yes"], "--clean only removes, and --scratch makes"),
        (["--domain", "zone.example"], "--domain is about scratch users: it needs --scratch"),
    ],
)
def test_an_option_that_could_do_nothing_is_refused(
    shell: Shell, options: list[str], said: str
) -> None:
    ran = shell.run("doctor", "box", *options)
    assert (ran.code, said in ran.err) == (64, True)


def test_where_there_is_one_writer_it_says_so_before_it_asks(tmp_path: Path) -> None:
    emu = Shell(tmp_path).small_organisation(profile="github-emu")
    ran = asked(emu, Somebody("n\n"), "doctor", "box", "--scratch")
    assert ran.code == ExitCode.INTERRUPTED
    assert "It takes one writer only, and this makes two." in ran.err


def test_after_scratch_nothing_is_left_and_a_report_can_be_passed_on(shell: Shell) -> None:
    ran = shell.run("doctor", "box", "--scratch", "--yes", "--report", "report.md")
    assert ran.code == 0, ran.err
    assert "memberRemoval: filter, as the profile says" in ran.out
    assert "# What a service provider does: profile rfc7644" in shell.read("report.md")
    assert "zone.example" not in shell.read("report.md")
    assert shell.plan()["changes"] == []
    assert shell.run("doctor", "box", "--clean").out == (
        "Nothing is left of an earlier examination.\n"
    )
    data = shell.run("doctor", "box", "--format", "json", "--report", "report.json").data
    assert json.loads(shell.read("report.json")) == data


def test_what_a_killed_run_left_is_cleaned_first(shell: Shell) -> None:
    remembered = shell.write(".reconciler/doctor/box.json", '{"tag": "t1", "domain": "x.invalid"}')
    shell.write("manifests/left.yaml", LEFT)
    assert shell.apply().code == 0
    (shell.directory / "manifests/left.yaml").unlink()
    ran = shell.run("doctor", "box")
    assert "names that begin with reconciler-doctor-t1" in ran.err
    refused = shell.run("doctor", "box", "--scratch", "--yes")
    assert (refused.code, "reconciler doctor box --clean" in refused.err) == (64, True)
    cleaned = shell.run("doctor", "box", "--clean")
    assert (cleaned.code, remembered.exists()) == (0, False)
    assert cleaned.out == "What an earlier examination left is removed.\n"
    assert shell.plan()["changes"] == []


LEFT = """\
apiVersion: reconciler/v1
kind: User
metadata: {name: e9}
spec: {userPrincipalName: reconciler-doctor-t1-ada@x.invalid, givenName: A, surname: B}
"""


def test_a_memory_that_makes_no_sense_is_not_acted_on(shell: Shell) -> None:
    shell.write(".reconciler/doctor/box.json", "[]")
    ran = shell.run("doctor", "box", "--clean")
    assert (ran.code, "names that begin with `reconciler-doctor-`" in ran.err) == (1, True)


def test_an_unknown_target_is_a_slip(shell: Shell) -> None:
    ran = shell.run("doctor", "boxy")
    assert (ran.code, "the tree has: box" in ran.err) == (64, True)


@pytest.fixture
def remote(tmp_path: Path) -> Iterator[Shell]:
    """The same over a real socket, with a token."""
    shell = Shell(tmp_path)
    with serving(tmp_path / "provider", token=TOKEN) as server:
        shell.small_organisation(base_url=server.url, credential="box")
        shell.env["RECONCILER_CREDENTIAL_BOX_HOSTS"] = "127.0.0.1"
        shell.write("token", TOKEN)
        shell.env["RECONCILER_CREDENTIAL_BOX_TOKEN_FILE"] = str(tmp_path / "token")
        yield shell


def test_a_rate_is_kept_to(remote: Shell) -> None:
    remote.edit("manifests/target.yaml", "  scope: all", "  requestsPerSecond: 2\n  scope: all")
    remote.haste = Haste()
    ran = remote.run("doctor", "box", "--format", "json")
    assert remote.haste.waited == ran.data["requests"]["sent"] / 2


def test_over_a_socket_it_looks_at_the_way_there_and_at_the_token(remote: Shell) -> None:
    ran = remote.run("doctor", "box")
    assert ran.code == 0, ran.out
    assert "ok       connection: a connection can be made" in ran.out
    assert "ok       token: there is one, and it is bound to the target's host" in ran.out
    assert "token: its file was written" in ran.out
    assert "errors: without a token it answers 401" in ran.out
    assert TOKEN not in ran.out + ran.err


def test_a_wrong_token_and_a_wrong_path_are_told_apart(remote: Shell) -> None:
    remote.write("token", "another")
    refused = remote.run("doctor", "box")
    assert (refused.code, "answer: the token is refused (401)" in refused.out) == (1, True)
    remote.write("token", TOKEN)
    remote.edit("manifests/target.yaml", "/scim/v2", "/scim")
    lost = remote.run("doctor", "box")
    assert (lost.code, "there is no /Users below the baseUrl" in lost.out) == (1, True)


def test_a_host_that_the_token_is_not_bound_to_is_not_asked(remote: Shell) -> None:
    remote.env["RECONCILER_CREDENTIAL_BOX_HOSTS"] = "elsewhere.example"
    ran = remote.run("doctor", "box")
    assert (ran.code, "the credential is not bound to that host" in ran.err) == (1, True)


def test_a_report_that_cannot_be_written_is_no_matter_of_another_option(shell: Shell) -> None:
    ran = shell.run("doctor", "box", "--report", "manifests/people.yaml/report.md")
    assert (ran.code, "cannot be written" in ran.err, " -o" in ran.err) == (1, True, False)
