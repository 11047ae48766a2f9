"""An examination sees what is there, sends what it says, and leaves nothing behind."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from reconciler.doctor.examine import Trial
from reconciler.doctor.line import BudgetError, Line
from reconciler.doctor.scratch import CLEANING, remove_left
from reconciler.manifests.load import load
from reconciler.model.dialect import IndexUnit, Paging
from reconciler.model.examination import Examination, Level
from reconciler.model.profile import BUILT_IN, Deletion, MembersIn
from reconciler.model.provenance import Grade, Provenance
from reconciler.report.examination import (
    examination_data,
    examination_json,
    examination_lines,
    examination_markdown,
    proposal_lines,
)
from reconciler.report.style import PLAIN
from reconciler.simulator import quirks as odd
from reconciler.simulator.quirks import QUIRKS
from tests.unit.doctor.builders_doctor import Killed, Provider, a_provider

ALL = sorted(QUIRKS)
#: Fields whose values are lists.
LISTS = {"users.filterable", "discovery.extras"}


def a_trial(remembered: list[tuple[str, str] | None] | None = None) -> Trial:
    noted = remembered if remembered is not None else []
    return Trial("0badcafe", "zone.example", noted.append)


async def the_rest(line: Line) -> object:
    return await remove_left(line, "0badcafe", "zone.example")


def seen(found: Examination) -> dict[str, str]:
    return {each.field: each.seen for each in found.compared}


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("people", [0, 3, 12])
def test_without_being_asked_it_only_reads_and_no_more_than_announced(
    tmp_path: Path, name: str, people: int
) -> None:
    provider = a_provider(tmp_path, name)
    provider.populate(people)
    found, sent = provider.examine()
    assert {method for method, _ in sent} == {"GET"}
    assert len(sent) == found.sent <= found.announced
    assert not found.troubled


@pytest.mark.parametrize("name", ALL)
def test_the_embedded_providers_are_as_their_profiles_say(tmp_path: Path, name: str) -> None:
    provider = a_provider(tmp_path, name)
    provider.populate(12)
    found, sent = provider.examine(trial=a_trial())
    assert len(sent) == found.sent <= found.announced
    guessable = {"excluding"}  # worth knowing, and no profile has to use it
    assert {each.field for each in found.disagreements} <= guessable
    assert not found.troubled
    assert {"clearing", "deletion", "etags", "membersIn"} <= set(seen(found))


@pytest.mark.parametrize("name", ALL)
def test_scratch_objects_are_taken_away_again(tmp_path: Path, name: str) -> None:
    provider = a_provider(tmp_path, name)
    provider.populate(4)
    before, remembered = provider.everybody(), list[tuple[str, str] | None]()
    provider.examine(trial=a_trial(remembered))
    assert remembered == [("0badcafe", "zone.example"), None]
    kept = provider.quirks.delete_user in {odd.Delete.DEACTIVATES, odd.Delete.REFUSED}
    assert {active for _, active in provider.scratch()} == ({False} if kept else set())
    assert provider.everybody() == before + (3 if kept else 0)


@pytest.mark.parametrize("answered", [False, True])
@pytest.mark.parametrize("name", ["rfc7644", "zpa"])
def test_killed_anywhere_what_is_left_is_found_by_its_name_and_nothing_else_is(
    tmp_path: Path, name: str, *, answered: bool
) -> None:
    provider = a_provider(tmp_path, name)
    provider.populate(4)
    before = provider.everybody()
    whole = provider.examine(trial=a_trial())[1]
    first = next(n for n, (method, _) in enumerate(whole) if method == "POST")
    for dies_at in range(first, len(whole)):
        remembered: list[tuple[str, str] | None] = []
        with pytest.raises(Killed):
            provider.examine(trial=a_trial(remembered), dies_at=dies_at, answered=answered)
        if provider.scratch():
            assert remembered == [("0badcafe", "zone.example")]
            left = provider.ask(
                lambda line: remove_left(line, "0badcafe", "zone.example"), CLEANING
            )
            assert left == ()
        assert (provider.scratch(), provider.everybody()) == ([], before)


def test_where_filters_are_ignored_nobody_else_is_removed(tmp_path: Path) -> None:
    provider = a_provider(tmp_path)
    provider.populate(4)
    before = provider.everybody()
    provider.quirks = replace(
        provider.quirks,
        filterable_user=frozenset(),
        filterable_group=frozenset(),
        other_filters=odd.OtherFilters.IGNORED,
    )
    left = provider.ask(the_rest, CLEANING)
    assert isinstance(left, tuple)
    assert (len(left), provider.everybody()) == (7, before)


def test_interrupted_anywhere_it_cleans_up_before_it_ends(tmp_path: Path) -> None:
    provider = a_provider(tmp_path)
    whole = provider.examine(trial=a_trial())[1]
    first = next(n for n, (method, _) in enumerate(whole) if method == "POST")
    for at in range(first, len(whole) - CLEANING):
        with pytest.raises(asyncio.CancelledError):
            provider.examine(trial=a_trial(), cancelled_at=at)
        assert provider.scratch() == []


def test_what_cannot_be_removed_is_named(tmp_path: Path) -> None:
    provider = a_provider(tmp_path)
    provider.examine(trial=a_trial())
    broken = Provider(
        provider.path, replace(provider.quirks, filterable_user=frozenset()), provider.profile
    )
    left = broken.ask(the_rest)
    assert isinstance(left, tuple)
    assert [text.startswith("perhaps the user reconciler-doctor-0badcafe") for text in left] == [
        True,
        True,
        True,
        True,
    ]


@pytest.mark.parametrize(
    ("quirks", "field", "value"),
    [
        ({"start_index_is_page": True, "page_max": 5}, "indexUnit", IndexUnit.PAGES),
        ({"paging": odd.Paging.CURSOR}, "paging", Paging.CURSOR),
        ({"members_in_lists": False}, "membersIn", MembersIn.RESOURCE),
        (
            {"members_in_lists": False, "members_readable": False},
            "membersIn",
            MembersIn.PROBED,
        ),
        (
            {
                "members_in_lists": False,
                "members_readable": False,
                "filterable_group": frozenset({"displayname"}),
            },
            "membersIn",
            MembersIn.NEVER,
        ),
        ({"count_ignored": True}, "takesCount", "false"),
        ({"page_max": 5}, "pageMax", "5"),
        ({"etags": False}, "etags", "false"),
        ({"delete_user": odd.Delete.DEACTIVATES}, "deletion", Deletion.DEACTIVATES),
        ({"removals": odd.Removals.LIST}, "memberRemoval", "list"),
        ({"delete_user": odd.Delete.HIDES}, "deletion", Deletion.DEACTIVATES),
        ({"delete_user": odd.Delete.REFUSED}, "deletion", Deletion.NONE),
        ({"delete_user": odd.Delete.FOR_GOOD}, "recreates", "false"),
        ({"inactive_users": odd.Inactive.HIDES}, "inactiveShown", "false"),
        ({"inactive_users": odd.Inactive.VANISHES}, "deactivation", "destructive"),
        ({"clears": odd.Clears.NULL}, "clearing", "null"),
        ({"inactive_users": odd.Inactive.VANISHES}, "inactiveShown", "false"),
        ({"filterable_user": frozenset({"externalid"})}, "filters.supported", "false"),
        ({"filter_joins": odd.Joined.NOT}, "filters.joined", "false"),
        ({"filterable_user": frozenset({"username"})}, "users.filterable", "userName"),
        ({"discovery": False}, "discovery.documents", "absent"),
        (
            {"config_path": "ServiceProviderConfigs"},
            "discovery.configPath",
            "ServiceProviderConfigs",
        ),
        ({"other_resources": ("Roles", "Bots")}, "discovery.extras", "Bots, Roles"),
    ],
)
def test_where_the_provider_is_otherwise_it_is_said_and_proposed(
    tmp_path: Path, quirks: dict[str, object], field: str, value: str
) -> None:
    provider = a_provider(tmp_path)
    provider.populate(12)
    provider.quirks = replace(provider.quirks, **quirks)  # type: ignore[arg-type]  # by data
    found, _ = provider.examine(trial=a_trial())
    (other,) = (each for each in found.disagreements if each.field == field)
    assert other.seen == value
    block, _, name = field.rpartition(".")
    written = f"[{value}]" if field in LISTS else '"null"' if value == "null" else value
    proposal = list(proposal_lines(found))
    assert not block or f"  {block}:" in proposal
    indent = "    " if block else "  "
    assert [line for line in proposal if line.startswith(f"{indent}{name}: {written}  #")]
    (tmp_path / "tree").mkdir()
    (tmp_path / "tree" / "p.yaml").write_text("\n".join(proposal), encoding="utf-8")
    assert load(tmp_path / "tree").diagnostics == ()
    assert any(f"{field}: {value}, and the profile says" in line for line in shown(found))


def test_the_proposal_is_a_manifest(tmp_path: Path) -> None:
    provider = a_provider(tmp_path, "slack")
    provider.populate(12)
    found, _ = provider.examine(trial=a_trial())
    (tmp_path / "tree").mkdir()
    (tmp_path / "tree" / "p.yaml").write_text("\n".join(proposal_lines(found)), encoding="utf-8")
    loaded = load(tmp_path / "tree")
    assert loaded.diagnostics == ()
    own = loaded.declared.profiles["slack-as-seen"]
    assert own.source("members_in").grade is Grade.PROBED


def test_a_guess_that_proves_right_is_worth_writing_down(tmp_path: Path) -> None:
    provider = a_provider(tmp_path)
    provider.populate(2)
    source = {"members_in": Provenance(Grade.GUESSED, "x")}
    found, _ = provider.examine(profile=replace(provider.profile, sources=source))
    assert ("membersIn", True) in {(each.field, each.agrees) for each in found.news}


def test_the_report_that_is_passed_on_has_nothing_personal(tmp_path: Path) -> None:
    provider = a_provider(tmp_path, "zpa")
    provider.populate(12, groups=2)
    found, _ = provider.examine(trial=a_trial())
    for text in (
        examination_markdown(found),
        examination_json(found),
        str(examination_data(found)),
    ):
        assert "canary" not in text.lower()
        assert "zone.example" not in text
        assert "box" not in text
        assert "0badcafe" not in text
    assert json.loads(examination_json(found))["requests"]["sent"] == found.sent


def shown(found: Examination) -> list[str]:
    return list(examination_lines(found, PLAIN))


def test_a_new_token_of_zpa_is_warned_about_before_anybody_makes_one(tmp_path: Path) -> None:
    found, _ = a_provider(tmp_path, "zpa").examine()
    (warned,) = (f for f in found.findings if f.about == "token")
    assert (warned.level, "may end the one that is in use" in warned.said) == (Level.WARNING, True)
    assert not [f for f in a_provider(tmp_path).examine()[0].findings if f.about == "token"]


def test_more_than_was_announced_is_not_sent(tmp_path: Path) -> None:
    provider = a_provider(tmp_path)

    async def twice(line: Line) -> None:
        await line.get("/Users")
        await line.get("/Users")

    with pytest.raises(BudgetError):
        provider.ask(twice, budget=1)


def test_an_unverified_profile_can_be_examined_too(tmp_path: Path) -> None:
    provider = a_provider(tmp_path)
    provider.populate(2)
    found, _ = provider.examine(profile=BUILT_IN["salesforce"], trial=a_trial())
    assert seen(found)["deletion"] == "removes"


def said(found: Examination) -> str:
    return "\n".join(f"{f.about}: {f.said}" for f in found.findings)


@pytest.mark.parametrize(
    ("quirks", "text"),
    [
        ({"required_user": frozenset({"nickname"})}, "creating: no user can be made (400, 400)"),
        ({"required_group": frozenset({"externalid"})}, "creating: no group can be made (400)"),
        ({"removals": odd.Removals.NONE}, "members: a filter removes nobody (400)"),
        (
            {
                "kept_user": frozenset({"username", "active"}),
                "unknown_attributes": odd.Unknown.DROPPED,
            },
            "PATCH: a title is not kept, so how values are taken away stays open",
        ),
        ({"filterable_user": frozenset()}, "filters: `userName eq` is refused (400)"),
        (
            {"filterable_user": frozenset(), "other_filters": odd.OtherFilters.IGNORED},
            "filters: a filter that matches nobody gives rows: ignored",
        ),
    ],
)
def test_what_cannot_be_done_is_said(tmp_path: Path, quirks: dict[str, object], text: str) -> None:
    provider = a_provider(tmp_path)
    provider.populate(5)
    provider.quirks = replace(provider.quirks, **quirks)  # type: ignore[arg-type]  # by data
    found, sent = provider.examine(trial=a_trial())
    assert text in said(found)
    assert len(sent) <= found.announced
    assert provider.scratch() == []


@pytest.mark.parametrize(
    ("ours", "theirs", "said"),
    [
        ({}, {}, ["the provider says that it takes Bulk requests"]),
        ({"bulk_operations": 1000}, {}, []),
        (
            {"bulk_operations": 1000},
            {"bulk_operations": None},
            ["the provider does not say that it takes Bulk requests"],
        ),
        (
            {"bulk_operations": 500, "bulk_bytes": 2000},
            {"bulk_operations": 499, "bulk_bytes": 1999},
            [
                "bulkBytes of the profile is 2000, more than the provider's 1999",
                "bulkOperations of the profile is 500, more than the provider's 499",
            ],
        ),
    ],
)
def test_a_provider_that_takes_less_at_once_than_the_profile_sends_is_told(
    tmp_path: Path, ours: dict[str, Any], theirs: dict[str, Any], said: list[str]
) -> None:
    provider = a_provider(tmp_path)
    provider = replace(provider, quirks=replace(provider.quirks, **theirs))
    found, _ = provider.examine(profile=replace(provider.profile, **ours))
    about = [f.said for f in found.findings if "ulk" in f.said]
    assert [message.split(":")[0].split(";")[0] for message in sorted(about)] == said
