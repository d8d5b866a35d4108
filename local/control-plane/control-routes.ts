import { z } from 'zod';
import { JsonRefusal } from '../http/json-refusal';
import { type JsonRequest, type JsonRoute } from '../http/json-routes';
import { ok } from '../http/json-server';
import { type VaultRegistry } from '../vault-service/vaults';
import { type ArmFaults, armFaultSettings } from './gate/arm-faults';
import { type ArmRequestLog } from './gate/arm-request-log';
import { extensionRequest, putExtension, removeExtensions } from './resources/extensions';
import { storageAccount } from './resources/storage-bridge';
import { vaultFacets } from './resources/vaults';
import { assignmentRequest, type RoleBasedAccess, roleDefinition } from './role-based-access';
import { type DocumentStore } from './store';

/** What these routes act on. */
interface ControlParts {
  vaults: VaultRegistry;
  store: DocumentStore;
  access: RoleBasedAccess;
  faults: ArmFaults;
  log: ArmRequestLog;
}

const latencyBody = z.strictObject({ ms: z.number().min(0) });

/** Control over what the control plane knows, who may ask it, and what disturbs it. No counterpart in Azure, no token. */
export function controlPlaneRoutes(parts: ControlParts): JsonRoute[] {
  const { access, store } = parts;
  const route = (method: JsonRoute['method'], path: string, act: (request: JsonRequest) => object): JsonRoute => ({
    method,
    path: `/control-plane/${path}`,
    handle: (request) => ok(act(request)),
  });
  return [
    route('PUT', 'role-definitions', ({ body }) => access.define(roleDefinition.parse(body))),
    route('PUT', 'role-assignments', ({ body }) => access.assign(assignmentRequest.parse(body))),
    route('GET', 'role-assignments', () => ({ assignments: access.assignments() })),
    route('DELETE', 'role-assignments', ({ query }) => {
      access.revoke(query.get('principal') ?? undefined);
      return {};
    }),
    route('PUT', 'vaults/{name}', ({ params, body }) => {
      const { name = '' } = params;
      if (parts.vaults.get(name) === undefined)
        throw new JsonRefusal(404, 'vault_not_found', `There is no vault "${name}".`);
      const facets = vaultFacets.parse(body);
      store.put('vaults', name, facets);
      return facets;
    }),
    route('PUT', 'extensions', ({ body }) => {
      putExtension(store, extensionRequest.parse(body));
      return {};
    }),
    route('DELETE', 'extensions', ({ query }) => {
      removeExtensions(store, query.get('kind') ?? undefined);
      return {};
    }),
    route('PUT', 'storage-accounts/{name}', ({ params, body }) => {
      store.put('storage-accounts', params['name'] ?? '', storageAccount.parse(body));
      return {};
    }),
    ...disturbanceRoutes(parts, route),
  ];
}

function disturbanceRoutes(
  { faults, log }: ControlParts,
  route: (method: JsonRoute['method'], path: string, act: (request: JsonRequest) => object) => JsonRoute,
): JsonRoute[] {
  return [
    route('POST', 'faults', ({ body }) => {
      faults.add(armFaultSettings.parse(body));
      return {};
    }),
    route('GET', 'faults', () => ({ faults: faults.all() })),
    route('DELETE', 'faults', () => {
      faults.clear();
      return {};
    }),
    route('PUT', 'latency', ({ body }) => {
      faults.latencyMs = latencyBody.parse(body).ms;
      return {};
    }),
    route('GET', 'requests', () => ({ requests: log.all() })),
    route('DELETE', 'requests', () => {
      log.clear();
      return {};
    }),
  ];
}
