"""The embedded service provider: SCIM 2.0 over ASGI, kept in one SQLite file.

It is a second, independent reading of RFC 7643 and RFC 7644: nothing of the client side (`scim`,
`plan`, `desired`) is imported, so that a mistake there cannot hide behind the same mistake here.

=======================  ========================================================================
`values`, `errors`       JSON, resource kinds, folded text; SCIM errors as exceptions
`store`, `records`       the SQLite file with its transactions and lookups; what it gives out
`schemas`                what an attribute, a schema and a resource type are; `definitions` has
                         the three schemas that are served
`filters`                the filter language: `grammar` (text to tree and back), `evaluation`, and
                         `support` (which of it a provider takes)
`resources`              what comes in: types, mutability, required attributes
`rendering`              what goes out: `meta`, `members`, `groups`, `attributes=`
`paths`, `operations`    a PATCH request, read and checked
`patch`, `elements`      what its operations do to a document, and to a multi-valued attribute
`membership`             the same for a group's members, which are not part of its document
`merging`                what a PUT does that merges
`listing`                filter, sort and page
`preconditions`          `If-Match`, `If-None-Match`
`provider`               one transaction per request: create, read, replace, patch, delete, search
`bulk`                   several operations in one request, by way of `provider`
`discovery`              the three discovery documents
`quirks`                 where a known service provider departs from the RFC, as data; `rules` what
                         it asks of a resource beyond its schema
`app`, `middleware`      HTTP: routes, token, throttles, request log, the slot for faults
`faults`                 scripts of what goes wrong, and the middleware that plays them
`serve`                  the application on a port
=======================  ========================================================================
"""
