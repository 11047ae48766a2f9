// SCIMMY behind its Express routers, with the store that its documentation leaves to whoever uses
// it: a map per tenant, which is the first segment of the path. Prints its port. Express stays at 4:
// under 5 these routers see no query.
import { randomUUID } from "node:crypto";
import express from "express";
import SCIMMY from "scimmy";
import SCIMMYRouters from "scimmy-routers";

const TOKEN = process.env.TOKEN;
const tenants = new Map();

function store(tenant, kind) {
  if (!tenants.has(tenant)) {
    tenants.set(tenant, { User: new Map(), Group: new Map() });
  }
  return tenants.get(tenant)[kind];
}

function declare(Resource, kind, unique) {
  Resource.ingress(async (resource, instance, { tenant }) => {
    const kept = store(tenant, kind);
    const id = resource.id ?? randomUUID();
    const name = instance[unique]?.toLowerCase();
    for (const [other, held] of kept) {
      if (other !== id && held[unique]?.toLowerCase() === name) {
        throw new SCIMMY.Types.Error(409, "uniqueness", `${unique} is taken`);
      }
    }
    if (resource.id && !kept.has(id)) {
      throw new SCIMMY.Types.Error(404, null, `Resource ${id} not found`);
    }
    const now = new Date().toISOString();
    const created = kept.get(id)?.meta.created ?? now;
    const plain = JSON.parse(JSON.stringify(instance));
    kept.set(id, { ...plain, id, meta: { created, lastModified: now } });
    return kept.get(id);
  });
  Resource.egress(async (resource, { tenant }) => {
    const kept = store(tenant, kind);
    if (resource.id) {
      if (!kept.has(resource.id)) {
        throw new SCIMMY.Types.Error(404, null, `Resource ${resource.id} not found`);
      }
      return kept.get(resource.id);
    }
    const all = [...kept.values()];
    return resource.filter ? resource.filter.match(all) : all;
  });
  Resource.degress(async (resource, { tenant }) => {
    if (!store(tenant, kind).delete(resource.id)) {
      throw new SCIMMY.Types.Error(404, null, `Resource ${resource.id} not found`);
    }
  });
  SCIMMY.Resources.declare(Resource);
}

// RFC 7643 §8.7.1 has an empty list of canonical values here; SCIMMY lets no value pass then.
SCIMMY.Schemas.User.definition.attribute("roles.type").config.canonicalValues = false;
SCIMMY.Resources.User.extend(SCIMMY.Schemas.EnterpriseUser);
// It allows no value at all as the type of a role, for want of canonical ones (RFC 7643 §4.1.2).
SCIMMY.Schemas.User.definition.attribute("roles.type").config.canonicalValues = false;
declare(SCIMMY.Resources.User, "User", "userName");
declare(SCIMMY.Resources.Group, "Group", "displayName");

const app = express();
app.use(
  "/:tenant/v2",
  (request, _, next) => {
    request.tenant = request.params.tenant;
    next();
  },
  new SCIMMYRouters({
    type: "bearer",
    handler: (request) => {
      if (request.header("Authorization") !== `Bearer ${TOKEN}`) {
        throw new Error("Authorization not detected!");
      }
      return "somebody";
    },
    context: (request) => ({ tenant: request.tenant }),
  }),
);

const server = app.listen(0, "127.0.0.1", () => {
  process.stdout.write(`${server.address().port}\n`);
});
