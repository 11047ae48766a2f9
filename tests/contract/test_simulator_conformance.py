"""The embedded service provider held to RFC 7643 and RFC 7644 by scim2-tester.

That checker was written by others, and drives the provider over a real port.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import httpx
from scim2_client import BaseSyncSCIMClient
from scim2_tester import CheckResult, Status, check_server

from tests.unit.simulator.serving import serving

#: What the checker may say of a provider that keeps to the standard, recommendations included.
PASSED = {Status.SUCCESS, Status.COMPLIANT, Status.ACCEPTABLE}


class HttpxClient(BaseSyncSCIMClient):
    """The checker's client over httpx: the one that it brings needs another library."""

    def __init__(self, http: httpx.Client) -> None:
        super().__init__()
        self._http = http

    def request(self, method: str, url: str, **parts: Any) -> httpx.Response:
        return self._http.request(method, url, **parts)

    def _stays_under_base_url(self, endpoint: str) -> bool:
        return str(self._http.build_request("GET", endpoint).url).startswith(
            str(self._http.base_url)
        )


def test_the_embedded_provider_passes_every_check(tmp_path: Path) -> None:
    with serving(tmp_path / "p") as server:
        results = check_server(HttpxClient(server.http))
    assert [told(r) for r in results if r.status not in PASSED] == []
    assert len(results) > 100
    kinds = Counter(r.resource_type for r in results)
    assert kinds["User"] > 50 and kinds["Group"] > 10


def told(result: CheckResult) -> str:
    return f"{result.status.name} {result.title} ({result.resource_type}): {result.reason}"
