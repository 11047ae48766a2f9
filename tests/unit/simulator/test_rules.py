"""What known providers ask of a resource beyond its schema, and what they do in place of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from reconciler.simulator.quirks import QUIRKS
from tests.unit.simulator.builders_simulator import a_provider, an_error, group_body, user_body

AWS, EMU, SLACK = (QUIRKS[name] for name in ("aws-identity-center", "github-emu", "slack"))
NAMES = {"displayName": "Ada", "name": {"givenName": "Ada", "familyName": "L"}}


def test_what_is_required_is_required_for_good(tmp_path: Path) -> None:
    with a_provider(tmp_path, AWS) as client:
        assert an_error(400, "invalidValue", client.post("/Users", user_body("ada")))
        user = client.a_user("ada", **NAMES)
        answer = client.patch(f"/Users/{user}", {"op": "remove", "path": "name.givenName"})
        assert an_error(400, "invalidValue", answer)
        assert client.get(f"/Users/{user}").json()["name"]["givenName"] == "Ada"


def test_a_group_without_the_id_of_its_idp_is_refused(tmp_path: Path) -> None:
    with a_provider(tmp_path, EMU) as client:
        assert an_error(400, "invalidValue", client.post("/Groups", group_body("Ops")))
        client.a_group("Ops", externalId="1")


def test_only_one_address_is_kept(tmp_path: Path) -> None:
    two = [{"value": "a", "type": "work"}, {"value": "b", "type": "home"}]
    with a_provider(tmp_path, AWS) as client:
        answer = client.post("/Users", user_body("ada", **NAMES, emails=two))
        assert an_error(400, "invalidValue", answer)
        client.a_user("ada", **NAMES, emails=two[:1])


def test_members_are_neither_shown_nor_replaced_and_still_filtered_by(tmp_path: Path) -> None:
    with a_provider(tmp_path, AWS) as client:
        user = client.a_user("ada", **NAMES)
        group = client.a_group("Ops")
        path = f"/Groups/{group}"
        joined = client.patch(path, {"op": "add", "path": "members", "value": [{"value": user}]})
        assert joined.status_code == 204
        for operation in (
            {"op": "replace", "path": "members", "value": []},
            {"op": "remove", "path": "members"},
        ):
            assert an_error(400, "invalidValue", client.patch(path, operation))
        assert "members" not in client.get(path).json()
        asked = f'id eq "{group}" and members.value eq "{user}"'
        assert client.names("/Groups", filter=asked) == ["Ops"]


@pytest.mark.parametrize(("number", "status"), [(100, 400), (101, 413)])
def test_a_request_changes_so_many_memberships(tmp_path: Path, number: int, status: int) -> None:
    members = [{"value": f"nobody{n}"} for n in range(number)]
    with a_provider(tmp_path, AWS) as client:
        group = client.a_group("Ops")
        answer = client.patch(
            f"/Groups/{group}", {"op": "add", "path": "members", "value": members}
        )
        assert answer.status_code == status


def test_an_address_is_never_given_away_again(tmp_path: Path) -> None:
    mail = [{"value": "a@zone.example"}]
    with a_provider(tmp_path, SLACK) as client:
        ada = client.a_user("ada", emails=mail)
        assert client.delete(f"/Users/{ada}").status_code == 204
        assert client.get(f"/Users/{ada}").json()["active"] is False
        assert an_error(409, "uniqueness", client.post("/Users", user_body("bo", emails=mail)))
        bo = client.a_user("bo", emails=[{"value": "b@zone.example"}])
        taken = {"op": "replace", "path": "emails", "value": mail}
        assert an_error(409, "uniqueness", client.patch(f"/Users/{bo}", taken))
        assert client.delete(f"/Groups/{client.a_group('Ops')}").status_code == 204


def test_a_request_has_so_many_operations_and_takes_so_many_members_out(tmp_path: Path) -> None:
    strict = replace(QUIRKS["rfc7644"], most_operations=2, most_members=1)
    with a_provider(tmp_path, strict) as client:
        users = [client.a_user(name) for name in ("ada", "bo")]
        group = f"/Groups/{client.a_group('Ops')}"
        for user in users:
            client.patch(group, {"op": "add", "path": "members", "value": [{"value": user}]})
        both = [{"op": "remove", "path": f'members[value eq "{user}"]'} for user in users]
        assert client.patch(group, *both).status_code == 413
        assert client.patch(group, both[0]).status_code == 200
        three = [{"op": "replace", "path": "displayName", "value": name} for name in "abc"]
        assert an_error(400, "invalidValue", client.patch(group, *three))
