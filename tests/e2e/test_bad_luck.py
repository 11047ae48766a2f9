"""Wrong tokens, dead and lying servers, edited plans, a Ctrl-C: one message, and nothing lost."""

from __future__ import annotations

import json
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.e2e.conftest import served
from tests.e2e.shell import Shell

TOKEN = "a-token-that-must-not-be-seen"


def bind(shell: Shell, url: str, token: str = TOKEN) -> Shell:
    """A small organisation behind a real socket, its credential bound to that socket."""
    host = url.split("/")[2]
    shell.env |= {
        "RECONCILER_CREDENTIAL_BOX_TOKEN": token,
        "RECONCILER_CREDENTIAL_BOX_HOSTS": host,
    }
    return shell.small_organisation(base_url=url, credential="box")


@contextmanager
def server(answer: type[BaseHTTPRequestHandler]) -> Iterator[tuple[str, ThreadingHTTPServer]]:
    """An HTTP server of our own, for answers that no SCIM server should give."""
    httpd = ThreadingHTTPServer(("127.0.0.1", 0), answer)
    thread = threading.Thread(target=httpd.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{httpd.server_port}/scim/v2", httpd
    finally:
        httpd.shutdown()
        thread.join()
        httpd.server_close()


def test_a_wrong_token_is_an_error_that_does_not_show_it(shell: Shell) -> None:
    with served(shell, "--token", TOKEN) as provider:
        ran = bind(shell, provider.url, token="wrong-token").run("plan")
    assert ran.code == 1
    assert "401" in ran.err
    assert "wrong-token" not in ran.out + ran.err


def test_a_token_goes_only_to_the_hosts_it_is_bound_to(shell: Shell) -> None:
    seen: list[str] = []

    class Listener(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            seen.append(self.path)

        def log_message(self, format: str, *args: object) -> None:
            pass

    with server(Listener) as (url, _):
        bind(shell, url)
        shell.env["RECONCILER_CREDENTIAL_BOX_HOSTS"] = "scim.example.com"
        ran = shell.run("plan")
    assert ran.code == 1
    assert "127.0.0.1" in ran.err
    assert "HOSTS" in ran.err
    assert seen == []


def test_a_missing_credential_names_the_variable_to_set(shell: Shell) -> None:
    shell.small_organisation(base_url="https://scim.example.com/v2", credential="box")
    ran = shell.run("plan")
    assert ran.code == 1
    assert "RECONCILER_CREDENTIAL_BOX_TOKEN" in ran.err


def test_a_dead_server_is_one_clear_error(shell: Shell) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    ran = bind(shell, f"http://127.0.0.1:{port}/scim/v2").run("plan")
    assert ran.code == 1
    assert ran.out == ""
    assert "Traceback" not in ran.err
    assert "box" in ran.err


def test_a_server_that_answers_html_is_no_empty_provider(shell: Shell) -> None:
    class Html(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = b"<html><body>Sign in</body></html>"
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    with server(Html) as (url, _):
        ran = bind(shell, url).run("plan", "-o", "plan.json")
    assert ran.code == 1
    assert "SCIM" in ran.err
    assert not (shell.directory / "plan.json").exists()


def test_a_page_that_fails_half_way_removes_nobody(shell: Shell) -> None:
    """The second page of users answers 500 for good: what was not read is not absent."""

    class HalfWay(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            users = "/Users" in self.path
            if users and "startIndex=1" not in self.path and "startIndex" in self.path:
                self._send(500, {"detail": "no"})
                return
            rows = [
                {"id": str(n), "userName": f"stranger{n}@zone.example", "active": True}
                for n in range(2)
            ]
            self._send(
                200,
                {
                    "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
                    "totalResults": 4 if users else 0,
                    "startIndex": 1,
                    "itemsPerPage": 2,
                    "Resources": rows if users else [],
                },
            )

        def _send(self, status: int, data: dict[str, object]) -> None:
            body = json.dumps(data).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/scim+json")
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Retry-After", "0")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    with server(HalfWay) as (url, _):
        ran = bind(shell, url).run("plan", "--format", "json")
    assert ran.code == 1
    plan = ran.data["plan"]
    assert plan["gaps"] != []
    assert {c["action"] for c in plan["changes"]} & {
        "deactivate",
        "delete",
        "removeMembers",
    } == set()
    assert [c for c in plan["changes"] if c["kind"] == "user"] == []


def test_a_plan_edited_by_hand_is_refused(shell: Shell) -> None:
    shell.small_organisation().run("plan", "-o", "plan.json")
    shell.edit("plan.json", "ada@zone.example", "eve@zone.example")
    ran = shell.run("apply", "plan.json")
    assert ran.code == 6
    assert "does not match its digest" in ran.err
    assert len(shell.plan()["changes"]) == 5


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b'{"format": 1}', b"[" * 100_000])
def test_a_file_that_is_no_plan_is_refused(content: bytes, shell: Shell) -> None:
    shell.small_organisation().write("plan.json", content)
    for command in ("apply", "show"):
        ran = shell.run(command, "plan.json")
        assert ran.code == 6
        assert "plan.json" in ran.err


def test_a_plan_for_another_target_is_refused(shell: Shell) -> None:
    shell.small_organisation().run("plan", "-o", "plan.json")
    shell.edit("manifests/target.yaml", "embedded:box", "embedded:other")
    ran = shell.run("apply", "plan.json")
    assert ran.code == 6
    assert "another address" in ran.err
    assert not (shell.directory / ".reconciler/embedded/other.db").exists()


def test_an_expired_plan_is_refused(shell: Shell) -> None:
    shell.small_organisation().run("plan", "-o", "plan.json")
    shell.now += timedelta(hours=25)
    ran = shell.run("apply", "plan.json")
    assert ran.code == 6
    assert "expired at 2026-11-24 12:00 UTC" in ran.err


def test_only_the_approved_digest_is_applied(shell: Shell) -> None:
    shell.small_organisation()
    digest = shell.run("plan", "-o", "plan.json", "--format", "json").data["digest"]
    assert shell.run("apply", "plan.json", "--digest", "sha256:0").code == 6
    assert shell.run("apply", "plan.json", "--digest", digest).code == 0


def test_a_change_that_is_no_longer_as_the_plan_saw_it_is_skipped(shell: Shell) -> None:
    shell.small_organisation().apply()
    shell.edit("manifests/people.yaml", "jobTitle: Lead", "jobTitle: Head")
    shell.run("plan", "-o", "reviewed.json")
    shell.edit("manifests/people.yaml", "jobTitle: Head", "jobTitle: Boss")
    assert shell.apply().code == 0  # somebody else was quicker

    ran = shell.run("apply", "reviewed.json", "--format", "json")

    assert ran.code == 6
    (outcome,) = ran.data["outcomes"]
    assert (outcome["status"], outcome["stale"]) == ("skipped", True)
    assert "title" in outcome["detail"]


def test_a_blocked_plan_is_shown_whole_and_released_only_by_its_own_token(shell: Shell) -> None:
    shell.small_organisation().apply()
    shell.write(
        "policies/guardrails.yaml",
        "apiVersion: reconciler/v1\nkind: Guardrails\nmetadata: {name: strict}\n"
        "spec: {deactivations: {floor: 0, share: 0%, cap: 0}}\n",
    )
    shell.edit("manifests/people.yaml", "surname: Ek}", "surname: Ek, accountEnabled: false}")

    planned = shell.run("plan", "-o", "plan.json")
    assert planned.code == 3
    assert "BLOCKED by 1 check" in planned.out
    assert planned.err.startswith("Saved to plan.json. It is blocked: first mend")
    assert "Deactivated" in planned.out
    token = planned.out.split("--acknowledge ")[1].split()[0]

    assert shell.run("apply", "plan.json").code == 3
    assert shell.run("apply", "plan.json", "--acknowledge", token).code == 64
    wrong = shell.run("apply", "plan.json", "--acknowledge", "abc", "--because", "no")
    assert wrong.code == 3
    assert wrong.err.startswith('warning: "abc" releases nothing of this plan, and is not ')
    both = ("--acknowledge", token, "--acknowledge", "abc", "--because", "HR-7", "--by", "mara")
    released = shell.run("apply", "plan.json", *both)
    said = 'warning: "abc" releases nothing of this plan, and is not recorded\n'
    assert (released.code, released.err) == (0, said)
    (recorded,) = shell.run("ledger", "show", "--format", "json").data[0]["runs"][-1][
        "acknowledged"
    ]
    assert recorded == f"{token} mara: HR-7"


def test_ctrl_c_during_apply_loses_nothing(shell: Shell) -> None:
    """Slowed down by its own rate limit, so that the signal arrives between two writes."""
    with served(shell, "--token", TOKEN, "--profile", "zpa") as provider:
        bind(shell, provider.url)
        shell.small_organisation(provider.url, profile="zpa", credential="box")
        shell.edit("manifests/target.yaml", "  scope: all", "  requestsPerSecond: 4\n  scope: all")
        shell.now = datetime.now(UTC)  # the process that applies it has a clock of its own
        assert shell.run("plan", "-o", "plan.json").code == 0
        process = shell.start("apply", "plan.json", "--format", "json")
        ledger = shell.directory / ".reconciler/ledger/box.jsonl"
        while not ledger.exists() or '"intent"' not in ledger.read_text(encoding="utf-8"):
            assert process.poll() is None, process.communicate()
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)

        assert process.returncode == 130, err
        assert "Traceback" not in err
        outcomes = json.loads(out)["outcomes"]
        assert len(outcomes) == 5
        assert "skipped" in {o["status"] for o in outcomes}

        assert shell.run("plan", "-o", "rest.json").code == 0
        assert shell.run("apply", "rest.json").code == 0
        again = shell.run("plan", "--format", "json").data["plan"]
        assert again["changes"] == []
        assert again["population"]["users_live"] == 3
