import type { HttpRequest, HttpResponseInit } from '@azure/functions';
import * as df from 'durable-functions';
import { type DurableClient, OrchestrationRuntimeStatus } from 'durable-functions';

type Operation = (client: DurableClient, id: string, request: HttpRequest) => Promise<unknown>;

const OPERATIONS: Record<string, Operation> = {
  start: async (client, id, request) => {
    const body = await request.text();
    const name = request.query.get('name') ?? '';
    const input: unknown = body === '' ? undefined : JSON.parse(body);
    return { id: await client.startNew(name, { instanceId: id, input }) };
  },
  status: (client, id) => client.getStatus(id, { showHistory: true, showHistoryOutput: true, showInput: true }),
  all: (client) => client.getStatusAll(),
  failed: (client) =>
    client.getStatusBy({
      createdTimeFrom: new Date(0),
      createdTimeTo: new Date(Date.now() + 60_000),
      runtimeStatus: [OrchestrationRuntimeStatus.Failed],
    }),
  raise: async (client, id, request) => client.raiseEvent(id, request.query.get('event') ?? '', await request.json()),
  raiseNothing: (client, id) => client.raiseEvent(id, 'item', undefined),
  terminate: (client, id) => client.terminate(id, 'because of a test'),
  suspend: (client, id) => client.suspend(id, 'hold'),
  resume: (client, id) => client.resume(id, 'go'),
  rewind: (client, id) => client.rewind(id, 'again'),
  purge: (client, id) => client.purgeInstanceHistory(id),
  purgeAll: (client) => client.purgeInstanceHistoryBy({ createdTimeFrom: new Date(0) }),
  payload: (client, id) => Promise.resolve(client.createHttpManagementPayload(id)),
  entity: (client) => client.signalEntity(new df.EntityId('counter', 'one'), 'add', 1),
};

/** Everything that the real durable client can do, behind one route. */
df.app.client.http('client', {
  route: 'client/{operation}/{id?}',
  methods: ['POST'],
  authLevel: 'anonymous',
  handler: async (request: HttpRequest, client: DurableClient): Promise<HttpResponseInit> => {
    const operation = OPERATIONS[request.params['operation'] ?? ''];
    if (!operation) return { status: 404 };
    try {
      return { jsonBody: { result: await operation(client, request.params['id'] ?? '', request) } };
    } catch (error) {
      return { status: 400, jsonBody: { error: (error as Error).message } };
    }
  },
});
