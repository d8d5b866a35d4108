import { type IncomingMessage, type ServerResponse, request as forward } from 'node:http';
import { z } from 'zod';
import { JsonRefusal } from '../http/json-refusal';
import { answersFrom, type JsonRoute } from '../http/json-routes';
import { createJsonServer, type JsonAnswer, ok } from '../http/json-server';
import { type Listener, listenOnLoopback } from '../http/loopback';
import { type HostModes, type Stack } from './stack';

const moveSchema = z.union([
  z.strictObject({ to: z.iso.datetime({ offset: true }) }),
  z.strictObject({ advanceSeconds: z.number().positive() }),
]);
const killSchema = z.strictObject({ signal: z.enum(['SIGKILL', 'SIGTERM']).default('SIGKILL') });
const startSchema = z.strictObject({
  settings: z.record(z.string(), z.string().nullable()).default({}),
  modes: z
    .strictObject({
      batch: z.literal(1).exactOptional(),
      strict: z.boolean().exactOptional(),
      shuffle: z.boolean().exactOptional(),
      earlyTimers: z.boolean().exactOptional(),
      seed: z.number().int().exactOptional(),
      lazy: z.boolean().exactOptional(),
      timers: z.boolean().exactOptional(),
    })
    .default({}),
});
const killPointSchema = z.strictObject({
  at: z.enum(['vault-service', 'storage']),
  operation: z.string(),
  phase: z.enum(['before', 'after']),
  nth: z.number().int().positive().exactOptional(),
  service: z.enum(['blob', 'queue', 'table']).exactOptional(),
  container: z.string().exactOptional(),
  table: z.string().exactOptional(),
  path: z.string().exactOptional(),
  vault: z.string().exactOptional(),
  object: z.string().exactOptional(),
});

const ROUTES = [
  'GET /  this list',
  'GET /clock',
  'PUT /clock  {to: ISO time} or {advanceSeconds}; only forward',
  'GET /processes  process ids',
  'GET /host',
  'POST /host/kill  {signal?}',
  'POST /host/start  {settings?, modes?}',
  'POST /host/restart  {settings?, modes?}',
  'POST /host/kill-at  {at: vault-service or storage, operation, phase, nth?, ...}',
  'POST /vault-service-process/kill  killed hard and started again',
  'ANY /vault-service/...  the vault service (local/vault-service/README.md)',
  'ANY /storage/...  the storage (local/storage/README.md)',
];

/** Where the parts' own control listeners are. */
export interface PartControls {
  '/vault-service/': () => string;
  '/storage/': () => string;
}

/** Starts the stack's one control listener: clock and host here, everything else forwarded to the part that it belongs to. */
export async function startControl(port: number, stack: () => Stack, controls: PartControls): Promise<Listener> {
  const routes: JsonRoute[] = [
    { method: 'GET', path: '/', handle: () => ok({ routes: ROUTES }) },
    { method: 'GET', path: '/processes', handle: () => ok({ supervisor: process.pid, ...stack().pids }) },
    ...clockRoutes(stack),
    ...hostRoutes(stack),
  ];
  const answer = answersFrom(routes);
  const server = createJsonServer((request, url, response) => {
    const target = targetOf(request.url ?? '', controls);
    if (target === undefined) return answer(request, url, response);
    pass(request, response, target);
    return undefined;
  });
  return listenOnLoopback(server, port, 'control');
}

function targetOf(address: string, controls: PartControls): string | undefined {
  for (const [prefix, base] of Object.entries(controls) as [string, () => string][])
    if (address.startsWith(prefix)) return `${base()}/${address.slice(prefix.length)}`;
  return undefined;
}

function clockRoutes(stack: () => Stack): JsonRoute[] {
  const now = (): JsonAnswer => ok({ now: stack().now().toISOString() });
  return [
    { method: 'GET', path: '/clock', handle: now },
    {
      method: 'PUT',
      path: '/clock',
      handle: async ({ body }) => {
        const move = moveSchema.parse(body);
        try {
          await stack().moveClock('to' in move ? { to: new Date(move.to) } : { byMs: move.advanceSeconds * 1000 });
        } catch (error) {
          if (error instanceof RangeError) throw new JsonRefusal(409, 'clock_backwards', error.message);
          throw error;
        }
        return now();
      },
    },
  ];
}

function hostRoutes(stack: () => Stack): JsonRoute[] {
  const state = (): JsonAnswer => {
    const { host } = stack().pids;
    return ok({
      state: host === undefined ? 'down' : 'running',
      pid: host ?? null,
      api: stack().endpoints.api,
      log: stack().hostLog,
    });
  };
  const post = (path: string, handle: (body: unknown) => Promise<JsonAnswer>): JsonRoute => ({
    method: 'POST',
    path,
    handle: ({ body }) => handle(body),
  });
  const start = async (body: unknown): Promise<JsonAnswer> => {
    const { settings, modes } = startSchema.parse(body);
    const overrides = Object.fromEntries(Object.entries(settings).map(([name, value]) => [name, value ?? undefined]));
    await stack().startHost(overrides, modes satisfies HostModes);
    return state();
  };
  return [
    { method: 'GET', path: '/host', handle: state },
    post('/host/start', start),
    post('/host/kill', async (body) => {
      await stack().killHost(killSchema.parse(body).signal);
      return state();
    }),
    post('/host/restart', async (body) => {
      await stack().stopHost();
      return start(body);
    }),
    post('/host/kill-at', async (body) => {
      await stack().killHostAt(killPointSchema.parse(body));
      return { status: 201, body: {} };
    }),
    post('/vault-service-process/kill', async () => {
      await stack().killVaultService();
      return ok({ vaults: stack().pids.vaults });
    }),
  ];
}

function pass(request: IncomingMessage, response: ServerResponse, target: string): void {
  const onward = forward(target, {
    method: request.method,
    headers: { ...request.headers, host: new URL(target).host },
  });
  onward.once('response', (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(response);
  });
  onward.once('error', (error) => {
    if (response.headersSent) response.destroy();
    else
      response
        .writeHead(502, { 'content-type': 'application/json' })
        .end(JSON.stringify({ error: { code: 'part_unreachable', message: error.message } }));
  });
  request.pipe(onward);
}
