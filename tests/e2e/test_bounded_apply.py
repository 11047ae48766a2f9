"""An apply with bounds, as a user starts it: a canary, an error budget, a time, two signals."""

from __future__ import annotations

import json
import signal
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from reconciler.apply.ledger import DirectoryLedger
from reconciler.model.ledger import Closed, Intent, Opened
from tests.e2e.shell import Shell

TOKEN = "a-token-that-must-not-be-seen"


@pytest.fixture
def shell(shell: Shell) -> Shell:
    shell.small_organisation()
    assert shell.run("plan", "-o", "plan.json").code == 0
    return shell


def test_a_canary_that_is_as_it_should_be_lets_the_rest_through(shell: Shell) -> None:
    applied = shell.run("apply", "plan.json", "--canary", "1")
    assert applied.code == 0
    assert "Canary: 1 change went first, to be read back:\n  create user e1\n" in applied.out
    assert shell.plan()["changes"] == []


def test_a_canary_is_named_for_programs(shell: Shell) -> None:
    data = shell.run("apply", "plan.json", "--canary", "2", "--format", "json").data
    first = [o["subject"] for o in data["outcomes"] if o["hash"] in data["canary"]]
    assert first == ["user:e1", "group:ops"]
    assert data["halt"] is None


def test_without_time_nothing_is_sent_and_the_next_run_goes_on(shell: Shell) -> None:
    late = shell.run("apply", "plan.json", "--max-duration", "0s")
    assert late.code == 5
    assert "Apply: 5 skipped." in late.out
    assert (
        "Stopped early: the time of this run is up.\n"
        "Applying the same plan again goes on: what is done is found done." in late.out
    )
    assert shell.run("apply", "plan.json", "--max-duration", "1h30m").code == 0
    assert shell.plan()["changes"] == []


@pytest.mark.parametrize("text", ["", "soon", "5", "-3m", "5d"])
def test_what_is_no_duration_is_a_usage_error(shell: Shell, text: str) -> None:
    wrong = shell.run("apply", "plan.json", "--max-duration", text)
    assert wrong.code == 64
    assert "expected 45m, 5h, 1h30m or 90s" in wrong.err


@pytest.mark.parametrize("option", [("--canary", "-1"), ("--error-budget", "0")])
def test_bounds_that_mean_nothing_are_a_usage_error(shell: Shell, option: tuple[str, str]) -> None:
    assert shell.run("apply", "plan.json", *option).code == 64


def test_an_error_budget_stops_the_run(shell: Shell) -> None:
    """Somebody was created with other values meanwhile, so not all can join the group."""
    shell.edit("manifests/people.yaml", "jobTitle: Lead", "jobTitle: Somebody else")
    assert shell.apply("--format", "json").code == 0
    stopped = shell.run("apply", "plan.json", "--error-budget", "1", "--format", "json")
    assert stopped.code == 5
    assert stopped.data["failures"] == {"count": 1, "budget": 1}
    assert stopped.data["halt"]["because"] == "errors"


class _Silent(BaseHTTPRequestHandler):
    """Lists nobody, and never answers a write."""

    protocol_version = "HTTP/1.1"
    asked: threading.Event
    over: threading.Event

    def do_GET(self) -> None:
        body = json.dumps(
            {
                "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
                "totalResults": 0,
                "Resources": [],
            }
        ).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/scim+json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self) -> None:
        self.asked.set()
        self.over.wait(timeout=60)
        self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def silent() -> Iterator[tuple[str, threading.Event]]:
    class Handler(_Silent):
        asked, over = threading.Event(), threading.Event()

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/scim/v2", Handler.asked
        Handler.over.set()
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("second", [signal.SIGINT, signal.SIGTERM])
def test_a_second_signal_ends_it_at_once_and_what_was_in_flight_is_unknown(
    shell: Shell, second: signal.Signals, silent: tuple[str, threading.Event]
) -> None:
    url, asked = silent
    shell.env |= {
        "RECONCILER_CREDENTIAL_BOX_TOKEN": TOKEN,
        "RECONCILER_CREDENTIAL_BOX_HOSTS": url.split("/")[2],
    }
    shell.small_organisation(url, credential="box")
    shell.now = datetime.now(UTC)
    assert shell.run("plan", "-o", "plan.json").code == 0
    process = shell.start("apply", "plan.json")
    assert asked.wait(timeout=60)
    process.send_signal(signal.SIGTERM)
    assert process.stderr is not None
    assert process.stderr.readline() == (
        "SIGTERM: finishing what is in flight; the rest is skipped. "
        "A second signal ends it at once.\n"
    )
    process.send_signal(second)
    _, err = process.communicate(timeout=60)

    assert process.returncode == 130
    assert err.splitlines() == [
        f"{signal.Signals(second).name}: ended at once. What was in flight may have been done, and "
        "stands in the ledger as unknown; applying the same plan again looks first.",
        "",
        "Interrupted; nothing more was sent.",
    ]
    records = list(DirectoryLedger(shell.directory / ".reconciler/ledger", "box").records())
    assert [type(record) for record in records[:2]] == [Opened, Intent]
    assert not any(isinstance(record, Closed) for record in records)
