import { z } from 'zod';
import { type JsonAnswer } from '../../http/json-server';
import { ArmError } from '../arm-error';
import { type ArmOperation, type ArmRequest } from '../arm-operation';
import { armPage } from '../listing';
import { type DocumentStore } from '../store';
import { CONTAINERS, containerProperties, etagOf, holdAnswer, policyAnswer, requireMatch } from './container-documents';
import { accountOf, StorageBridge } from './storage-bridge';

const TYPE = 'Microsoft.Storage/storageAccounts';

const policyBody = z.object({
  properties: z.object({
    immutabilityPeriodSinceCreationInDays: z.number(),
    allowProtectedAppendWrites: z.boolean().nullish(),
  }),
});
const holdBody = z.object({ tags: z.array(z.string()).min(1) });

/** What an operation on a container is given. */
interface ContainerCall {
  request: ArmRequest;
  bridge: StorageBridge;
  container: string;
  /** The container's resource id. */
  id: string;
}

/** What a container can be asked. `below` follows its path; `right` the action's common part. */
interface ContainerOperation {
  name: string;
  method: ArmOperation['method'];
  below: string;
  right: string;
  act: (call: ContainerCall) => Promise<JsonAnswer>;
}

const POLICY = '/immutabilitypolicies/default';

const ON_CONTAINERS: readonly ContainerOperation[] = [
  { name: 'containers.get', method: 'GET', below: '', right: 'read', act: getContainer },
  {
    name: 'immutabilityPolicies.get',
    method: 'GET',
    below: POLICY,
    right: 'immutabilityPolicies/read',
    act: getPolicy,
  },
  {
    name: 'immutabilityPolicies.put',
    method: 'PUT',
    below: POLICY,
    right: 'immutabilityPolicies/write',
    act: putPolicy,
  },
  {
    name: 'immutabilityPolicies.delete',
    method: 'DELETE',
    below: POLICY,
    right: 'immutabilityPolicies/delete',
    act: deletePolicy,
  },
  {
    name: 'immutabilityPolicies.lock',
    method: 'POST',
    below: `${POLICY}/lock`,
    right: 'immutabilityPolicies/lock/action',
    act: lockPolicy,
  },
  {
    name: 'immutabilityPolicies.extend',
    method: 'POST',
    below: `${POLICY}/extend`,
    right: 'immutabilityPolicies/extend/action',
    act: extendPolicy,
  },
  { name: 'legalHold.set', method: 'POST', below: '/setlegalhold', right: 'setLegalHold/action', act: setHold },
  { name: 'legalHold.clear', method: 'POST', below: '/clearlegalhold', right: 'clearLegalHold/action', act: clearHold },
];

/** Storage accounts, their containers, and what makes containers write-once: immutability policies and legal holds. */
export function storageOperations(store: DocumentStore): ArmOperation[] {
  const type = TYPE.toLowerCase();
  const account = `${type}/{account}`;
  const containers = `${account}/blobservices/default/containers`;
  return [
    {
      name: 'storageAccounts.get',
      method: 'GET',
      path: account,
      type,
      action: `${TYPE}/read`,
      run: (request) => getAccount(store, request),
    },
    {
      name: 'blobServices.get',
      method: 'GET',
      path: `${account}/blobservices/default`,
      type,
      action: `${TYPE}/blobServices/read`,
      run: (request) => getBlobService(store, request),
    },
    {
      name: 'containers.list',
      method: 'GET',
      path: containers,
      type,
      action: `${CONTAINERS}/read`,
      run: (request) => listContainers(store, request),
    },
    ...ON_CONTAINERS.map(({ name, method, below, right, act }): ArmOperation => ({
      name,
      method,
      path: `${containers}/{container}${below}`,
      type,
      action: `${CONTAINERS}/${right}`,
      run: (request) => act(callOf(store, request)),
    })),
  ];
}

function callOf(store: DocumentStore, request: ArmRequest): ContainerCall {
  const { account = '', container = '' } = request.params;
  const bridge = new StorageBridge(accountOf(store, request.path.scope, account));
  return { request, bridge, container, id: containerId(request, container) };
}

function accountId({ path, params }: ArmRequest): string {
  return `${path.scope}/providers/${TYPE}/${params['account'] ?? ''}`;
}

function containerId(request: ArmRequest, container: string): string {
  return `${accountId(request)}/blobServices/default/containers/${container}`;
}

