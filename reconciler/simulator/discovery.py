"""The discovery documents (RFC 7644 §4): what is supported, which resource types, which schemas."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from reconciler.simulator.definitions import RESOURCE_TYPES, SCHEMAS
from reconciler.simulator.listing import LIST_URN
from reconciler.simulator.quirks import Paging, Quirks
from reconciler.simulator.schemas import ResourceType, Schema
from reconciler.simulator.values import Document

_CONFIG_URN: Final = "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"
_TYPE_URN: Final = "urn:ietf:params:scim:schemas:core:2.0:ResourceType"
_OTHER_URN: Final = "urn:ietf:params:scim:schemas:core:2.0"
_SCHEMA_URN: Final = "urn:ietf:params:scim:schemas:core:2.0:Schema"


def service_provider_config(base: str, quirks: Quirks) -> Document:
    """RFC 7643 §5."""
    return {
        "schemas": [_CONFIG_URN],
        "patch": {"supported": True},
        "bulk": _bulk(quirks),
        "filter": {"supported": True, "maxResults": quirks.page_max},
        "pagination": _pagination(quirks),
        "changePassword": {"supported": False},
        "sort": {"supported": quirks.sorts},
        "etag": {"supported": quirks.etags},
        "authenticationSchemes": [
            {
                "type": "oauthbearertoken",
                "name": "Bearer token",
                "description": "A fixed token in the Authorization header (RFC 6750).",
                "specUri": "https://www.rfc-editor.org/info/rfc6750",
                "primary": True,
            }
        ],
        "meta": {
            "resourceType": "ServiceProviderConfig",
            "location": f"{base}/{quirks.config_path}",
        },
    }


def _bulk(quirks: Quirks) -> Document:
    if quirks.bulk_operations is None:
        return {"supported": False, "maxOperations": 0, "maxPayloadSize": 0}
    return {
        "supported": True,
        "maxOperations": quirks.bulk_operations,
        "maxPayloadSize": quirks.bulk_bytes,
    }


def _pagination(quirks: Quirks) -> Document:
    """RFC 9865 §4."""
    return {
        "cursor": quirks.paging is Paging.CURSOR,
        "index": quirks.paging is Paging.INDEX,
        "defaultPaginationMethod": "cursor" if quirks.paging is Paging.CURSOR else "index",
        "defaultPageSize": quirks.page_default,
        "maxPageSize": quirks.page_max,
    }


def resource_types(base: str, quirks: Quirks) -> dict[str, Document]:
    """The resource types by their id (RFC 7643 §6)."""
    found = {t.kind.value: _resource_type(t, base) for t in RESOURCE_TYPES.values()}
    return found | {name: _other_type(name, base) for name in quirks.other_resources}


def schemas(base: str) -> dict[str, Document]:
    """The schemas by their URN (RFC 7643 §7)."""
    return {schema.id: _schema(schema, base) for schema in SCHEMAS}


def listed(documents: Sequence[Document]) -> Document:
    """All of them on one page: discovery takes neither filters nor pages (RFC 7644 §4)."""
    return {
        "schemas": [LIST_URN],
        "totalResults": len(documents),
        "startIndex": 1,
        "itemsPerPage": len(documents),
        "Resources": [*documents],
    }


def _resource_type(resource_type: ResourceType, base: str) -> Document:
    name = resource_type.kind.value
    return {
        "schemas": [_TYPE_URN],
        "id": name,
        "name": name,
        "description": resource_type.description,
        "endpoint": resource_type.endpoint,
        "schema": resource_type.core.id,
        "schemaExtensions": [
            {"schema": schema.id, "required": False} for schema in resource_type.extensions
        ],
        "meta": {"resourceType": "ResourceType", "location": f"{base}/ResourceTypes/{name}"},
    }


def _other_type(name: str, base: str) -> Document:
    """One of those that are there beside users and groups, of which no more is played."""
    return {
        "schemas": [_TYPE_URN],
        "id": name,
        "name": name,
        "endpoint": f"/{name}",
        "schema": f"{_OTHER_URN}:{name}",
        "meta": {"resourceType": "ResourceType", "location": f"{base}/ResourceTypes/{name}"},
    }


def _schema(schema: Schema, base: str) -> Document:
    return {
        "schemas": [_SCHEMA_URN],
        "id": schema.id,
        "name": schema.name,
        "description": schema.description,
        "attributes": [attribute.published() for attribute in schema.attributes],
        "meta": {"resourceType": "Schema", "location": f"{base}/Schemas/{schema.id}"},
    }
