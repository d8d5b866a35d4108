import { BlobServiceClient, type ContainerClient } from '@azure/storage-blob';
import { z } from 'zod';
import { JsonRefusal } from '../http/json-refusal';
import { type JsonRequest, type JsonRoute } from '../http/json-routes';
import { type JsonAnswer, ok } from '../http/json-server';
import { type PathParameters } from '../http/path-template';
import { accountConnection, type StorageUrls } from './connections';
import { type ContainerPolicies } from './container-policies';
import { faultSchema, tripwireSchema } from './faults';
import { type RequestGate } from './request-gate';

/** Who does it, for the history. */
const by = z.string().default('');
const policySchema = z.strictObject({ retentionDays: z.number(), protectedAppend: z.boolean().default(false), by });
const lockSchema = z.strictObject({ by });
const containerSchema = z
  .strictObject({
    retentionDays: z.number().optional(),
    locked: z.boolean().default(false),
    protectedAppend: z.boolean().default(false),
  })
  .refine((container) => container.retentionDays !== undefined || !container.locked, 'A lock needs retentionDays.');
const extensionSchema = z.strictObject({ retentionDays: z.number(), by });
const holdSchema = z.strictObject({ tags: z.array(z.string().regex(/^[a-zA-Z0-9]{3,23}$/)).min(1), by });
const latencySchema = z.strictObject({ service: z.enum(['blob', 'queue', 'table']), ms: z.number().int().min(0) });

/** The routes of the storage's control listener: containers and their policies, faults, latency, tripwires, counters. */
export function controlRoutes(urls: StorageUrls, policies: ContainerPolicies, gate: RequestGate): JsonRoute[] {
  return [...containerRoutes(urls, policies), ...policyRoutes(urls, policies), ...gateRoutes(gate)];
}

function containerRoutes(urls: StorageUrls, policies: ContainerPolicies): JsonRoute[] {
  return [
    {
      method: 'PUT',
      path: '/containers/{name}',
      handle: async ({ params, body }) => {
        const { retentionDays, locked, protectedAppend } = containerSchema.parse(body);
        const container = containerOf(urls, params);
        const { succeeded } = await container.createIfNotExists();
        const has = policies.of(container.containerName).retention;
        if (retentionDays !== undefined && has?.locked !== true) {
          await policies.set(container.containerName, { days: retentionDays, protectedAppend });
          if (locked) await policies.lock(container.containerName);
        }
        return { status: succeeded ? 201 : 200, body: describe(container, policies) };
      },
    },
    {
      method: 'GET',
      path: '/containers',
      handle: async () => {
        const containers: object[] = [];
        for await (const { name } of serviceOf(urls).listContainers())
          containers.push(describe(serviceOf(urls).getContainerClient(name), policies));
        return ok({ containers });
      },
    },
    {
      method: 'GET',
      path: '/containers/{name}',
      handle: async ({ params }) => ok(describe(await existing(urls, params), policies)),
    },
  ];
}

function policyRoutes(urls: StorageUrls, policies: ContainerPolicies): JsonRoute[] {
  const change = (
    method: JsonRoute['method'],
    path: string,
    apply: (name: string, body: unknown) => Promise<unknown>,
  ): JsonRoute => ({
    method,
    path: `/containers/{name}/${path}`,
    handle: async ({ params, body }: JsonRequest) => {
      const container = await existing(urls, params);
      await apply(container.containerName, body);
      return ok(describe(container, policies));
    },
  });
  return [
    change('POST', 'policy', (name, body) => {
      const { retentionDays, protectedAppend, by } = policySchema.parse(body);
      return policies.set(name, { days: retentionDays, protectedAppend }, by);
    }),
    change('POST', 'policy/lock', (name, body) => policies.lock(name, lockSchema.parse(body).by)),
    change('POST', 'policy/extend', (name, body) => {
      const { retentionDays, by } = extensionSchema.parse(body);
      return policies.extend(name, retentionDays, by);
    }),
    change('DELETE', 'policy', (name) => policies.remove(name)),
    change('POST', 'legal-hold', (name, body) => {
      const { tags, by } = holdSchema.parse(body);
      return policies.hold(name, tags, by);
    }),
    change('DELETE', 'legal-hold', (name, body) => policies.release(name, holdSchema.parse(body).tags)),
  ];
}

function gateRoutes(gate: RequestGate): JsonRoute[] {
  const route = (method: JsonRoute['method'], path: string, handle: (body: unknown) => JsonAnswer): JsonRoute => ({
    method,
    path,
    handle: ({ body }) => handle(body),
  });
  return [
    route('GET', '/faults', () => ok({ faults: gate.faults.list() })),
    route('POST', '/faults', (body) => {
      gate.faults.add(faultSchema.parse(body));
      return { status: 201, body: { faults: gate.faults.list() } };
    }),
    route('DELETE', '/faults', () => {
      gate.faults.clear();
      return { status: 204 };
    }),
    route('PUT', '/latency', (body) => {
      const { service, ms } = latencySchema.parse(body);
      gate.latencyMs[service] = ms;
      return ok({ latencyMs: gate.latencyMs });
    }),
    route('POST', '/tripwires', (body) => {
      gate.tripwires.add(tripwireSchema.parse(body));
      return { status: 201 };
    }),
    route('DELETE', '/tripwires', () => {
      gate.tripwires.clear();
      return { status: 204 };
    }),
    route('GET', '/requests', () => ok(gate.counts)),
    route('DELETE', '/requests', () => {
      gate.resetCounts();
      return { status: 204 };
    }),
  ];
}

function containerOf(urls: StorageUrls, { name = '' }: PathParameters): ContainerClient {
  if (!/^(?=.{3,63}$)[a-z0-9]+(-[a-z0-9]+)*$/.test(name))
    throw new JsonRefusal(
      400,
      'invalid_name',
      'A container is named with 3 to 63 lower-case letters, digits and single dashes.',
    );
  return serviceOf(urls).getContainerClient(name);
}

function serviceOf(urls: StorageUrls): BlobServiceClient {
  return BlobServiceClient.fromConnectionString(accountConnection(urls));
}

async function existing(urls: StorageUrls, params: PathParameters): Promise<ContainerClient> {
  const container = containerOf(urls, params);
  if (!(await container.exists()))
    throw new JsonRefusal(404, 'no_container', `There is no container ${container.containerName}.`);
  return container;
}

function describe({ containerName }: ContainerClient, policies: ContainerPolicies): object {
  const { retention, legalHolds, holders } = policies.of(containerName);
  const policy = retention && {
    retentionDays: retention.days,
    state: retention.locked ? 'Locked' : 'Unlocked',
    protectedAppend: retention.protectedAppend,
    extensions: retention.extensions,
    history: retention.history,
  };
  return { name: containerName, policy: policy ?? null, legalHolds, holders };
}
