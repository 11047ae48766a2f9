"""The client against providers that are not what they should be, through whole HTTP messages."""

from __future__ import annotations

import asyncio
import logging
import traceback
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import TypeVar

import pytest

from reconciler.errors import (
    ConflictError,
    NotFoundError,
    NotScimError,
    OutcomeUnknownError,
    ProviderError,
    RejectedError,
    ThrottledError,
    UnauthorizedError,
)
from reconciler.model.dialect import Paging
from reconciler.model.identity import Kind, ResourceId
from reconciler.model.path import AttributePath, Value, parse_path
from reconciler.model.profile import RFC7644, ZPA, Profile
from reconciler.model.rates import Rates
from reconciler.model.resource import Listing, Resource, Unread
from reconciler.model.written import Written
from reconciler.scim.answers import ERROR_SCHEMA
from reconciler.scim.client import ScimClient
from reconciler.scim.protocol import Limits
from tests.unit.scim.builders_wire import (
    TOKEN,
    Asked,
    Provider,
    Says,
    VirtualTime,
    a_group,
    a_page,
    a_user,
    connected,
    in_turn,
)

T = TypeVar("T")

USER_NAME = parse_path("userName")
EMAIL = parse_path('emails[type eq "work"].value')
TITLE: dict[AttributePath, Value] = {parse_path("title"): "Lead"}
U1 = ResourceId("u1")
G1 = ResourceId("g1")
NOT_SHOWN = Unread("the answer to a write is no reading of the members")


def run(
    provider: Provider,
    act: Callable[[ScimClient], Awaitable[T]],
    profile: Profile = RFC7644,
    time: VirtualTime | None = None,
    limits: Limits | None = None,
) -> T:
    async def go() -> T:
        async with connected(provider, profile, time, limits) as client:
            return await act(client)

    return asyncio.run(go())


def says(*answers: Says) -> Provider:
    return Provider(in_turn(answers))


def an_error(status: int, scim_type: str | None = None, detail: str = "no") -> Says:
    body = {"schemas": [ERROR_SCHEMA], "status": str(status), "detail": detail}
    return Says(status, body if scim_type is None else body | {"scimType": scim_type})


def user(
    id: str = "u1", user_name: str = "ada@zone.example", version: str | None = None
) -> Resource:
    name = ResourceId(id)
    return Resource(name, Kind.USER, {"id": id, "username": user_name}, None, version)


