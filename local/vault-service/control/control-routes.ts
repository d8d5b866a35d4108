import { z } from 'zod';
import { type Identity } from '../../identity/identity';
import { principalSettings } from '../../identity/principals';
import { type Authentication } from '../gateway/authentication';
import { type Faults, faultSettings } from '../disturbances/faults';
import { type Latency } from '../disturbances/latency';
import { type RequestLog } from '../disturbances/request-log';
import { type Tripwires, tripwireSettings } from '../disturbances/tripwires';
import { type RoleAssignments } from '../role-assignments';
import { ControlError, type ControlRoute, doing } from './control-server';

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
});
const rotateBody = z.strictObject({ retire: z.boolean().default(false) });

/** Control over what disturbs requests, and what is noted of them. */
export function disturbanceRoutes({ faults, tripwires, latency, log }: RuleParts): ControlRoute[] {
  return [
    {
      method: 'POST',
      path: 'faults',
      handle: doing(({ parse }) => {
        faults.add(parse(faultSettings));
      }),
    },
    { method: 'GET', path: 'faults', handle: () => ({ faults: faults.all() }) },
    {
      method: 'DELETE',
      path: 'faults',
      handle: doing(() => {
        faults.clear();
      }),
    },
    {
      method: 'POST',
      path: 'tripwires',
      handle: doing(({ parse }) => {
        tripwires.add(parse(tripwireSettings));
      }),
    },
    { method: 'GET', path: 'tripwires', handle: () => ({ tripwires: tripwires.all() }) },
    {
      method: 'DELETE',
      path: 'tripwires',
      handle: doing(() => {
        tripwires.clear();
      }),
    },
    {
      method: 'PUT',
      path: 'latency',
      handle: doing(({ parse }) => {
        const { vault, ms } = parse(latencyBody);
        latency.set(ms, vault);
      }),
    },
    { method: 'GET', path: 'requests', handle: ({ query }) => log.report(Number(query.get('since') ?? 0)) },
    {
      method: 'DELETE',
      path: 'requests',
      handle: doing(() => {
        log.clear();
      }),
    },
  ];
}

/** Control over who may do what. */
export function roleRoutes({ roles }: RuleParts): ControlRoute[] {
  return [
    {
      method: 'PUT',
      path: 'roles',
      handle: doing(({ parse }) => {
        roles.put(parse(roleBody));
      }),
    },
    { method: 'GET', path: 'roles', handle: () => ({ roles: roles.all() }) },
    {
      method: 'DELETE',
      path: 'roles',
      handle: doing(({ query }) => {
        roles.remove({ principal: query.get('principal') ?? undefined, vault: query.get('vault') ?? undefined });
      }),
    },
  ];
}

/** Control over principals, and over the tokens that say who somebody is. */
export function identityRoutes({ identity, authentication }: RuleParts): ControlRoute[] {
  const { principals, issuer } = identity;
  return [
    {
      method: 'PUT',
      path: 'principals/{oid}',
      handle: ({ parameters, parse }) => {
        const oid = z.guid().safeParse(parameters.oid);
        if (!oid.success) throw new ControlError(400, 'invalid_request', 'The object id of a principal is a GUID.');
        return principals.put(oid.data, parse(principalSettings));
      },
    },
    { method: 'GET', path: 'principals', handle: () => ({ principals: principals.all() }) },
    {
      method: 'POST',
      path: 'token',
      handle: async ({ parse }) => {
        const { oid, aud, roles: wanted, tenantId, expiresIn } = parse(tokenBody);
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
        };
        const { token, expiresOn } = await issuer.mint(request);
        return { access_token: token, expires_on: expiresOn };
      },
    },
    {
      method: 'POST',
      path: 'signing-keys/rotate',
      handle: async ({ parse }) => {
        const kid = await issuer.rotate(parse(rotateBody).retire);
        authentication.forget();
        return { kid };
      },
    },
  ];
}
