"""Several processes, one file; a process that is stopped, and one that is killed."""

from __future__ import annotations

import signal
import socket
import threading
from pathlib import Path

import pytest

from reconciler.errors import ConfigurationError
from reconciler.simulator.app import build_app
from reconciler.simulator.quirks import RFC7644
from reconciler.simulator.serve import listen, serve
from reconciler.simulator.store import Store
from reconciler.simulator.values import Kind
from tests.unit.simulator.builders_simulator import group_body, user_body
from tests.unit.simulator.serving import Serving, serving


def test_two_processes_on_one_file_agree(tmp_path: Path) -> None:
    file = tmp_path / "p"
    with serving(file) as one, serving(file) as two:
        ada = one.http.post("/Users", json=user_body("ada")).json()
        assert two.http.get(f"/Users/{ada['id']}").headers["etag"] == 'W/"1"'
        assert two.http.post("/Users", json=user_body("ADA")).status_code == 409
        group = two.http.post("/Groups", json=group_body("g", [ada["id"]])).json()
        assert one.http.get(f"/Groups/{group['id']}").json()["members"][0]["value"] == ada["id"]
        assert two.http.delete(f"/Users/{ada['id']}").status_code == 204
        assert one.http.get(f"/Users/{ada['id']}").status_code == 404


def test_two_processes_that_write_at_once_lose_nothing(tmp_path: Path) -> None:
    def write(server: Serving, name: str) -> None:
        for number in range(100):
            server.http.post("/Users", json=user_body(f"{name}{number}"))
            server.http.post("/Users", json=user_body(f"shared{number}"))

    file = tmp_path / "p"
    with serving(file) as one, serving(file) as two:
        threads = [threading.Thread(target=write, args=a) for a in ((one, "a"), (two, "b"))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert one.http.get("/Users?count=0").json()["totalResults"] == 300


def test_a_write_outlives_the_kill_of_its_process(tmp_path: Path) -> None:
    file = tmp_path / "p"
    with serving(file) as server:
        for number in range(20):
            server.http.post("/Users", json=user_body(f"u{number}"))
        server.process.send_signal(signal.SIGKILL)
        assert server.process.wait(timeout=30) == -signal.SIGKILL
    with Store.open(file) as store, store.reading() as reading:
        assert reading.count(Kind.USER) == 20
    with serving(file) as server:
        assert server.http.get("/Users?count=0").json()["totalResults"] == 20


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_served_provider_stops_cleanly_when_it_is_told_to(
    tmp_path: Path, number: signal.Signals
) -> None:
    with serving(tmp_path / "p") as server:
        assert server.http.get("/Users").status_code == 200
        server.process.send_signal(number)
        assert server.said() == ""
        assert server.process.returncode == 0
    # Closed in order: everything is in the one file.
    assert [file.name for file in tmp_path.iterdir()] == ["p"]


def test_a_port_that_is_taken_is_named(tmp_path: Path) -> None:
    with socket.socket() as taken, Store.open(tmp_path / "p") as store:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        app = build_app(store, RFC7644, token=None)
        with pytest.raises(ConfigurationError, match=f"cannot listen on 127.0.0.1 port {port}"):
            serve(app, port=port, ready=lambda _: pytest.fail("it listens"))


def test_answers_are_not_held_back_for_more_to_send() -> None:
    """asyncio sets TCP_NODELAY on connections whose socket names its protocol, and on no others."""
    with listen("127.0.0.1", 0) as listener, socket.create_connection(listener.getsockname()):
        accepted, _ = listener.accept()
        with accepted:
            assert accepted.proto == socket.IPPROTO_TCP


def test_the_zpa_profile_is_served_over_a_port_as_well(tmp_path: Path) -> None:
    with serving(tmp_path / "p", profile="zpa") as server:
        made = server.http.post("/Users", json=user_body("ada", active=True))
        assert made.headers["location"] == f"{server.url}/Users/{made.json()['id']}"
        assert made.json()["active"] == "true"
        assert server.http.get("/ServiceProviderConfig").status_code == 404
