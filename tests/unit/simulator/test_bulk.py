"""Several operations in one request, each with a result of its own (RFC 7644 §3.7)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from reconciler.simulator.quirks import QUIRKS, RFC7644
from tests.unit.simulator.builders_simulator import (
    BASE,
    IDS,
    PATCH_OP,
    Client,
    a_provider,
    an_error,
    group_body,
    user_body,
)

REQUEST = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
RESPONSE = "urn:ietf:params:scim:api:messages:2.0:BulkResponse"


def bulk(client: Client, *operations: object, **more: object) -> httpx.Response:
    return client.post("/Bulk", {"schemas": [REQUEST], "Operations": [*operations], **more})


def results(answer: httpx.Response) -> list[dict[str, Any]]:
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert body["schemas"] == [RESPONSE]
    listed: list[dict[str, Any]] = body["Operations"]
    return listed


def told(answer: httpx.Response) -> list[tuple[str | None, str]]:
    """Each result's bulkId and status."""
    return [(result.get("bulkId"), result["status"]) for result in results(answer)]


def post(name: str, body: Mapping[str, object], path: str = "/Users") -> dict[str, object]:
    return {"method": "POST", "path": path, "bulkId": name, "data": body}


def test_each_operation_has_the_result_of_a_request_of_its_own(rfc: Client) -> None:
    rfc.a_user("ada")
    made, taken, broken = results(
        bulk(
            rfc,
            post("1", user_body("bo")),
            post("2", user_body("ADA")),
            post("3", user_body("cy", nosuch=1)),
        )
    )
    assert made == {
        "method": "POST",
        "bulkId": "1",
        "status": "201",
        "location": f"{BASE}/Users/{IDS[1]}",
        "version": rfc.get(f"/Users/{IDS[1]}").headers["etag"],
        "response": rfc.get(f"/Users/{IDS[1]}").json(),
    }
    assert (taken["status"], taken["response"]["scimType"]) == ("409", "uniqueness")
    assert (broken["status"], broken["response"]["scimType"]) == ("400", "invalidSyntax")
    assert "location" not in taken and "version" not in taken
    assert rfc.names("/Users") == ["ada", "bo"]


def test_changes_and_deletions_are_operations_as_well(rfc: Client) -> None:
    ada, bo, ops = rfc.a_user("ada"), rfc.a_user("bo"), rfc.a_group("Ops")
    patch = {"schemas": [PATCH_OP], "Operations": [{"op": "add", "path": "title", "value": "x"}]}
    answer = bulk(
        rfc,
        {"method": "patch", "path": f"/Users/{ada}", "data": patch},
        {"method": "PUT", "path": f"/Groups/{ops}", "bulkId": "g", "data": group_body("Net")},
        {"method": "DELETE", "path": f"/Users/{bo}"},
        {"method": "DELETE", "path": f"/Users/{ada}", "version": 'W/"other"'},
    )
    assert [(r["status"], r["location"]) for r in results(answer)] == [
        ("200", f"{BASE}/Users/{ada}"),
        ("200", f"{BASE}/Groups/{ops}"),
        ("204", f"{BASE}/Users/{bo}"),
        ("412", f"{BASE}/Users/{ada}"),
    ]
    assert rfc.names("/Users") == ["ada"]
    assert rfc.get(f"/Users/{ada}").json()["title"] == "x"
    assert rfc.names("/Groups") == ["Net"]


def test_new_resources_are_named_before_they_are_there(rfc: Client) -> None:
    """In either order, in values and in paths (§3.7.2)."""
    more = {"schemas": [PATCH_OP], "Operations": [{"op": "add", "path": "title", "value": "x"}]}
    answer = bulk(
        rfc,
        post("g", group_body("Ops", ["bulkId:a", "bulkId:b"]), "/Groups"),
        {"method": "PATCH", "path": "/Users/bulkId:b", "data": more},
        post("a", user_body("ada")),
        post("b", user_body("bo")),
    )
    assert told(answer) == [("g", "201"), (None, "200"), ("a", "201"), ("b", "201")]
    group = results(answer)[0]["response"]
    people = [result["response"]["id"] for result in results(answer)[2:]]
    assert [member["value"] for member in group["members"]] == people
    assert rfc.get(f"/Users/{people[1]}").json()["title"] == "x"


def test_who_needs_what_does_not_come_to_be_is_refused(rfc: Client) -> None:
    rfc.a_user("ada")
    answer = bulk(
        rfc,
        post("a", user_body("ada")),
        post("g", group_body("Ops", ["bulkId:a"]), "/Groups"),
        post("h", group_body("Net", ["bulkId:nobody"]), "/Groups"),
    )
    assert told(answer) == [("a", "409"), ("g", "400"), ("h", "400")]
    assert rfc.names("/Groups") == []


def test_a_circle_is_refused_where_it_begins(rfc: Client) -> None:
    answer = bulk(
        rfc,
        post("g", group_body("Ops", ["bulkId:h"]), "/Groups"),
        post("h", group_body("Net", ["bulkId:g"]), "/Groups"),
        post("a", user_body("ada")),
    )
    assert told(answer) == [("g", "409"), ("h", "400"), ("a", "201")]


