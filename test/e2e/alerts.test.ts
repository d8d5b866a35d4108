import { TableClient } from '@azure/data-tables';
import { Webhook } from 'standardwebhooks';
import { type AlertList, type AlertView } from '../../src/contracts/alerts';
import { type AuditList, type AuditView } from '../../src/contracts/audit';
import { type Problem } from '../../src/contracts/api';
import { OPERATOR } from '../../local/stack/estate';
import { WebhookReceiver } from '../fakes/webhook-receiver';
import { AppOnStack } from './app-on-stack';
import { filesBelow, find, storageOf } from './canary-scan';

const VAULT = 'contoso-prod';
const DAY = 86_400_000;
const signing = Buffer.alloc(32, 'canary-of-the-webhook-secret');
const SECRET = `whsec_${signing.toString('base64')}`;

let receiver: WebhookReceiver;
let app: AppOnStack;

beforeAll(async () => {
  receiver = await WebhookReceiver.start();
  app = await AppOnStack.start(
    {
      [VAULT]: {
        generate: { secrets: 3, seed: 1 },
        secrets: [{ name: 'canary', versions: [{ value: 'canary-in-the-vault-0123456789' }] }],
      },
    },
    {
      settings: {
        ALERT_WEBHOOK_URL: receiver.url,
        ALERT_WEBHOOK_SECRET: SECRET,
        // The clock is moved by hand; no night is to come between.
        DAILY_SCHEDULE: '0 0 2 1 1 *',
        MONTHLY_SCHEDULE: '0 0 2 1 1 *',
      },
    },
  );
});
afterEach(() => {
  receiver.behaviour = () => ({ status: 204 });
});
afterAll(async () => {
  await receiver.close();
  await app.stop();
});

