"""The service provider over HTTP: routes, headers and statuses (RFC 7644 §3, §4).

Order on the way in: request log, how many at once, the caller's middleware (the slot for faults,
which so see and spoil what the log counts, and keep others waiting), token, throttles, routes.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Final

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route
from starlette.types import Scope

from reconciler.simulator.bulk import carry_out, read_message
from reconciler.simulator.definitions import RESOURCE_TYPES
from reconciler.simulator.discovery import (
    listed,
    resource_types,
    schemas,
    service_provider_config,
)
from reconciler.simulator.errors import FilterError, ScimError, invalid_syntax
from reconciler.simulator.listing import query_of_body, query_of_parameters
from reconciler.simulator.middleware import (
    AtOnce,
    BearerToken,
    MediaTypes,
    RequestLog,
    ScimResponse,
    Seen,
    Throttle,
    UserAgent,
    error_response,
    is_write,
)
from reconciler.simulator.preconditions import NotModifiedError, Preconditions
from reconciler.simulator.provider import Answer, Asked, Provider, random_id
from reconciler.simulator.quirks import Quirks
from reconciler.simulator.rendering import read_projection
from reconciler.simulator.store import Store
from reconciler.simulator.values import Document, Json, Kind

BASE_PATH: Final = "/scim/v2"
_ANSWERED: Final = (ScimError, NotModifiedError, HTTPException, Exception)
_REMEMBERED: Final = 100_000  # requests in the log
_ALL_METHODS: Final = ["GET", "POST", "PUT", "PATCH", "DELETE"]


def utc_now() -> datetime:
    """The time of this machine."""
    return datetime.now(UTC)


def build_app(
    store: Store,
    quirks: Quirks,
    *,
    token: str | None,
    clock: Callable[[], datetime] = utc_now,
    new_id: Callable[[int], str] = random_id,
    middleware: Sequence[Middleware] = (),
) -> Starlette:
    """An ASGI application that serves `store` under `/scim/v2`.

    `token` is the bearer token that every request must carry; None asks for none. `clock` and
    `new_id` (a number that is never given twice → an id) make runs repeatable. `middleware` is put
    between the request log and everything else. `app.state.requests` holds the last requests as
    `Seen(method, path, status)`, `app.state.store` is what is served.
    """
    log: deque[Seen] = deque(maxlen=_REMEMBERED)
    provider = Provider(store, quirks, clock=clock, new_id=new_id)
    stack = [Middleware(RequestLog, log=log)]
    if quirks.most_at_once is not None:
        stack.append(Middleware(AtOnce, most=quirks.most_at_once))
    stack += middleware
    if quirks.media_types is not None:
        stack.append(Middleware(MediaTypes, accepted=quirks.media_types))
    if quirks.user_agent:
        stack.append(Middleware(UserAgent))
    if token is not None:
        open_to_all = _discovery_paths(quirks) if quirks.open_discovery else ()
        stack.append(Middleware(BearerToken, token=token, open_to_all=open_to_all))
    for most, counts in (
        (quirks.requests_per_second, _is_any),
        (quirks.writes_per_second, is_write),
    ):
        if most is not None:
            stack.append(Middleware(Throttle, per_second=most, counts=counts, clock=clock))
    app = Starlette(
        routes=_routes(provider, quirks),
        middleware=stack,
        exception_handlers=dict.fromkeys(_ANSWERED, _Answering(quirks)),
    )
    app.router.redirect_slashes = False
    app.state.requests = log
    app.state.store = store
    return app


def _routes(provider: Provider, quirks: Quirks) -> list[BaseRoute]:
    routes: list[BaseRoute] = []
    for kind, resource_type in RESOURCE_TYPES.items():
        endpoint = _Endpoint(provider, quirks, (kind,))
        slash = "/" if quirks.trailing_slash else ""
        plain = f"{BASE_PATH}{resource_type.endpoint}"
        path = f"{plain}{slash}"
        if slash:
            routes.append(Route(plain, _with_slash, methods=_ALL_METHODS))
        routes.append(Route(path, endpoint.query, methods=["GET"]))
        routes.append(Route(path, endpoint.create, methods=["POST"]))
        if quirks.search:
            routes.append(Route(f"{plain}/.search", endpoint.search, methods=["POST"]))
        one = f"{plain}/{{id}}{slash}"
        routes.append(Route(one, endpoint.read, methods=["GET"]))
        routes.append(Route(one, endpoint.replace, methods=["PUT"]))
        routes.append(Route(one, endpoint.patch, methods=["PATCH"]))
        routes.append(Route(one, endpoint.delete, methods=["DELETE"]))
    if quirks.search:
        everywhere = _Endpoint(provider, quirks, tuple(RESOURCE_TYPES))
        routes.append(Route(f"{BASE_PATH}/.search", everywhere.search, methods=["POST"]))
    for name in quirks.other_resources:
        routes += [Route(f"{BASE_PATH}/{name}", _nothing, methods=["GET"])]
    if quirks.discovery:
        discovery = _Discovery(quirks)
        config, types, schemas_ = _discovery_paths(quirks)
        routes += [
            Route(config, discovery.config, methods=["GET"]),
            Route(types, discovery.types, methods=["GET"]),
            Route(f"{types}/{{id}}", discovery.type, methods=["GET"]),
            Route(schemas_, discovery.schemas, methods=["GET"]),
            Route(f"{schemas_}/{{id}}", discovery.schema, methods=["GET"]),
            # What the RFC describes and is not offered here: 501 (§3.11, §3.12).
            Route(f"{BASE_PATH}/Me", _not_implemented, methods=_ALL_METHODS),
        ]
    if quirks.bulk_operations is not None:
        bulk = _Bulk(provider, quirks)
        routes.append(Route(f"{BASE_PATH}/Bulk", bulk.carry_out, methods=["POST"]))
    elif quirks.discovery:
        routes.append(Route(f"{BASE_PATH}/Bulk", _not_implemented, methods=["POST"]))
    return routes


class _Endpoint:
    """The operations on one resource type, or on all of them."""

    def __init__(self, provider: Provider, quirks: Quirks, kinds: Sequence[Kind]) -> None:
        self._provider = provider
        self._quirks = quirks
        self._kinds = kinds
        self._kind = kinds[0]

    async def query(self, request: Request) -> Response:
        query = query_of_parameters(request.query_params, self._quirks)
        return ScimResponse(self._provider.search(self._kinds, query, _base(request)))

    async def search(self, request: Request) -> Response:
        query = query_of_body(await _json(request), self._quirks)
        return ScimResponse(self._provider.search(self._kinds, query, _base(request)))

    async def create(self, request: Request) -> Response:
        answer = self._provider.create(self._kind, await _json(request), _asked(request))
        return self._respond(answer, 201, {"Location": answer.location})

    async def read(self, request: Request) -> Response:
        answer = self._provider.read(self._kind, _id(request), _asked(request))
        return self._respond(answer, 200, {})

    async def replace(self, request: Request) -> Response:
        body = await _json(request)
        answer = self._provider.replace(self._kind, _id(request), body, _asked(request))
        return self._respond(answer, 200, {})

    async def patch(self, request: Request) -> Response:
        body = await _json(request)
        answer = self._provider.patch(self._kind, _id(request), body, _asked(request))
        if self._kind is Kind.GROUP and not self._quirks.group_patch_answers:
            return Response(status_code=204)
        return self._respond(answer, 200, {})

    async def delete(self, request: Request) -> Response:
        self._provider.delete(self._kind, _id(request), _preconditions(request))
        return Response(status_code=204)

    def _respond(self, answer: Answer, status: int, headers: dict[str, str]) -> Response:
        if self._quirks.etags:
            headers["ETag"] = answer.version
        return ScimResponse(answer.document, status, headers)


class _Bulk:
    """Several operations in one request."""

    def __init__(self, provider: Provider, quirks: Quirks) -> None:
        self._provider = provider
        self._quirks = quirks

    async def carry_out(self, request: Request) -> Response:
        size = len(await request.body())
        message = read_message(await _json(request), size, self._quirks)
        return ScimResponse(carry_out(message, self._provider, self._quirks, _base(request)))


class _Discovery:
    """The three discovery documents."""

    def __init__(self, quirks: Quirks) -> None:
        self._quirks = quirks

    async def config(self, request: Request) -> Response:
        return ScimResponse(service_provider_config(_base(request), self._quirks))

    async def types(self, request: Request) -> Response:
        found = resource_types(_base(request), self._quirks)
        return ScimResponse(listed(_unfiltered(request, found)))

    async def type(self, request: Request) -> Response:
        found = resource_types(_base(request), self._quirks)
        return ScimResponse(_one(request, found, "ResourceType"))

    async def schemas(self, request: Request) -> Response:
        return ScimResponse(listed(_unfiltered(request, schemas(_base(request)))))

    async def schema(self, request: Request) -> Response:
        return ScimResponse(_one(request, schemas(_base(request)), "Schema"))


async def _not_implemented(request: Request) -> Response:
    raise ScimError(501, f"{request.url.path} is not offered")


def _unfiltered(request: Request, documents: dict[str, Document]) -> list[Document]:
    """RFC 7644 §4: a filter on a discovery endpoint is refused, lest it be taken for honoured."""
    if "filter" in request.query_params:
        raise ScimError(403, "a discovery endpoint takes no filter (RFC 7644 §4)")
    return list(documents.values())


def _one(request: Request, documents: dict[str, Document], what: str) -> Document:
    found = documents.get(_id(request))
    if found is None:
        raise ScimError(404, f"{what} {_id(request)!r} not found")
    return found


async def _json(request: Request) -> Json:
    try:
        body: Json = json.loads(await request.body())
    except (ValueError, RecursionError):
        raise invalid_syntax("the body is not JSON") from None
    return body


def _id(request: Request) -> str:
    found: str = request.path_params["id"]
    return found


def _base(request: Request) -> str:
    host = request.headers.get("host", "embedded")
    return f"{request.url.scheme}://{host}{BASE_PATH}"


def _preconditions(request: Request) -> Preconditions:
    return Preconditions(
        request.headers.get("if-match"),
        request.headers.get("if-none-match"),
    )


def _asked(request: Request) -> Asked:
    parameters = request.query_params
    projection = read_projection(
        filter(None, parameters.get("attributes", "").split(",")),
        filter(None, parameters.get("excludedAttributes", "").split(",")),
    )
    return Asked(_base(request), projection, _preconditions(request))


class _Answering:
    """What is raised anywhere, as an answer."""

    def __init__(self, quirks: Quirks) -> None:
        self._quirks = quirks

    async def __call__(self, request: Request, exc: Exception) -> Response:
        match exc:
            case FilterError():
                return error_response(ScimError(exc.status, exc.detail, self._quirks.filter_error))
            case ScimError():
                return error_response(exc)
            case NotModifiedError():
                return Response(status_code=304, headers={"ETag": exc.version})
            case HTTPException():  # what the router says: 404 for a path, 405 for a method
                detail = f"{request.method} {request.url.path}: {exc.detail}"
                return error_response(ScimError(exc.status_code, detail), dict(exc.headers or {}))
            case _:
                return error_response(ScimError(500, "the embedded provider failed"))


def _discovery_paths(quirks: Quirks) -> tuple[str, str, str]:
    """Where the configuration, the resource types and the schemas are (RFC 7644 §4)."""
    names = (quirks.config_path, "ResourceTypes", "Schemas")
    config, types, schemas = (f"{BASE_PATH}/{name}" for name in names)
    return config, types, schemas


def _is_any(_scope: Scope) -> bool:
    return True


async def _with_slash(request: Request) -> Response:
    query = f"?{request.url.query}" if request.url.query else ""
    return Response(status_code=308, headers={"location": f"{request.url.path}/{query}"})


async def _nothing(_request: Request) -> Response:
    return ScimResponse(listed([]))