def test_so_many_errors_end_it(rfc: Client) -> None:
    operations = [post(str(n), user_body("ada" if n % 2 else f"u{n}")) for n in range(8)]
    answer = bulk(rfc, *operations, failOnErrors=2)
    assert told(answer) == [(str(n), "409" if n in (3, 5) else "201") for n in range(6)]
    assert rfc.names("/Users") == ["u0", "ada", "u2", "u4"]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", "/Nothing", "404"),
        ("POST", "/Users/x/y", "404"),
        ("POST", "/Users/x", "405"),
        ("DELETE", "/Users", "405"),
        ("PATCH", "/Users/nobody", "404"),
    ],
)
def test_a_place_that_is_none_is_that_operation_s_error(
    rfc: Client, method: str, path: str, status: str
) -> None:
    data = {"schemas": [PATCH_OP], "Operations": [{"op": "remove", "path": "title"}]}
    wrong = {"method": method, "path": path, "bulkId": "x", "data": data}
    assert told(bulk(rfc, wrong, post("a", user_body("ada")))) == [("x", status), ("a", "201")]


@pytest.mark.parametrize(
    "message",
    [
        [],
        {"Operations": [post("a", user_body("ada"))]},
        {"schemas": [REQUEST]},
        {"schemas": [REQUEST], "Operations": []},
        {"schemas": [REQUEST], "Operations": ["x"]},
        {"schemas": [REQUEST], "Operations": [{"path": "/Users"}]},
        {"schemas": [REQUEST], "Operations": [{"method": "GET", "path": "/Users"}]},
        {"schemas": [REQUEST], "Operations": [{"method": "POST", "path": "Users", "bulkId": "1"}]},
        {"schemas": [REQUEST], "Operations": [{"method": "POST", "path": "/Users"}]},
        {"schemas": [REQUEST], "Operations": [{"method": "PUT", "path": "/Users/x", "bulkId": 1}]},
        {"schemas": [REQUEST], "Operations": [{"method": "PUT", "path": "/Users/x", "version": 1}]},
        {"schemas": [REQUEST], "Operations": [post("a", user_body("a")), post("a", {})]},
        {"schemas": [REQUEST], "Operations": [post("a", user_body("a"))], "failOnErrors": 0},
        {"schemas": [REQUEST], "Operations": [post("a", user_body("a"))], "failOnErrors": True},
    ],
)
def test_what_is_no_bulk_request_is_refused_as_a_whole(rfc: Client, message: object) -> None:
    assert an_error(400, "invalidSyntax", rfc.post("/Bulk", message))
    assert rfc.names("/Users") == []


def test_its_limits_are_announced_and_hold(tmp_path: Path) -> None:
    quirks = replace(RFC7644, bulk_operations=2, bulk_bytes=1000)
    people = [post(str(n), user_body(f"u{n}")) for n in range(3)]
    with a_provider(tmp_path, quirks) as client:
        assert client.get("/ServiceProviderConfig").json()["bulk"] == {
            "supported": True,
            "maxOperations": 2,
            "maxPayloadSize": 1000,
        }
        many = bulk(client, *people)
        assert an_error(413, None, many) and "maxOperations is 2" in many.json()["detail"]
        large = bulk(client, post("a", user_body("x" * 1000)))
        assert an_error(413, None, large) and "maxPayloadSize is 1000" in large.json()["detail"]
        assert client.names("/Users") == []
        assert told(bulk(client, *people[:2])) == [("0", "201"), ("1", "201")]


@pytest.mark.parametrize("name", sorted(n for n, q in QUIRKS.items() if not q.bulk_operations))
def test_it_is_not_there_where_nobody_documents_it(tmp_path: Path, name: str) -> None:
    with a_provider(tmp_path, QUIRKS[name]) as client:
        expected = 501 if QUIRKS[name].discovery else 404
        assert bulk(client, post("a", user_body("ada"))).status_code == expected


def test_a_group_s_patch_may_have_no_answer_and_may_not_be_taken(tmp_path: Path) -> None:
    patch = {
        "schemas": [PATCH_OP],
        "Operations": [{"op": "add", "path": "externalId", "value": "x"}],
    }
    quirks = replace(RFC7644, group_patch_answers=False, patch_user=False, etags=False)
    with a_provider(tmp_path, quirks) as client:
        ops, ada = client.a_group("Ops"), client.a_user("ada")
        group, user = results(
            bulk(
                client,
                {"method": "PATCH", "path": f"/Groups/{ops}", "data": patch},
                {"method": "PATCH", "path": f"/Users/{ada}", "data": patch},
            )
        )
    assert group == {"method": "PATCH", "location": f"{BASE}/Groups/{ops}", "status": "204"}
    assert user["status"] == "501"


def test_a_thousand_operations_that_wait_for_the_last_are_done(rfc: Client) -> None:
    groups = [post(f"g{n}", group_body(f"G{n}", ["bulkId:a"]), "/Groups") for n in range(999)]
    answer = bulk(rfc, *groups, post("a", user_body("ada")))
    assert {status for _, status in told(answer)} == {"201"}