/** Asks again until there is an answer. */
async function until<T>(look: () => Promise<T | undefined>): Promise<T> {
  for (;;) {
    const found = await look().catch(() => undefined);
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

async function alerts(query: string): Promise<AlertView[]> {
  return (await app.call<AlertList>('GET', `/alerts?limit=200&${query}`)).body.alerts;
}

async function alert(id: string): Promise<AlertView> {
  return (await app.call<AlertView>('GET', `/alerts/${id}`)).body;
}

/** The alert, once its newest message is in that state. */
function settled(id: string, state: string): Promise<AlertView> {
  return until(async () => {
    const found = await alert(id);
    return found.notices.at(-1)?.delivery.state === state ? found : undefined;
  });
}

const messagesOf = (id: string): typeof receiver.received =>
  receiver.received.filter(({ message }) => message.data.id === id);

/** From now on the vault refuses to list. */
async function breakVault(): Promise<void> {
  await app.stack.control.post('/vault-service/faults', { kind: 'status', status: 403, operation: 'secrets.list' });
}

async function mendVault(): Promise<void> {
  await app.stack.control.delete('/vault-service/faults');
}

async function newestFailure(): Promise<AlertView> {
  const [newest] = await alerts(`vault=${VAULT}&kind=backup_failed`);
  return newest!;
}

test('a vault that fails is told once, goes on failing in silence, and is told to be well again', async () => {
  await breakVault();
  const run = await app.backUp(VAULT);
  const raised = await settled((await newestFailure()).id, 'delivered');
  expect(raised).toMatchObject({
    count: 1,
    severity: 'error',
    code: run.code,
    runId: run.id,
    tier: 'daily',
    resolvedAt: null,
  });
  expect(raised.correlationId).toBe(run.correlationId);
  const [first] = messagesOf(raised.id);
  expect(
    new Webhook(SECRET).sign(
      first!.headers['webhook-id']!,
      new Date(Number(first!.headers['webhook-timestamp']) * 1000),
      first!.body,
    ),
  ).toBe(first!.headers['webhook-signature']);
  expect(first!.message).toMatchObject({
    type: 'alert.raised',
    data: { version: 1, code: 'vault_forbidden', vault: VAULT },
  });

  await app.stack.moveClock({ byMs: DAY });
  const second = await app.backUp(VAULT);
  expect(await alert(raised.id)).toMatchObject({ count: 2, runId: second.id, resolvedAt: null });
  expect((await alert(raised.id)).notices).toHaveLength(1);

  await mendVault();
  expect((await app.backUp(VAULT)).status).toBe('succeeded');
  const over = await settled(raised.id, 'delivered');
  expect(over).toMatchObject({ count: 2, resolvedBy: 'system' });
  expect(messagesOf(raised.id).map(({ message }) => message.type)).toEqual(['alert.raised', 'alert.resolved']);
  expect(await alerts('open=true')).toEqual([]);
});

test('objects that failed make a warning, and the next good run resolves it', async () => {
  const fault = { kind: 'status', status: 400, operation: 'secrets.backup', next: 1 };
  await app.stack.control.post('/vault-service/faults', fault);
  expect((await app.backUp(VAULT)).status).toBe('partial');
  const [partial] = await alerts(`open=true&kind=backup_partial&severity=warning&vault=${VAULT}`);
  await settled(partial!.id, 'delivered');
  await mendVault();
  await app.backUp(VAULT);
  expect(await alert(partial!.id)).toMatchObject({ resolvedBy: 'system' });
});

test('a receiver that is away for hours gets the message when it is back', async () => {
  receiver.behaviour = () => 'torn';
  await breakVault();
  await app.backUp(VAULT);
  const { id } = await newestFailure();
  const attempts = async (): Promise<number> => (await alert(id)).notices[0]!.delivery.attempts;
  for (let tried = 1; tried < 8; tried += 1) {
    await until(async () => ((await attempts()) >= tried ? true : undefined));
    await app.stack.moveClock({ byMs: 2 * 3_600_000 });
  }
  expect((await alert(id)).notices[0]!.delivery).toMatchObject({ state: 'pending', lastCode: 'webhook_unreachable' });
  receiver.behaviour = () => ({ status: 200 });
  const delivered = await until(async () => {
    await app.stack.moveClock({ byMs: 3_600_000 });
    const found = await alert(id);
    return found.notices[0]?.delivery.state === 'delivered' ? found : undefined;
  });
  expect(delivered.notices[0]!.delivery).toMatchObject({ lastStatus: 200, lastCode: null, gaveUpAt: null });
  const ids = new Set(messagesOf(id).map(({ headers }) => headers['webhook-id']));
  expect([...ids]).toEqual([`msg_${id}_1`]);
  await mendVault();
  await app.backUp(VAULT);
  await settled(id, 'delivered');
});

test('410 ends the tries of a message, and the next message is tried all the same', async () => {
  receiver.behaviour = () => ({ status: 410 });
  await breakVault();
  await app.backUp(VAULT);
  const gone = await settled((await newestFailure()).id, 'gone');
  expect(gone.notices[0]!.delivery).toMatchObject({ attempts: 1, lastStatus: 410 });
  receiver.behaviour = () => ({ status: 204 });
  await mendVault();
  await app.backUp(VAULT);
  expect((await settled(gone.id, 'delivered')).notices.map(({ type }) => type)).toEqual([
    'alert.raised',
    'alert.resolved',
  ]);
});

/** Whether there is a row with a message to be sent, by a look into the table. */
async function isSomethingPending(): Promise<boolean> {
  const { account } = app.stack.endpoints.connections;
  const table = TableClient.fromConnectionString(account, 'alerts', { allowInsecureConnection: true });
  for await (const _ of table.listEntities({ queryOptions: { filter: 'pending eq true' } })) return true;
  return false;
}

test('what was written and not yet told when the host died is told afterwards', async () => {
  await breakVault();
  const before = receiver.received.length;
  // Two claims are written before it: when the run is asked for, and when it has its turn.
  const { killed } = await app.stack.killHostAt({
    ...{ at: 'storage', service: 'table', operation: 'Batch', nth: 3, phase: 'after' },
  });
  const { runId } = await app.start({ vaults: [VAULT] });
  await killed;
  expect(await isSomethingPending()).toBe(true);
  expect(receiver.received).toHaveLength(before);
  await app.stack.startHost();
  await app.waitFor(runId);
  const told = await settled((await newestFailure()).id, 'delivered');
  expect(told).toMatchObject({ count: 1, resolvedAt: null });
  expect(messagesOf(told.id)).toHaveLength(1);
  await mendVault();
  await app.backUp(VAULT);
  await settled(told.id, 'delivered');
});

test('a row that nobody delivers is found by the sweep', async () => {
  // An app without the duty `operate` writes rows and tells nobody.
  await app.stack.stopHost();
  await app.stack.startHost({ DUTIES: 'protect' });
  await breakVault();
  await app.start({ vaults: [VAULT] });
  await until(async () => ((await isSomethingPending()) ? true : undefined));
  const before = receiver.received.length;
  await app.stack.stopHost();
  await app.stack.startHost({ DUTIES: undefined });
  expect((await until(newestFailure)).notices.at(-1)!.delivery.state).toBe('pending');
  await app.stack.moveClock({ byMs: 16 * 60_000 });
  const { id } = await newestFailure();
  await settled(id, 'delivered');
  expect(receiver.received.length).toBe(before + 1);
  await mendVault();
  await app.backUp(VAULT);
  await settled(id, 'delivered');
});

test('a person resolves an alert with a reason, and tests the channel; the audit trail tells who and why', async () => {
  await breakVault();
  await app.backUp(VAULT);
  await mendVault();
  const { id } = await newestFailure();
  const reason = "it's the firewall, said O'Neil";
  const resolved = await app.call<AlertView>('POST', `/alerts/${id}/resolve`, { body: { reason } });
  expect(resolved).toMatchObject({ status: 200, body: { resolvedBy: OPERATOR.oid } });
  const again = await app.call<AlertView>('POST', `/alerts/${id}/resolve`);
  expect(again.body.resolvedAt).toBe(resolved.body.resolvedAt);
  await settled(id, 'delivered');
  const tested = await app.call<AlertView>('POST', '/alerts/test');
  expect(tested.status).toBe(202);
  const test = await settled(tested.body.id, 'delivered');
  expect(messagesOf(test.id).map(({ message }) => message.data.kind)).toEqual(['test']);

  const { body } = await app.call<AuditList>('GET', `/audit?subject=${id}`);
  const told = body.entries.map(({ action, actor, outcome, reason: why }) => [action, actor, outcome, why]);
  expect(told.slice(-2)).toEqual([
    ['alert.resolve', OPERATOR.oid, 'done', reason],
    ['alert.resolve', OPERATOR.oid, 'begun', reason],
  ]);
  expect(JSON.stringify(receiver.received)).not.toContain("O'Neil");
  const missing = await app.call<Problem>('POST', '/alerts/20260101T000000Z-000000000000/resolve');
  expect([missing.status, missing.body.code]).toEqual([404, 'alert_not_found']);
});

async function newestEntries(action: string, count: number): Promise<AuditView[]> {
  return (await app.call<AuditList>('GET', `/audit?action=${action}&limit=${count}`)).body.entries;
}

test('starts, cancels and refusals leave their trace', async () => {
  const { runId, runs } = await app.start({ vaults: [VAULT] });
  await app.waitFor(runId);
  const [done, begun] = await newestEntries('backup.start', 2);
  expect(done).toMatchObject({ outcome: 'done', subject: VAULT, details: { runId, vaults: 1, tier: 'daily' } });
  expect(begun).toMatchObject({ outcome: 'begun', correlationId: done!.correlationId, actor: OPERATOR.oid });
  expect((await app.run(runs[0]!.runId)).correlationId).toBe(done!.correlationId);

  expect((await app.call('POST', `/runs/${runId}/cancel`)).status).toBe(409);
  expect((await newestEntries('run.cancel', 1))[0]).toMatchObject({
    outcome: 'refused',
    code: 'run_ended',
    subject: runId,
  });
  await app.call('POST', '/backups', { body: { vaults: ['who knows what'] } });
  expect((await newestEntries('backup.start', 1))[0]).toMatchObject({
    outcome: 'refused',
    code: 'unknown_vault',
    subject: 'unknown',
  });

  const reader = await app.as('Strongroom.Reader');
  expect((await reader.call('POST', '/alerts/test')).status).toBe(403);
  expect((await reader.call('GET', '/audit')).status).toBe(200);
  expect((await newestEntries('access.refused', 1))[0]).toMatchObject({
    ...{ outcome: 'refused', code: 'role_missing', subject: 'testAlerts', actor: OPERATOR.oid },
  });
});

test('nothing is changed if the audit trail cannot be written', async () => {
  const fault = { service: 'table', kind: 'status', status: 400, operation: 'InsertEntity', table: 'audit' };
  await app.stack.control.post('/storage/faults', fault);
  try {
    const { status, body } = await app.call<Problem>('POST', '/backups', { body: { vaults: [VAULT] } });
    expect([status, body.code]).toEqual([503, 'audit_unavailable']);
  } finally {
    await app.stack.control.delete('/storage/faults');
  }
  expect((await app.backUp(VAULT)).status).toBe('succeeded');
});

test('neither the secret nor the URL of the webhook, nor any value, lies anywhere', async () => {
  const { data, connections } = app.stack.endpoints;
  const places = [
    ...filesBelow(data, ['vaults', 'settings']),
    ...(await storageOf(connections.account)),
    ...app.heard.map((heard, index) => ({ where: `answer ${index}`, bytes: Buffer.from(heard) })),
    ...receiver.received.map(({ headers, body }, index) => ({
      where: `message ${index}`,
      bytes: Buffer.from(JSON.stringify([headers, body])),
    })),
  ];
  expect(places.length).toBeGreaterThan(50);
  const canaries = [
    { what: 'the secret', value: SECRET },
    { what: 'the bytes of the secret', value: signing },
    { what: 'the URL', value: 'canary-in-the-url' },
    { what: 'a value', value: 'canary-in-the-vault-0123456789' },
  ];
  expect(find(canaries, places)).toEqual([]);
});