function getAccount(store: DocumentStore, request: ArmRequest): JsonAnswer {
  const name = request.params['account'] ?? '';
  const { location, blob } = accountOf(store, request.path.scope, name);
  const body = {
    id: accountId(request),
    name,
    type: TYPE,
    location,
    kind: 'StorageV2',
    sku: { name: 'Standard_GRS', tier: 'Standard' },
    tags: {},
    properties: { primaryEndpoints: { blob: `${blob}/` }, provisioningState: 'Succeeded', minimumTlsVersion: 'TLS1_2' },
  };
  return { status: 200, body };
}

function getBlobService(store: DocumentStore, request: ArmRequest): JsonAnswer {
  const { versioning } = accountOf(store, request.path.scope, request.params['account'] ?? '');
  const body = {
    id: `${accountId(request)}/blobServices/default`,
    name: 'default',
    type: `${TYPE}/blobServices`,
    properties: { isVersioningEnabled: versioning, deleteRetentionPolicy: { enabled: false } },
  };
  return { status: 200, body };
}

async function listContainers(store: DocumentStore, request: ArmRequest): Promise<JsonAnswer> {
  const bridge = new StorageBridge(accountOf(store, request.path.scope, request.params['account'] ?? ''));
  const states = await bridge.list();
  return armPage(
    request,
    // A listing has the flags, not the policies themselves.
    states.map((state) => {
      const { immutabilityPolicy: _policy, legalHold: _hold, ...brief } = containerProperties(state);
      return { id: containerId(request, state.name), name: state.name, type: CONTAINERS, properties: brief };
    }),
  );
}

async function getContainer({ bridge, container, id }: ContainerCall): Promise<JsonAnswer> {
  const state = await bridge.get(container);
  return {
    status: 200,
    body: { id, name: container, type: CONTAINERS, etag: etagOf(state), properties: containerProperties(state) },
  };
}

async function getPolicy({ request, bridge, container, id }: ContainerCall): Promise<JsonAnswer> {
  const state = await bridge.get(container);
  if (request.ifMatch !== undefined) requireMatch(request.ifMatch, state);
  return policyAnswer(id, state);
}

async function putPolicy({ request, bridge, container, id }: ContainerCall): Promise<JsonAnswer> {
  const { properties } = parsed(policyBody, request.body);
  const state = await bridge.get(container);
  if (request.ifMatch !== undefined) requireMatch(request.ifMatch, state);
  const changed = await bridge.post(container, 'policy', {
    retentionDays: properties.immutabilityPeriodSinceCreationInDays,
    protectedAppend: properties.allowProtectedAppendWrites ?? false,
    by: request.caller.oid,
  });
  return policyAnswer(id, changed);
}

async function deletePolicy({ request, bridge, container, id }: ContainerCall): Promise<JsonAnswer> {
  requireMatch(request.ifMatch, await bridge.get(container));
  return policyAnswer(id, await bridge.delete(container, 'policy'));
}

async function lockPolicy({ request, bridge, container, id }: ContainerCall): Promise<JsonAnswer> {
  requireMatch(request.ifMatch, await bridge.get(container));
  return policyAnswer(id, await bridge.post(container, 'policy/lock', { by: request.caller.oid }));
}

async function extendPolicy({ request, bridge, container, id }: ContainerCall): Promise<JsonAnswer> {
  const { properties } = parsed(policyBody, request.body);
  requireMatch(request.ifMatch, await bridge.get(container));
  const retentionDays = properties.immutabilityPeriodSinceCreationInDays;
  return policyAnswer(id, await bridge.post(container, 'policy/extend', { retentionDays, by: request.caller.oid }));
}

async function setHold({ request, bridge, container }: ContainerCall): Promise<JsonAnswer> {
  const body = { tags: tagsOf(request), by: request.caller.oid };
  return holdAnswer(await bridge.post(container, 'legal-hold', body));
}

async function clearHold({ request, bridge, container }: ContainerCall): Promise<JsonAnswer> {
  return holdAnswer(await bridge.delete(container, 'legal-hold', { tags: tagsOf(request) }));
}

/** Azure writes tags in lower case. */
function tagsOf({ body }: ArmRequest): string[] {
  return parsed(holdBody, body).tags.map((tag) => tag.toLowerCase());
}

function parsed<T extends z.ZodType>(schema: T, body: unknown): z.infer<T> {
  const result = schema.safeParse(body);
  if (result.success) return result.data;
  throw new ArmError(400, 'InvalidRequestContent', 'The request content was invalid and could not be deserialized.');
}
