import { appendFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

import {
  app,
  type HttpHandler,
  HttpResponse,
  type HttpResponseInit,
  type InvocationContext,
  type Timer,
} from '@azure/functions';

function note(what: string, value: unknown): void {
  const file = process.env['RUN_LOG'];
  if (file !== undefined) appendFileSync(file, `${what} ${JSON.stringify(value)}\n`);
}

/** Tells how the host has read the request. */
const mirror =
  (route: string): HttpHandler =>
  async (request): Promise<HttpResponseInit> => ({
    jsonBody: {
      route,
      method: request.method,
      url: request.url,
      params: request.params,
      query: Object.fromEntries(request.query),
      headers: Object.fromEntries(request.headers),
      body: request.method === 'GET' ? '' : await request.text(),
    },
  });

const ROUTES: [string, string][] = [
  ['literal', 'things/list'],
  ['byNumber', 'things/{id:int}'],
  ['byName', 'things/{name}'],
  ['optional', 'pages/{page?}'],
  ['withDefault', 'sizes/{size=20}'],
  ['rest', 'files/{*path}'],
  ['mixed', 'reports/{year:length(4)}-{month}.json'],
];
for (const [name, route] of ROUTES)
  app.http(name, { route, methods: ['GET', 'POST'], authLevel: 'anonymous', handler: mirror(name) });

app.http('functionLevel', { route: 'locked/function', authLevel: 'function', handler: mirror('function') });
app.http('adminLevel', { route: 'locked/admin', authLevel: 'admin', handler: mirror('admin') });
app.http('onlyPut', { route: 'only/put', methods: ['PUT'], authLevel: 'anonymous', handler: mirror('put') });

app.http('answers', {
  route: 'answers/{kind}',
  methods: ['GET', 'HEAD', 'OPTIONS'],
  authLevel: 'anonymous',
  handler: (request, context): HttpResponse | HttpResponseInit => {
    context.log('answering', request.params['kind']);
    switch (request.params['kind']) {
      case 'bytes':
        return { body: new Uint8Array([0, 255, 128]), headers: { 'content-type': 'application/octet-stream' } };
      case 'cookies':
        return {
          status: 201,
          cookies: [
            { name: 'a', value: 'b c', path: '/', httpOnly: true, sameSite: 'Strict', maxAge: 60 },
            { name: 'z', value: '1', secure: true, expires: new Date('2030-01-01T00:00:00Z') },
          ],
        };
      case 'problem':
        return new HttpResponse({
          status: 409,
          headers: { 'content-type': 'application/problem+json', 'x-correlation-id': 'abc' },
          body: '{"code":"busy"}',
        });
      case 'nothing':
        return undefined as unknown as HttpResponse;
      case 'later':
        setTimeout(() => {
          context.warn('a warning after the end');
        }, 1);
        return { body: 'soon' };
      default:
        throw new Error('thrown on purpose');
    }
  },
});

app.timer('tick', {
  schedule: '%TICK_SCHEDULE%',
  handler: async (timer: Timer, context: InvocationContext): Promise<void> => {
    note('tick', { ...timer, now: new Date().toISOString(), name: context.functionName });
    if (process.env['TICK_MS'] !== undefined) await delay(Number(process.env['TICK_MS']));
    if (process.env['TICK_FAILS'] !== undefined) throw new Error('tick failed');
  },
});

if (process.env['STARTUP_SCHEDULE'] !== undefined)
  app.timer('startup', {
    schedule: '%STARTUP_SCHEDULE%',
    runOnStartup: true,
    useMonitor: false,
    handler: (timer: Timer): void => {
      note('startup', timer);
    },
  });

if (process.env['QUEUE_NAME'] !== undefined)
  app.storageQueue('onMessage', {
    queueName: '%QUEUE_NAME%',
    connection: 'EVENTS',
    handler: (message: unknown, context: InvocationContext): void => {
      note('message', { message, metadata: context.triggerMetadata });
      if (JSON.stringify(message).includes('bad')) throw new Error('bad message');
    },
  });