class TestWriting:
    def test_a_create_posts_the_resource_and_tells_its_id(self) -> None:
        headers = {"x-request-id": "r1", "etag": 'W/"1"', "location": "https://evil.example/1"}
        provider = says(Says(201, a_user(), headers))
        written = run(provider, lambda c: c.create(Kind.USER, {USER_NAME: "ada@zone.example"}))
        assert written == Written(U1, user(version='W/"1"'), "r1")
        (asked,) = provider.asked
        assert asked.line == "POST /Users"
        assert asked.body["userName"] == "ada@zone.example"
        assert asked.headers["content-type"] == "application/scim+json"
        assert asked.headers["accept"] == "application/scim+json, application/json"
        assert asked.headers["authorization"] == f"Bearer {TOKEN}"

    def test_a_provider_that_takes_no_scim_json_is_told_the_same_as_json(self) -> None:
        """415 says that nothing was looked at, so it may be sent again (RFC 9110 §15.5.16)."""
        provider = Provider(
            lambda asked: (
                Says(201, a_user())
                if asked.headers["content-type"] == "application/json"
                else an_error(415)
            )
        )

        async def twice(client: ScimClient) -> int:
            for _ in range(2):
                await client.create(Kind.USER, {USER_NAME: "ada@zone.example"})
            return client.retries

        assert run(provider, twice) == 1
        assert provider.lines == ["POST /Users"] * 3

    def test_a_provider_that_takes_neither_has_refused(self) -> None:
        provider = Provider(lambda _: an_error(415))
        with pytest.raises(RejectedError, match="415"):
            run(provider, lambda c: c.update(Kind.USER, U1, TITLE))
        assert len(provider.asked) == 2

    @pytest.mark.parametrize("body", [None, {"userName": "ada"}])
    def test_a_create_may_be_answered_without_an_id(self, body: object) -> None:
        written = run(
            says(Says(201, body)), lambda c: c.create(Kind.USER, {USER_NAME: "ada@zone.example"})
        )
        assert written == Written(None, None, None)

    def test_an_update_sends_one_patch_for_the_id_it_was_given(self) -> None:
        provider = says(Says(204))
        odd = ResourceId("a/b c%2F?é")
        written = run(provider, lambda c: c.update(Kind.USER, odd, TITLE))
        assert written == Written(odd, None, None)
        assert provider.lines == ["PATCH /Users/a/b c%2F?é"]
        assert provider.asked[0].body["Operations"] == [
            {"op": "replace", "path": "title", "value": "Lead"}
        ]
        assert "if-match" not in provider.asked[0].headers

    @pytest.mark.parametrize(("etags", "sent"), [(True, 'W/"7"'), (False, None)])
    def test_a_version_is_sent_only_where_the_provider_keeps_its_word(
        self, etags: bool, sent: str | None
    ) -> None:
        provider = says(Says(204), Says(204))

        async def act(client: ScimClient) -> None:
            await client.update(Kind.USER, U1, TITLE, version='W/"7"')
            await client.delete(Kind.USER, U1, version='W/"7"')

        run(provider, act, replace(RFC7644, etags=etags))
        assert [a.headers.get("if-match") for a in provider.asked] == [sent, sent]

    def test_an_element_that_is_not_there_is_added_after_a_look(self) -> None:
        provider = says(
            an_error(400, "noTarget"),
            Says(200, a_user()),
            Says(200, a_user(emails=[{"type": "work", "value": "a@z"}])),
        )
        written = run(provider, lambda c: c.update(Kind.USER, U1, {EMAIL: "a@z"}, version='W/"7"'))
        assert written.id == U1
        assert provider.lines == ["PATCH /Users/u1", "GET /Users/u1", "PATCH /Users/u1"]
        assert provider.asked[2].body["Operations"] == [
            {
                "op": "add",
                "path": "emails",
                "value": [{"type": "work", "value": "a@z", "primary": True}],
            }
        ]
        assert provider.asked[2].headers["if-match"] == 'W/"7"'

    def test_an_element_that_the_last_reading_lacks_is_added_at_once(self) -> None:
        provider = says(Says(204))
        run(provider, lambda c: c.update(Kind.USER, U1, {EMAIL: "a@z"}, seen=user()))
        assert [asked.body for asked in provider.asked] == [
            {
                "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
                "Operations": [
                    {
                        "op": "add",
                        "path": "emails",
                        "value": [{"type": "work", "value": "a@z", "primary": True}],
                    }
                ],
            }
        ]

    def test_an_element_that_was_seen_is_picked_and_added_when_it_is_gone_since(self) -> None:
        old = {"type": "work", "value": "old@z"}
        before = Resource(U1, Kind.USER, {"id": U1, "emails": (old,)})
        provider = says(an_error(400, "noTarget"), Says(200, a_user()), Says(204))
        run(provider, lambda c: c.update(Kind.USER, U1, {EMAIL: "a@z"}, seen=before))
        assert provider.lines == ["PATCH /Users/u1", "GET /Users/u1", "PATCH /Users/u1"]
        assert [provider.asked[i].body["Operations"][0]["op"] for i in (0, 2)] == ["replace", "add"]

    def test_an_element_that_is_not_there_is_already_cleared(self) -> None:
        provider = says(an_error(400, "noTarget"), Says(200, a_user()))
        written = run(provider, lambda c: c.update(Kind.USER, U1, {EMAIL: None}))
        assert written == Written(U1, user(), None)

    def test_a_resource_that_is_gone_is_not_written_again(self) -> None:
        provider = says(an_error(400, "noTarget"), an_error(404))
        with pytest.raises(RejectedError) as raised:
            run(provider, lambda c: c.update(Kind.USER, U1, {EMAIL: "a@z"}))
        assert raised.value.scim_type == "noTarget"

    def test_another_refusal_of_an_update_is_final(self) -> None:
        provider = says(an_error(409, "uniqueness"))
        with pytest.raises(
            ConflictError, match=r"cannot update user u1: .* 409 \(uniqueness\): no"
        ):
            run(provider, lambda c: c.update(Kind.USER, U1, TITLE))

    @pytest.mark.parametrize("answer", [Says(204), Says(200, {"ok": 1}), Says(202)])
    def test_a_delete_is_done_when_it_is_answered_so(self, answer: Says) -> None:
        provider = says(replace(answer, headers={"x-request-id": "r9"}))
        assert run(provider, lambda c: c.delete(Kind.GROUP, G1)) == Written(G1, None, "r9")
        assert provider.lines == ["DELETE /Groups/g1"]

    @pytest.mark.parametrize("answer", [an_error(404), Says(404)])
    def test_a_delete_of_what_is_gone_is_done_once_that_was_read(self, answer: Says) -> None:
        gone = replace(answer, headers={"x-request-id": "r9"})
        provider = says(gone, gone)
        assert run(provider, lambda c: c.delete(Kind.GROUP, G1)) == Written(G1, None, "r9")
        assert provider.lines == ["DELETE /Groups/g1", "GET /Groups/g1"]

    def test_a_delete_that_is_said_to_be_of_nothing_did_not_delete_what_is_there(self) -> None:
        provider = says(an_error(404), Says(200, a_group()))
        with pytest.raises(NotFoundError, match="cannot delete group g1"):
            run(provider, lambda c: c.delete(Kind.GROUP, G1))

    def test_a_web_page_with_status_404_is_no_deletion(self) -> None:
        provider = says(Says(404, b"<html>no such app</html>"))
        with pytest.raises(NotScimError, match="is a web page, not SCIM"):
            run(provider, lambda c: c.delete(Kind.USER, U1))

    def test_members_are_added_and_removed_in_one_request_each(self) -> None:
        provider = says(Says(204), Says(200, a_group(members=[{"value": "u2"}])))

        async def act(client: ScimClient) -> list[Written]:
            return [
                await client.add_members(G1, [ResourceId("u2"), U1]),
                await client.remove_members(G1, [U1]),
            ]

        added, removed = run(provider, act)
        assert added == Written(G1, None, None)
        assert removed.resource is not None
        assert removed.resource.members == NOT_SHOWN
        assert [(a.line, a.body["Operations"]) for a in provider.asked] == [
            (
                "PATCH /Groups/g1",
                [{"op": "add", "path": "members", "value": [{"value": "u1"}, {"value": "u2"}]}],
            ),
            ("PATCH /Groups/g1", [{"op": "remove", "path": 'members[value eq "u1"]'}]),
        ]

    def test_who_is_no_member_any_more_counts_as_removed(self) -> None:
        provider = says(
            an_error(400, "noTarget"),
            Says(200, a_group(members=[{"value": "u2"}, {"value": "u9"}])),
            Says(204),
        )
        ids = [ResourceId(f"u{n}") for n in range(1, 4)]
        written = run(provider, lambda c: c.remove_members(G1, ids), ZPA)
        assert written == Written(G1, None, None)
        assert provider.lines == ["PATCH /Groups/g1", "GET /Groups/g1", "PATCH /Groups/g1"]
        assert provider.asked[2].body["Operations"] == [
            {"op": "remove", "path": 'members[value eq "u2"]'}
        ]

    def test_where_nobody_of_them_is_a_member_nothing_is_sent_again(self) -> None:
        provider = says(an_error(400, "noTarget"), Says(200, a_group(members=[])))
        written = run(provider, lambda c: c.remove_members(G1, [U1]))
        assert written.id == G1
        assert len(provider.asked) == 2

    @pytest.mark.parametrize(
        "answers",
        [
            [an_error(400, "invalidPath")],
            [an_error(400, "noTarget"), an_error(404)],
            [an_error(400, "noTarget"), Says(200, a_group(members=[{"display": "?"}]))],
        ],
        ids=["another reason", "group gone", "members unread"],
    )
    def test_members_that_cannot_be_removed_are_an_error(self, answers: list[Says]) -> None:
        with pytest.raises(RejectedError, match=r"cannot remove members from group g1: .* 400"):
            run(says(*answers), lambda c: c.remove_members(G1, [U1]))

    def test_a_write_that_a_gateway_swallowed_is_sent_once(self) -> None:
        provider = says(Says(504, b"<html>gateway</html>"))
        with pytest.raises(OutcomeUnknownError, match="tried to create a user, and it may or may"):
            run(provider, lambda c: c.create(Kind.USER, {USER_NAME: "a"}))
        assert provider.lines == ["POST /Users"]


