import { createServer } from 'node:net';
import { type AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';
import { type OutgoingMessage } from '../../../src/alerts/port';
import { createWebhook } from '../../../src/alerts/webhook';
import { type AlertMessage } from '../../../src/contracts/alerts';
import { WebhookReceiver } from '../../fakes/webhook-receiver';

const secretOf = (fill: number): string => `whsec_${Buffer.alloc(32, fill).toString('base64')}`;
const secret = secretOf(7);
const body: AlertMessage = {
  type: 'alert.raised',
  timestamp: '2026-11-22T02:00:00.000Z',
  data: {
    ...{
      version: 1,
      id: '20261122T020000Z-1f0c9a7e55d1',
      kind: 'backup_failed',
      severity: 'error',
      text: 'Backup failed é',
    },
    ...{ subject: 'contoso-prod/daily', vault: 'contoso-prod', tier: 'daily', runId: null, code: null },
    ...{ firstSeen: '2026-11-22T02:00:00.000Z', lastSeen: '2026-11-22T02:00:00.000Z', count: 1 },
    ...{ resolvedAt: null, resolvedBy: null, correlationId: 'c-1' },
  },
};
const message = (): OutgoingMessage => ({ id: 'msg_1_1', at: new Date(), body });

let receiver: WebhookReceiver;
beforeEach(async () => {
  receiver = await WebhookReceiver.start();
});
afterEach(() => receiver.close());

test('a message carries a signature that the library of the standard verifies, over the body as it came', async () => {
  const sent = await createWebhook({ url: receiver.url, secrets: [secret] }).send(message());
  expect(sent).toEqual({ ended: 'delivered', status: 204 });
  const [received] = receiver.received;
  const verifier = new Webhook(secret);
  expect(verifier.verify(received!.body, received!.headers)).toEqual(body);
  expect(received!.headers).toMatchObject({ 'webhook-id': 'msg_1_1', 'content-type': 'application/json' });
  const tampered = received!.body.replace('"error"', '"info"');
  expect(tampered).not.toBe(received!.body);
  expect(() => verifier.verify(tampered, received!.headers)).toThrow('No matching signature');
  expect(() => verifier.verify(received!.body, { ...received!.headers, 'webhook-id': 'msg_1_2' })).toThrow();
  expect(() => new Webhook(secretOf(8)).verify(received!.body, received!.headers)).toThrow();
});

test('with two secrets, who knows either can verify', async () => {
  await createWebhook({ url: receiver.url, secrets: [secretOf(8), secret] }).send(message());
  const [received] = receiver.received;
  for (const known of [secret, secretOf(8)])
    expect(new Webhook(known).verify(received!.body, received!.headers)).toEqual(body);
  expect(() => new Webhook(secretOf(9)).verify(received!.body, received!.headers)).toThrow();
});

test.each([
  [200, 'delivered'],
  [299, 'delivered'],
  [410, 'gone'],
  [400, 'failed'],
  [429, 'failed'],
  [500, 'failed'],
])('%i is %s', async (status, ended) => {
  receiver.behaviour = () => ({ status });
  const result = await createWebhook({ url: receiver.url, secrets: [secret] }).send(message());
  expect(result).toEqual({ ended, status, ...(ended === 'failed' ? { code: 'webhook_refused' } : {}) });
});

test('a redirection is not followed', async () => {
  const elsewhere = await WebhookReceiver.start();
  try {
    for (const status of [301, 302, 307, 308]) {
      receiver.behaviour = () => ({ status, headers: { location: elsewhere.url } });
      const result = await createWebhook({ url: receiver.url, secrets: [secret] }).send(message());
      expect(result).toEqual({ ended: 'failed', status, code: 'webhook_refused' });
    }
    expect(elsewhere.received).toEqual([]);
  } finally {
    await elsewhere.close();
  }
});

test('a receiver that does not answer is given up', async () => {
  receiver.behaviour = () => 'silent';
  const result = await createWebhook({ url: receiver.url, secrets: [secret] }, { timeoutMs: 200 }).send(message());
  expect(result).toEqual({ ended: 'failed', status: null, code: 'webhook_timeout' });
  expect(receiver.received).toHaveLength(1);
});

test('a torn connection and a port where nobody listens are failures like any other', async () => {
  receiver.behaviour = () => 'torn';
  const unreachable = { ended: 'failed', status: null, code: 'webhook_unreachable' };
  expect(await createWebhook({ url: receiver.url, secrets: [secret] }).send(message())).toEqual(unreachable);
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  await new Promise((resolve) => server.close(resolve));
  expect(await createWebhook({ url, secrets: [secret] }).send(message())).toEqual(unreachable);
});
