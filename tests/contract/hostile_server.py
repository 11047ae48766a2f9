"""A small SCIM server that keeps to RFC 7644, made to be spoilt: a sin is a subclass of it.

Written without a look at the embedded provider, and with no more than these tests need. It listens
on a real socket, so what is sent may be anything at all.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar
from urllib.parse import parse_qsl, unquote, urlsplit

LIST_RESPONSE = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"
TOKEN = "a-token-of-the-hostile-server"

Row = dict[str, Any]
_NAMES = {"Users": "userName", "Groups": "displayName"}
_TERM = re.compile(r'([\w.:]+) eq "((?:[^"\\]|\\.)*)"')
_PATH = re.compile(r'(\w+)(?:\[(\w+) eq ("(?:[^"\\]|\\.)*")\])?(?:\.(\w+))?')


@dataclass
class Said:
    """An answer. `raw` are the bytes of its body where they are no JSON of `body`."""

    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    raw: bytes | None = None


class Refused(Exception):  # noqa: N818  a refusal is an answer, not a mistake
    """An error of RFC 7644 §3.12."""

    def __init__(self, status: int, scim_type: str | None = None) -> None:
        super().__init__(status)
        body = {"schemas": [ERROR], "status": str(status), "detail": "canary"}
        self.said = Said(status, body if scim_type is None else {**body, "scimType": scim_type})


class Server:
    """Users and groups in memory. Each method can be sinned against by overriding it."""

    page_max: ClassVar[int] = 100
    media_type: ClassVar[str | None] = "application/scim+json"

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.stores: dict[str, dict[str, Row]] = {"Users": {}, "Groups": {}}
        self.asked: list[str] = []

    # What it says

    def new_id(self, kind: str) -> str | int:
        return f"{kind[0].lower()}{len(self.asked)}"

    def shown(self, kind: str, row: Row) -> Any:  # noqa: ARG002  for sins
        return row

    def listed(self, kind: str, rows: list[Any], total: int, start: int) -> Any:  # noqa: ARG002  for sins
        return {
            "schemas": [LIST_RESPONSE],
            "totalResults": total,
            "startIndex": start,
            "itemsPerPage": len(rows),
            "Resources": rows,
        }

    def page(self, rows: list[Row], start: int, count: int) -> list[Row]:
        return rows[max(start, 1) - 1 :][: min(count, self.page_max)]

    def encoded(self, said: Said) -> bytes:
        return b"" if said.body is None else json.dumps(said.body).encode()

    # What it does

    def answer(self, method: str, path: str, query: Mapping[str, str], body: Any) -> Said:
        """One request; `Refused` is an answer, too."""
        kind, _, quoted = path.removeprefix("/v2/").partition("/")
        if kind not in self.stores:
            raise Refused(404)
        one = unquote(quoted)
        match method:
            case "GET":
                return self.get(kind, one) if one else self.many(kind, query)
            case "POST":
                return self.post(kind, body)
            case "PATCH":
                return self.patch(kind, one, body)
            case "PUT":
                return self.put(kind, one, body)
            case _:
                return self.delete(kind, one)

    def many(self, kind: str, query: Mapping[str, str]) -> Said:
        rows = list(self.stores[kind].values())
        if "filter" in query:
            rows = self.matching(kind, rows, query["filter"])
        start = int(query.get("startIndex", "1"))
        page = self.page(rows, start, int(query.get("count", str(self.page_max))))
        found = [self.shown(kind, row) for row in page]
        return Said(200, self.listed(kind, found, len(rows), start))

    def matching(self, kind: str, rows: Sequence[Row], text: str) -> list[Row]:  # noqa: ARG002  for sins
        terms = _TERM.findall(text)
        if not terms:
            raise Refused(400, "invalidFilter")
        return [row for row in rows if all(_holds(row, name, value) for name, value in terms)]

    def find(self, kind: str, id: str) -> Row:
        if id not in self.stores[kind]:
            raise Refused(404)
        return self.stores[kind][id]

    def get(self, kind: str, id: str) -> Said:
        return Said(200, self.shown(kind, self.find(kind, id)))

    def check_unique(self, kind: str, row: Row) -> None:
        name = _NAMES[kind]
        for other in self.stores[kind].values():
            if other["id"] != row.get("id") and _text(other[name]) == _text(row[name]):
                raise Refused(409, "uniqueness")

    def post(self, kind: str, body: Row) -> Said:
        self.check_unique(kind, body)
        row = {**body, "id": self.new_id(kind), "meta": {"resourceType": kind[:-1]}}
        self.stores[kind][str(row["id"])] = row
        return Said(201, self.shown(kind, row))

    def put(self, kind: str, id: str, body: Row) -> Said:
        old = self.find(kind, id)
        return self._store(kind, old, {**body, "id": old["id"], "meta": old["meta"]})

    def patch(self, kind: str, id: str, body: Row) -> Said:
        old = self.find(kind, id)
        row = json.loads(json.dumps(old))
        for operation in body["Operations"]:
            self.operate(row, operation["op"].lower(), operation["path"], operation.get("value"))
        return self._store(kind, old, row)

    def _store(self, kind: str, old: Row, new: Row) -> Said:
        self.check_unique(kind, new)
        old.clear()
        old.update(new)
        return Said(200, self.shown(kind, old))

    def operate(self, row: Row, op: str, path: str, value: Any) -> None:
        parsed = _PATH.fullmatch(path)
        if parsed is None:
            raise Refused(400, "invalidPath")
        name, _, picked, sub = parsed.groups()
        if name == "members":
            self.move(row, op, None if picked is None else json.loads(picked), value)
        elif picked is not None or sub is not None:
            raise Refused(400, "invalidPath")
        elif op == "remove":
            row.pop(name, None)
        else:
            row[name] = value

    def move(self, row: Row, op: str, one: str | None, value: Any) -> None:
        """Members: `one` is who a filter picks."""
        held = {member["value"]: member for member in row.get("members", [])}
        given = {member["value"]: member for member in value or []}
        match op:
            case "add":
                held |= given
            case "replace":
                held = given
            case _:
                leaving = {one} if one is not None else given.keys() or set(held)
                held = {name: member for name, member in held.items() if name not in leaving}
        row["members"] = list(held.values())

    def delete(self, kind: str, id: str) -> Said:
        self.find(kind, id)
        del self.stores[kind][id]
        return Said(204)

    # What became of it

    @property
    def people(self) -> list[tuple[str, bool]]:
        """Every account: its name, and whether it is on."""
        rows = self.stores["Users"].values()
        return sorted((row["userName"], str(row["active"]) == "True") for row in rows)

    @property
    def teams(self) -> dict[str, set[str]]:
        """Who is in which group, by name."""
        names = {name: row["userName"] for name, row in self.stores["Users"].items()}
        return {
            row["displayName"]: {
                names.get(str(member["value"]), "?") for member in row.get("members", [])
            }
            for row in self.stores["Groups"].values()
        }


def _holds(row: Row, name: str, quoted: str) -> bool:
    value = json.loads(f'"{quoted}"')
    if name.lower() == "members":
        return any(_text(member["value"]) == _text(value) for member in row.get("members", []))
    return any(_text(held) == _text(value) for key, held in row.items() if key == name)


def _text(value: object) -> str:
    return str(value).casefold()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    hostile: Server

    def log_message(self, *_: object) -> None:
        """Nothing is printed."""

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        url = urlsplit(self.path)
        server = self.hostile
        with server.lock:
            server.asked.append(f"{self.command} {self.path.removeprefix('/v2')}")
            try:
                asked = json.loads(body) if body else None
                said = server.answer(self.command, url.path, dict(parse_qsl(url.query)), asked)
            except Refused as refused:
                said = refused.said
            if self.headers.get("authorization") != f"Bearer {TOKEN}":
                said = Refused(401).said
            content = server.encoded(said) if said.raw is None else said.raw
        self.send_response(said.status)
        if server.media_type is not None:
            self.send_header("content-type", server.media_type)
        for name, value in {"content-length": str(len(content)), **said.headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _answer  # noqa: N815  http.server's names


class _Listening(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """A client that has had enough goes away: no traceback for that."""


@contextmanager
def serving(server: Server) -> Iterator[str]:
    """The base URL at which it listens until the block ends."""
    handler = type("Handler", (_Handler,), {"hostile": server})
    with _Listening(("127.0.0.1", 0), handler) as listening:
        thread = threading.Thread(
            target=listening.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
        )
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.server_address[1]}/v2"
        finally:
            listening.shutdown()
            thread.join()