class TestPatience:
    def test_a_throttled_write_waits_as_long_as_it_is_told(self) -> None:
        time = VirtualTime()
        provider = says(Says(429, None, {"retry-after": "13s"}), Says(204))

        async def act(client: ScimClient) -> tuple[dict[str, int], int]:
            await client.update(Kind.USER, U1, TITLE)
            return dict(client.requests), client.retries

        assert run(provider, act, time=time) == ({"PATCH": 1}, 1)
        assert 1013 <= time.now <= 1014

    def test_while_one_call_is_throttled_no_other_goes_out(self) -> None:
        time = VirtualTime(turns=200)
        sent_at: list[float] = []

        def answer(_asked: Asked) -> Says:
            sent_at.append(time.now)
            return Says(429, None, {"retry-after": "60"}) if len(sent_at) == 1 else Says(204)

        async def act(client: ScimClient) -> None:
            await asyncio.gather(*(client.delete(Kind.USER, ResourceId(f"u{n}")) for n in range(6)))

        run(Provider(answer), act, time=time)
        # Those that were under way with the first one could not know of it.
        early = [t for t in sent_at if t == 1000]
        assert len(early) <= 3
        assert all(t >= 1060 for t in sent_at[len(early) :])
        assert len(sent_at) == 7

    def test_patience_ends(self) -> None:
        time = VirtualTime()
        provider = Provider(lambda _asked: Says(503, None, {"retry-after": "100"}))
        with pytest.raises(ThrottledError, match=r"still answers 503 after 20\d s of waiting"):
            run(provider, lambda c: c.listing(Kind.USER), time=time)
        assert len(provider.asked) == 3

    def test_a_read_survives_a_provider_that_stumbles(self) -> None:
        time = VirtualTime()
        provider = says(Says(500), Says(502), Says(200, a_user()))
        assert run(provider, lambda c: c.get(Kind.USER, U1), time=time) == user()
        assert len(time.slept) == 2

    def test_a_rate_holds_over_all_connections(self) -> None:
        time = VirtualTime()
        sent_at: list[float] = []

        def answer(_asked: Asked) -> Says:
            sent_at.append(time.now)
            return Says(204)

        async def go() -> None:
            from reconciler.scim.client import connect
            from reconciler.scim.connection import Connection

            connection = Connection(
                base_url="https://embedded.invalid", rates=Rates(5.0), connections=4
            )
            async with connect(
                connection, RFC7644, app=Provider(answer), sleep=time.sleep, clock=time.clock
            ) as client:
                gone = [client.delete(Kind.USER, ResourceId(f"u{n}")) for n in range(20)]
                await asyncio.gather(*gone)

        asyncio.run(go())
        assert max(sum(1 for t in sent_at if s <= t <= s + 1) for s in sent_at) == 5


