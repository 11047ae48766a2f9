"""A service provider that does next to nothing, so that a client's own speed shows.

    python tests/benchmarks/bare_server.py [--rate 50]

It takes POST and gives back what it was sent with an id, lists nobody, and with `--rate` answers
429 to every request above so many in any one second. Its port is the first line that it prints.
`GET /stats` tells how many requests it answered, and how many of them with 429.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import time
from collections import deque

_LIST = b'{"schemas":["urn:ietf:params:scim:api:messages:2.0:ListResponse"],"totalResults":0}'
_BUSY = b'{"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"status":"429"}'


class Server:
    """Answers connections; counts what it answered."""

    def __init__(self, rate: int | None) -> None:
        self._recent: deque[float] | None = None if rate is None else deque(maxlen=rate)
        self._made = 0
        self._throttled = 0
        self._answered = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                first, _, rest = head.partition(b"\r\n")
                length = 0
                at = rest.lower().find(b"content-length:")
                if at >= 0:
                    length = int(rest[at + 15 : rest.index(b"\r\n", at)])
                body = await reader.readexactly(length) if length else b""
                writer.write(self._answer(first, body))
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    def _answer(self, first: bytes, body: bytes) -> bytes:
        if first.startswith(b"GET /stats"):
            stats = {"answered": self._answered, "throttled": self._throttled}
            return _reply(b"200 OK", json.dumps(stats).encode())
        self._answered += 1
        if not self._admits():
            self._throttled += 1
            return _reply(b"429 Too Many Requests", _BUSY, b"retry-after: 1\r\n")
        if first.startswith(b"POST"):
            self._made += 1
            made = b'{"id":"u%d","meta":{"resourceType":"User"},%b' % (self._made, body[1:])
            return _reply(b"201 Created", made)
        return _reply(b"200 OK", _LIST)

    def _admits(self) -> bool:
        if self._recent is None:
            return True
        now = time.monotonic()
        if len(self._recent) == self._recent.maxlen and now - self._recent[0] < 1.0:
            return False
        self._recent.append(now)
        return True


def _reply(status: bytes, body: bytes, more: bytes = b"") -> bytes:
    return (
        b"HTTP/1.1 %b\r\ncontent-type: application/scim+json\r\ncontent-length: %d\r\n%b\r\n%b"
        % (status, len(body), more, body)
    )


async def main(rate: int | None) -> None:
    """Serve until the process is ended."""
    server = await asyncio.start_server(Server(rate).serve, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rate", type=int, default=None)
    asyncio.run(main(parser.parse_args().rate))
