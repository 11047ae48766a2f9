"""Where requests may go: everything else is refused before anything is sent."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from reconciler import __version__
from reconciler.errors import ConfigurationError
from reconciler.model.profile import RFC7644, ZPA
from reconciler.model.rates import NO_LIMIT, Rates
from reconciler.model.secret import Secret
from reconciler.scim.client import connect
from reconciler.scim.connection import Connection, Endpoint, check_endpoint, open_wire
from tests.unit.scim.builders_wire import Provider, Says


def to(url: str, *hosts: str) -> Connection:
    return Connection(base_url=url, token=Secret("canary"), allowed_hosts=frozenset(hosts))


@pytest.mark.parametrize(
    ("url", "hosts", "endpoint"),
    [
        ("https://s.example/scim/v2", ["s.example"], Endpoint("https://s.example/scim/v2", False)),
        ("https://s.example/v2/", ["s.example"], Endpoint("https://s.example/v2", False)),
        ("https://S.Example", [" s.EXAMPLE "], Endpoint("https://S.Example", False)),
        ("https://s.example:443", ["s.example"], Endpoint("https://s.example:443", False)),
        ("https://s.example", ["s.example:443"], Endpoint("https://s.example", False)),
        (
            "https://s.example:8443/v2",
            ["a.example", "s.example:8443"],
            Endpoint("https://s.example:8443/v2", False),
        ),
        ("http://127.0.0.1:9000/v2", ["127.0.0.1"], Endpoint("http://127.0.0.1:9000/v2", True)),
        ("http://localhost:9000", ["localhost:9000"], Endpoint("http://localhost:9000", True)),
        ("https://localhost:9000", ["localhost"], Endpoint("https://localhost:9000", False)),
        ("http://[::1]:9000", ["::1"], Endpoint("http://[::1]:9000", True)),
        ("http://[::1]:9000", ["[::1]:9000"], Endpoint("http://[::1]:9000", True)),
        ("http://127.0.0.1", ["127.0.0.1:80"], Endpoint("http://127.0.0.1", True)),
    ],
)
def test_an_address_on_the_list_may_be_used(url: str, hosts: list[str], endpoint: Endpoint) -> None:
    assert check_endpoint(to(url, *hosts)) == endpoint


@pytest.mark.parametrize(
    ("url", "hosts", "place"),
    [
        ("https://evil.example/v2", ["s.example"], "evil.example:443"),
        ("https://s.example.evil.example/", ["s.example"], "s.example.evil.example:443"),
        ("https://s.example:8443/", ["s.example"], "s.example:8443"),
        ("https://sub.s.example/", ["s.example"], "sub.s.example:443"),
        ("https://s.example/", [], "s.example:443"),
        ("http://127.0.0.1:9000/", ["127.0.0.1:9001"], "127.0.0.1:9000"),
        ("http://localhost/", ["127.0.0.1"], "localhost:80"),
    ],
)
def test_a_host_that_is_not_bound_to_the_credential_gets_nothing(
    url: str, hosts: list[str], place: str
) -> None:
    with pytest.raises(ConfigurationError) as raised:
        check_endpoint(to(url, *hosts))
    assert raised.value.message == (
        f"nothing may be sent to {place}: the credential is not bound to that host"
    )
    assert raised.value.hint == (
        "hosts are bound outside the manifests, beside the token, in "
        f"RECONCILER_CREDENTIAL_<ALIAS>_HOSTS; bound now: {', '.join(hosts) or 'none'}"
    )


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("http://s.example/v2", "the target's baseUrl (host s.example) is not https"),
        ("http://10.0.0.1/v2", "the target's baseUrl (host 10.0.0.1) is not https"),
        ("ftp://127.0.0.1/v2", "the target's baseUrl (host 127.0.0.1) is not https"),
        ("//127.0.0.1/v2", "the target's baseUrl (host 127.0.0.1) is not https"),
        ("https:///v2", "the target's baseUrl names no host that can be used"),
        ("embedded:box", "the target's baseUrl names no host that can be used"),
        ("https://s\u043aim.example/", "the target's baseUrl names no host that can be used"),
        ("https://s.example:x/", "the target's baseUrl is not a URL"),
        ("https://s.example:99999/", "the target's baseUrl is not a URL"),
        ("https://[::1/", "the target's baseUrl is not a URL"),
    ],
)
def test_an_address_that_would_show_the_token_is_refused(url: str, message: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        check_endpoint(to(url, "s.example", "127.0.0.1", "10.0.0.1"))
    assert raised.value.message == message


@pytest.mark.parametrize(
    "url",
    [
        "https://me:pass@s.example/v2",
        "https://s.example@s.example/v2",
        "https://:@s.example/v2",
        "https://s.example/v2?x=pass",
        "https://s.example/v2#pass",
    ],
)
def test_an_address_with_a_name_a_query_or_a_fragment_is_refused_without_showing_it(
    url: str,
) -> None:
    with pytest.raises(ConfigurationError) as raised:
        check_endpoint(to(url, "s.example"))
    assert raised.value.message == (
        "the target's baseUrl (host s.example) carries a user name, a query or a fragment"
    )


def test_connecting_to_a_host_that_is_not_bound_opens_nothing() -> None:
    async def run() -> None:
        async with connect(to("https://evil.example", "s.example"), RFC7644):
            pytest.fail("there must be no client")

    with pytest.raises(ConfigurationError, match=r"nothing may be sent to evil\.example:443"):
        asyncio.run(run())


def test_a_connection_does_not_show_its_secrets() -> None:
    connection = replace(to("https://s.example"), proxy="http://me:canary@proxy")
    assert "canary" not in f"{connection} {connection!r} {connection.token} {connection.token:>9}"
    assert connection.token == Secret("canary")
    assert len({connection, replace(connection, token=Secret("canary"))}) == 1
    assert connection.user_agent == f"reconciler/{__version__}"


@pytest.mark.parametrize(
    ("own", "in_process", "expected"),
    [
        ((None, None), False, (Rates(10.0), 8)),
        ((Rates(25.0), 2), False, (Rates(25.0), 2)),
        ((None, None), True, (NO_LIMIT, 8)),
        ((Rates(25.0), 2), True, (Rates(25.0), 2)),
    ],
)
def test_rate_and_connections_are_the_profiles_unless_said_otherwise(
    own: tuple[Rates | None, int | None],
    in_process: bool,
    expected: tuple[Rates, int],
) -> None:
    rate, connections = own
    connection = replace(to("http://127.0.0.1:1", "127.0.0.1"), rates=rate, connections=connections)
    opened = open_wire(connection, ZPA, Provider(lambda _asked: Says()) if in_process else None)
    assert (opened.rates, opened.connections) == expected


def test_an_https_address_is_reached_over_tls() -> None:
    opened = open_wire(to("https://s.example/v2/", "s.example"), RFC7644, None)
    assert (opened.base_url, opened.rates) == ("https://s.example/v2", NO_LIMIT)