class TestGet:
    def test_a_resource_has_its_version_and_its_members(self) -> None:
        body = a_group(members=[{"value": "u1"}, {"value": 7}])
        found = run(says(Says(200, body, {"etag": 'W/"3"'})), lambda c: c.get(Kind.GROUP, G1), ZPA)
        assert found == Resource(
            G1,
            Kind.GROUP,
            {"id": "g1", "displayname": "Ops"},
            frozenset({U1, ResourceId("7")}),
            'W/"3"',
        )

    @pytest.mark.parametrize(
        "answer", [an_error(404), an_error(410), Says(404), Says(404, b"Not Found")]
    )
    def test_a_404_of_the_provider_is_an_absence(self, answer: Says) -> None:
        assert run(says(answer), lambda c: c.get(Kind.USER, U1)) is None

    @pytest.mark.parametrize(
        "answer",
        [
            Says(404, b"<html>nothing here</html>"),
            Says(200, b"<html>sign in</html>"),
            Says(200, b""),
            Says(200, b'{"id": "u1"'),
            Says(200, {"userName": "ada"}),
            Says(200, a_user("u2")),
        ],
    )
    def test_what_is_not_the_resource_is_neither_it_nor_its_absence(self, answer: Says) -> None:
        with pytest.raises(NotScimError, match="cannot read user u1"):
            run(says(answer), lambda c: c.get(Kind.USER, U1))


