import { z } from 'zod';
import { JsonRefusal } from '../../http/json-refusal';
import { type JsonRequest, type JsonRoute } from '../../http/json-routes';
import { ok } from '../../http/json-server';
import { type Identity } from '../../identity/identity';
import { principalSettings } from '../../identity/principals';
import { type Authentication } from '../gateway/authentication';
import { type Faults, faultSettings } from '../disturbances/faults';
import { type Latency } from '../disturbances/latency';
import { type RequestLog } from '../disturbances/request-log';
import { type Tripwires, tripwireSettings } from '../disturbances/tripwires';
import { type RoleAssignments } from '../role-assignments';

/** What these routes act on. */
export interface RuleParts {
  roles: RoleAssignments;
  faults: Faults;
  tripwires: Tripwires;
  latency: Latency;
  log: RequestLog;
  authentication: Authentication;
  identity: Identity;
}

const roleBody = z.strictObject({
  principal: z.guid(),
  vault: z.string().min(1).default('*'),
  actions: z.array(z.string().min(1)).min(1),
});
const latencyBody = z.strictObject({ vault: z.string().exactOptional(), ms: z.number().min(0) });
const tokenBody = z.strictObject({
  oid: z.guid(),
  aud: z.string().min(1),
  roles: z.array(z.string().min(1)).exactOptional(),
  tenantId: z.guid().exactOptional(),
  expiresIn: z.int().default(3600),
  claims: z.record(z.string(), z.unknown()).default({}),
});
const rotateBody = z.strictObject({ retire: z.boolean().default(false) });

/** A handler that answers `{}` once `act` is done. */
function doing(act: (request: JsonRequest) => void): JsonRoute['handle'] {
  return (request) => {
    act(request);
    return ok({});
  };
}

/** Control over what disturbs requests, and what is noted of them. */
export function disturbanceRoutes({ faults, tripwires, latency, log }: RuleParts): JsonRoute[] {
  return [
    {
      method: 'POST',
      path: '/faults',
      handle: doing(({ body }) => {
        faults.add(faultSettings.parse(body));
      }),
    },
    { method: 'GET', path: '/faults', handle: () => ok({ faults: faults.all() }) },
    {
      method: 'DELETE',
      path: '/faults',
      handle: doing(() => {
        faults.clear();
      }),
    },
    {
      method: 'POST',
      path: '/tripwires',
      handle: doing(({ body }) => {
        tripwires.add(tripwireSettings.parse(body));
      }),
    },
    { method: 'GET', path: '/tripwires', handle: () => ok({ tripwires: tripwires.all() }) },
    {
      method: 'DELETE',
      path: '/tripwires',
      handle: doing(() => {
        tripwires.clear();
      }),
    },
    {
      method: 'PUT',
      path: '/latency',
      handle: doing(({ body }) => {
        const { vault, ms } = latencyBody.parse(body);
        latency.set(ms, vault);
      }),
    },
    { method: 'GET', path: '/requests', handle: ({ query }) => ok(log.report(Number(query.get('since') ?? 0))) },
    {
      method: 'DELETE',
      path: '/requests',
      handle: doing(() => {
        log.clear();
      }),
    },
  ];
}

/** Control over who may do what. */
export function roleRoutes({ roles }: RuleParts): JsonRoute[] {
  return [
    {
      method: 'PUT',
      path: '/roles',
      handle: doing(({ body }) => {
        roles.put(roleBody.parse(body));
      }),
    },
    { method: 'GET', path: '/roles', handle: () => ok({ roles: roles.all() }) },
    {
      method: 'DELETE',
      path: '/roles',
      handle: doing(({ query }) => {
        roles.remove({ principal: query.get('principal') ?? undefined, vault: query.get('vault') ?? undefined });
      }),
    },
  ];
}

/** Control over principals, and over the tokens that say who somebody is. */
export function identityRoutes({ identity, authentication }: RuleParts): JsonRoute[] {
  const { principals, issuer } = identity;
  return [
    {
      method: 'PUT',
      path: '/principals/{oid}',
      handle: ({ params, body }) => {
        const oid = z.guid().safeParse(params.oid);
        if (!oid.success) throw new JsonRefusal(400, 'invalid_request', 'The object id of a principal is a GUID.');
        return ok(principals.put(oid.data, principalSettings.parse(body)));
      },
    },
    { method: 'GET', path: '/principals', handle: () => ok({ principals: principals.all() }) },
    {
      method: 'POST',
      path: '/token',
      handle: async ({ body }) => {
        const { oid, aud, roles: wanted, tenantId, expiresIn, claims } = tokenBody.parse(body);
        const known = principals.get(oid) ?? {
          oid,
          ...principalSettings.parse({ clientId: oid, name: 'unregistered' }),
        };
        const request = {
          ...known,
          roles: wanted ?? known.roles,
          tenantId: tenantId ?? known.tenantId,
          audience: aud,
          expiresIn,
          claims,
        };
        const { token, expiresOn } = await issuer.mint(request);
        return ok({ access_token: token, expires_on: expiresOn });
      },
    },
    {
      method: 'POST',
      path: '/signing-keys/rotate',
      handle: async ({ body }) => {
        const kid = await issuer.rotate(rotateBody.parse(body).retire);
        authentication.forget();
        return ok({ kid });
      },
    },
  ];
}