class TestFind:
    def find(
        self, provider: Provider, path: AttributePath = USER_NAME, value: str = "ada@zone.example"
    ) -> tuple[Resource, ...]:
        return run(provider, lambda c: c.find(Kind.USER, path, value))

    def test_a_filter_whose_rows_match_is_believed(self) -> None:
        provider = says(Says(200, a_page([a_user("u1", "Ada@Zone.example")])))
        assert self.find(provider) == (user("u1", "Ada@Zone.example"),)
        assert provider.asked[0].query == {"filter": 'userName eq "ada@zone.example"'}

    def test_a_value_with_special_characters_arrives_as_it_is(self) -> None:
        value = 'a"b\\c&d=e+f#g é'
        provider = says(Says(200, a_page([a_user("u1", value)])))
        assert self.find(provider, value=value) == (user("u1", value),)
        assert provider.asked[0].query["filter"] == r'userName eq "a\"b\\c&d=e+f#g é"'

    @pytest.mark.parametrize(
        "filtered",
        [
            Says(200, a_page([])),  # nobody: perhaps the filter is not understood
            Says(200, a_page([a_user("u1"), a_user("u2", "bob@zone.example")])),  # ignored
            Says(200, a_page([a_user("u1")], total=2)),  # not all of it
            Says(200, a_page([a_user("u1"), {"userName": "ada@zone.example"}])),  # one has no id
            Says(200, {"id": "u1"}),  # no list
            an_error(400, "invalidFilter"),
            Says(501),
        ],
        ids=["empty", "ignored", "short", "no id", "no list", "refused", "not implemented"],
    )
    def test_a_filter_that_cannot_be_believed_leads_to_a_complete_listing(
        self, filtered: Says
    ) -> None:
        everybody = a_page([a_user("u1"), a_user("u2", "bob@zone.example"), a_user("u0")])
        tries = 4 if filtered.status == 501 else 1
        provider = says(*[filtered] * tries, Says(200, everybody))
        assert self.find(provider) == (user("u0"), user("u1"))
        assert provider.asked[-1].query == {"startIndex": "1", "count": "200"}

    def test_only_a_complete_listing_proves_an_absence(self) -> None:
        nobody = Says(200, a_page([]))
        short = Says(200, a_page([a_user("u2", "bob")], total=2))
        assert self.find(says(nobody, Says(200, a_page([a_user("u2", "bob")])))) == ()
        with pytest.raises(NotScimError) as raised:
            self.find(says(nobody, short, an_error(400)))
        assert raised.value.message == (
            "cannot tell whether there is a user with that userName: the list of users is "
            "incomplete (broke off after 1 of 2 resources: cannot read the list of users: the "
            "service provider answered 400: no)"
        )

    @pytest.mark.parametrize(
        ("answer", "error"),
        [
            (an_error(401), UnauthorizedError),
            (Says(429, None, {"retry-after": "9999"}), ThrottledError),
            (Says(200, b"<html>"), NotScimError),
        ],
    )
    def test_a_failure_that_is_not_the_filters_fault_is_raised(
        self, answer: Says, error: type[ProviderError]
    ) -> None:
        with pytest.raises(error):
            self.find(says(answer))


class TestListing:
    def test_pages_are_asked_for_from_what_was_received(self) -> None:
        provider = says(
            Says(200, a_page([a_user("u1"), a_user("u2")], total=3)),
            Says(200, a_page([a_user("u3")], total=3)),
        )
        seen: list[tuple[str, int, int | None]] = []
        listing = run(
            provider,
            lambda c: c.listing(Kind.USER, progress=lambda *at: seen.append(at)),
            replace(RFC7644, page_max=2),
        )
        assert listing == Listing({ResourceId(n): user(n) for n in ("u1", "u2", "u3")})
        assert [a.query for a in provider.asked] == [
            {"startIndex": "1", "count": "2"},
            {"startIndex": "3", "count": "2"},
        ]
        assert seen == [("users", 2, 3), ("users", 3, 3)]

    def test_groups_are_sorted_where_the_profile_says_so(self) -> None:
        provider = says(Says(200, a_page([a_group()])))
        listing = run(provider, lambda c: c.listing(Kind.GROUP), ZPA)
        assert provider.asked[0].query == {
            "startIndex": "1",
            "count": "100",
            "sortBy": "displayName",
            "sortOrder": "ascending",
        }
        hidden = Unread("the list of groups does not show members")
        assert [g.members for g in listing.resources.values()] == [hidden]

    def test_what_nobody_looks_at_is_left_out_where_the_profile_names_the_parameter(self) -> None:
        provider = says(Says(200, a_page([a_user()])))
        run(
            provider,
            lambda c: c.listing(Kind.USER),
            replace(RFC7644, page_max=2, excluding="excludedAttributes"),
        )
        assert provider.asked[0].query == {
            "startIndex": "1",
            "count": "2",
            "excludedAttributes": "groups",
        }

    def test_a_provider_that_fails_on_extra_parameters_is_asked_without_them(self) -> None:
        provider = Provider(
            lambda asked: (
                an_error(400)
                if "sortBy" in asked.query
                else Says(200, a_page([a_group()] if asked.query["startIndex"] == "1" else [], 2))
            )
        )
        listing = run(provider, lambda c: c.listing(Kind.GROUP), replace(ZPA, page_max=1))
        assert [set(a.query) - {"startIndex", "count"} for a in provider.asked] == [
            {"sortBy", "sortOrder"},
            *[set[str]()] * (len(provider.asked) - 1),
        ]
        assert not listing.complete

    @pytest.mark.parametrize("status", [400, 500, 501])
    @pytest.mark.parametrize("refused", ["count", "startIndex"])
    def test_a_provider_that_fails_on_count_gives_pages_of_its_own_size(
        self, refused: str, status: int
    ) -> None:
        def answer(asked: Asked) -> Says:
            first = int(asked.query.get("startIndex", "1"))
            if refused in asked.query and first == 1:
                return an_error(status)
            return Says(200, a_page([a_user(f"u{n}") for n in range(first, min(first + 2, 6))], 5))

        provider = Provider(answer)

        async def twice(client: ScimClient) -> tuple[Listing, Listing]:
            return await client.listing(Kind.USER), await client.listing(Kind.USER)

        first, second = run(provider, twice)
        assert (len(first.resources), first.gap, second) == (5, None, first)
        pages = [{}, {"startIndex": "3"}, {"startIndex": "5"}]
        assert [asked.query for asked in provider.asked][-6:] == pages * 2

    def test_a_provider_that_is_down_is_not_asked_for_everything_in_another_way(self) -> None:
        provider = Provider(lambda _: Says(503, headers={"retry-after": "9999"}))
        with pytest.raises(ThrottledError):
            run(provider, lambda c: c.listing(Kind.USER))
        assert len(provider.asked) == 1

    def test_a_cursor_that_expired_begins_the_list_again(self) -> None:
        provider = says(
            Says(200, {"Resources": [a_user("u1")], "nextCursor": "c 2"}),
            Says(400, {"schemas": [ERROR_SCHEMA], "scimType": "expiredCursor", "status": "400"}),
            Says(200, {"Resources": [a_user("u1")], "nextCursor": "c 3"}),
            Says(200, {"Resources": [a_user("u2")]}),
        )
        profile = replace(RFC7644, paging=Paging.CURSOR, page_max=1)
        listing = run(provider, lambda c: c.listing(Kind.USER), profile)
        assert listing == Listing({ResourceId(n): user(n) for n in ("u1", "u2")})
        assert [a.path for a in provider.asked] == ["/Users"] * 4
        assert [a.query for a in provider.asked][1::2] == [
            {"cursor": "c 2", "count": "1"},
            {"cursor": "c 3", "count": "1"},
        ]

    @pytest.mark.parametrize(
        ("first", "error"),
        [
            (an_error(401), UnauthorizedError),
            (an_error(404), RejectedError),
            (Says(200, b"<html>sign in</html>"), NotScimError),
            (Says(200, {"hello": "world"}), NotScimError),
            (Says(200, b"[]"), NotScimError),
        ],
    )
    def test_a_first_page_that_fails_is_an_error(
        self, first: Says, error: type[ProviderError]
    ) -> None:
        with pytest.raises(error, match="cannot read the list of users"):
            run(says(first), lambda c: c.listing(Kind.USER))

    @pytest.mark.parametrize("said", [an_error(404), Says(404, b"Not Found")])
    def test_a_list_that_is_not_there_is_a_wrong_address(self, said: Says) -> None:
        with pytest.raises(ProviderError) as caught:
            run(says(said), lambda c: c.listing(Kind.USER))
        assert caught.value.hint is not None
        assert caught.value.hint.startswith("check the path of the target's baseUrl")

    def test_a_resource_that_is_not_there_says_nothing_of_the_address(self) -> None:
        with pytest.raises(ProviderError) as caught:
            run(says(an_error(404)), lambda c: c.update(Kind.USER, ResourceId("u1"), TITLE))
        assert caught.value.hint is None

    @pytest.mark.parametrize(
        ("second", "why"),
        [
            (an_error(401), "401: no"),
            (an_error(400), "400: no"),
            (Says(200, b"<html>"), "(status 200) is a web page, not SCIM"),
            (Says(200, {"hello": "world"}), "the answer is JSON, but no SCIM list"),
        ],
    )
    def test_a_later_page_that_fails_is_a_gap_and_loses_nobody(
        self, second: Says, why: str
    ) -> None:
        provider = says(Says(200, a_page([a_user("u1"), a_user("u2")], total=3)), second)
        listing = run(provider, lambda c: c.listing(Kind.USER))
        assert list(listing.resources) == ["u1", "u2"]
        assert listing.gap is not None
        assert listing.gap.startswith(
            "broke off after 2 of 3 resources: cannot read the list of users"
        )
        assert listing.gap.endswith(why)


CANARY = "canary-7f3a"


@pytest.mark.parametrize(
    "answer",
    [
        Says(400, {"detail": "no", "password": CANARY}),
        Says(400, {"schemas": [ERROR_SCHEMA], "detail": "no", "value": CANARY}),
        Says(500, f"<html>{CANARY}</html>".encode()),
        Says(200, f"<html>{CANARY}</html>".encode()),
        Says(302, None, {"location": f"https://{CANARY}.example/"}),
        Says(401, None, {"www-authenticate": CANARY}),
    ],
)
def test_nothing_personal_or_secret_reaches_an_error_a_traceback_or_a_log(
    answer: Says, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    calls: list[Callable[[ScimClient], Awaitable[object]]] = [
        lambda c: c.find(Kind.USER, USER_NAME, CANARY),
        lambda c: c.create(Kind.USER, {USER_NAME: CANARY}),
        lambda c: c.update(Kind.USER, U1, {USER_NAME: CANARY}),
    ]
    for call in calls:
        with pytest.raises(ProviderError) as raised:
            run(Provider(lambda _asked: answer), call)
        shown = "".join(traceback.format_exception(raised.value)) + repr(vars(raised.value))
        for secret in (CANARY, TOKEN, "embedded.invalid"):
            assert secret not in shown
    records = "".join(record.getMessage() for record in caplog.records)
    assert CANARY not in records
    assert TOKEN not in records
