import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RestError } from '@azure/core-rest-pipeline';
import { type ProcessMessage } from '../../../local/process/stack-process';
import { startVaultService } from '../../../local/vault-service/vault-service';
import { LocalVaults, QUICK_VAULT, refusalOf } from './local-vaults';

let vaults: LocalVaults;
beforeAll(async () => {
  vaults = await LocalVaults.start();
  await vaults.vault('busy');
  await vaults.secrets('busy').setSecret('one', 'x');
});
beforeEach(async () => {
  await vaults.control('DELETE', 'faults');
  await vaults.control('DELETE', 'tripwires');
  await vaults.control('DELETE', 'requests');
});
afterAll(() => vaults.stop());

describe('throttling', () => {
  it('answers 429 without Retry-After once the class is used up, vault by vault', async () => {
    await vaults.vault('small', { limits: { createOrImport: 2, vault: 100, createKey: 1 } });
    const client = vaults.secrets('small');
    await client.setSecret('a', 'x');
    await client.setSecret('b', 'x');
    // Tests must not hang on a window of real time that ends in between: the third or a later one is refused.
    const outcomes = await Promise.allSettled([1, 2, 3, 4, 5].map((n) => client.setSecret(`c${n}`, 'x')));
    const refused = outcomes.find((outcome) => outcome.status === 'rejected')!.reason as RestError;
    expect(refused).toMatchObject({ statusCode: 429, code: 'Throttled' });
    expect(refused.message).toContain('VaultRequestTypeLimitReached');
    expect(refused.response!.headers.get('retry-after')).toBeUndefined();
    expect((await client.getSecret('a')).value).toBe('x');
    expect((await vaults.secrets('busy').setSecret('two', 'x')).value).toBe('x');
  });

  it('weighs keys by size', async () => {
    await vaults.vault('weighing', { limits: { keys: 8 } });
    const key = await vaults.keys('weighing').createRsaKey('large', { keySize: 4096 });
    const path = new URL(key.id!).pathname;
    const gets = await Promise.all([1, 2, 3, 4].map(() => vaults.plain('weighing', 'GET', path)));
    expect(gets.filter(({ status }) => status === 200).length).toBeLessThanOrEqual(2);
    expect(gets.some(({ status }) => status === 429)).toBe(true);
  });

  it('can be switched off for a vault', async () => {
    await vaults.vault('small', { limits: { createOrImport: 2, enabled: false } });
    await Promise.all([1, 2, 3, 4].map((n) => vaults.secrets('small').setSecret(`d${n}`, 'x')));
  });
});

describe('faults', () => {
  it.each([
    ['throttle', 429, 'Throttled'],
    ['500', 500, 'InternalServerError'],
    ['503', 503, 'ServiceUnavailable'],
  ])('hit the next N of an operation with %s', async (kind, status, code) => {
    await vaults.control('POST', 'faults', { vault: 'busy', operation: 'secrets.backup', kind, next: 2 });
    const backups = [];
    for (let n = 0; n < 3; n += 1) backups.push(await vaults.plain('busy', 'POST', '/secrets/one/backup'));
    expect(backups.map((answer) => answer.status)).toEqual([status, status, 200]);
    expect(backups[0]!.body.error.code).toBe(code);
    expect((await vaults.control('GET', 'faults')).faults).toMatchObject([{ operation: 'secrets.backup', hits: 2 }]);
  });

  it('hit a share, the same requests for the same seed, and one object only', async () => {
    const run = async (): Promise<number[]> => {
      await vaults.control('DELETE', 'faults');
      await vaults.control('POST', 'faults', {
        operation: 'secrets.*',
        object: 'one',
        share: 0.5,
        kind: 'status',
        status: 418,
        seed: 3,
      });
      const statuses = [];
      for (let n = 0; n < 20; n += 1) statuses.push((await vaults.plain('busy', 'GET', '/secrets/one')).status);
      return statuses;
    };
    const first = await run();
    expect(new Set(first)).toEqual(new Set([200, 418]));
    expect(await run()).toEqual(first);
    expect((await vaults.plain('busy', 'GET', '/secrets')).status).toBe(200);
  });

  it('tear the connection after the work was done', async () => {
    await vaults.control('POST', 'faults', { operation: 'secrets.set', kind: 'torn', next: 1 });
    await expect(vaults.plain('busy', 'PUT', '/secrets/torn', { body: { value: 'x' } })).rejects.toThrow();
    expect((await vaults.secrets('busy').getSecret('torn')).value).toBe('x');
  });

  it('never answer, until the client gives up', async () => {
    await vaults.control('POST', 'faults', { operation: 'secrets.get', kind: 'timeout', next: 1 });
    const abort = new AbortController();
    const asked = vaults.secrets('busy').getSecret('one', { abortSignal: abort.signal });
    const answered = jest.fn();
    asked.then(answered, answered);
    while ((await vaults.control('GET', 'requests')).counters['secrets.get'] === undefined)
      await new Promise(setImmediate);
    expect(answered).not.toHaveBeenCalled();
    abort.abort();
    await expect(asked).rejects.toThrow(/abort/i);
  });

  it('are refused when they make no sense', async () => {
    await expect(vaults.control('POST', 'faults', { kind: 'status' })).rejects.toThrow(/needs a status/);
    await expect(vaults.control('POST', 'faults', { kind: 'what' })).rejects.toThrow(/kind/);
  });
});

it('notes requests without their bodies', async () => {
  await vaults.secrets('busy').setSecret('noted', 'a-secret-value');
  const report = await vaults.control('GET', 'requests?since=0');
  expect(report.requests.at(-1)).toMatchObject({
    operation: 'secrets.set',
    vault: 'busy',
    object: 'noted',
    status: 200,
    method: 'PUT',
  });
  expect(report.counters['secrets.set']).toEqual({ total: 1, byStatus: { 200: 1 } });
  expect(JSON.stringify(report)).not.toContain('a-secret-value');
  expect((await vaults.control('GET', `requests?since=${report.next}`)).requests).toEqual([]);
});

it('keeps a vault that is far away waiting, and no other', async () => {
  await vaults.vault('far');
  await vaults.control('PUT', 'latency', { vault: 'far', ms: 3_600_000 });
  const abort = new AbortController();
  const answered = jest.fn();
  const asked = vaults.secrets('far').getSecret('one', { abortSignal: abort.signal });
  asked.then(answered, answered);
  for (let n = 0; n < 5; n += 1) expect((await vaults.plain('busy', 'GET', '/secrets/one')).status).toBe(200);
  expect(answered).not.toHaveBeenCalled();
  abort.abort();
  await expect(asked).rejects.toThrow(/abort/i);
  await vaults.control('PUT', 'latency', { vault: 'far', ms: 0 });
  expect((await vaults.plain('far', 'GET', '/secrets')).status).toBe(200);
});

describe('persistence', () => {
  it('keeps all after a restart, and says which port is taken or folder not writable', async () => {
    const own = await LocalVaults.start();
    await own.vault('kept');
    const { properties } = await own.secrets('kept').setSecret('one', 'x');
    const key = await own.keys('kept').createEcKey('signing');
    const blob = await own.secrets('kept').backupSecret('one');
    const token = await own.token();
    const header = own.endpoints.identityHeader;
    const port = Number(new URL(vaults.endpoints.vaultGateway!).port);
    await own.close();
    await expect(own.open({ vaults: port })).rejects.toMatchObject({ code: 'port_in_use' });
    for (const dataDir of ['/proc/strongroom/vaults', join(own.dataDir, 'vaults.sqlite', 'folder')]) {
      const blocked = startVaultService({ dataDir, ports: { vaults: 0, identity: 0, control: 0 } }, own.clock);
      await expect(blocked).rejects.toMatchObject({ code: 'data_folder_unwritable' });
    }
    await own.open();
    expect(own.endpoints.identityHeader).toBe(header);
    expect((await own.plain('kept', 'GET', '/secrets/one', { authorization: `Bearer ${token}` })).body.value).toBe('x');
    expect((await own.secrets('kept').getSecret('one')).properties.version).toBe(properties.version);
    expect((await own.cryptography(key.id!).sign('ES256', Buffer.alloc(32, 1))).result).toHaveLength(64);
    await own.vault('twin');
    expect((await own.secrets('twin').restoreSecretBackup(blob!)).name).toBe('one');
    await own.stop();
  });

  it('loses nothing acknowledged when the process is killed, and trips wires on the way', async () => {
    const script = `${process.cwd()}/.build/local/vault-service/main.js`;
    const own = new LocalVaults();
    own.dataDir = await mkdtemp(join(tmpdir(), 'strongroom-killed-'));
    const boot = async () => {
      const child = fork(script, { execArgv: ['--disable-warning=ExperimentalWarning'] });
      const ports = { vaults: 0, identity: 0, control: 0 };
      child.send({ type: 'start', config: { dataDir: own.dataDir, ports }, clockOffsetMs: 0 });
      const [message] = (await once(child, 'message')) as [Extract<ProcessMessage, { type: 'ready' }>];
      own.endpoints = message.endpoints;
      return child;
    };
    const first = await boot();
    await own.control('PUT', 'roles', { principal: '11111111-1111-4111-8111-111111111111', actions: ['*'] });
    await own.vault('killed', { ...QUICK_VAULT });
    const client = own.secrets('killed');
    await client.getSecret('warm-up').catch(() => undefined);
    await own.control('POST', 'tripwires', { id: 'after-set', operation: 'secrets.set', phase: 'after', nth: 40 });
    const acknowledged: string[] = [];
    let written = 0;
    const write = async (): Promise<void> => {
      for (;;) {
        const name = `s-${(written += 1)}`;
        await client.setSecret(name, name);
        acknowledged.push(name);
      }
    };
    const writers = [write(), write(), write(), write()].map((writer) => writer.catch(() => undefined));
    const [tripped] = (await once(first, 'message')) as [ProcessMessage];
    expect(tripped).toEqual({ type: 'tripwire', id: 'after-set' });
    first.kill('SIGKILL');
    await Promise.all([...writers, once(first, 'exit')]);
    expect(acknowledged.length).toBeGreaterThanOrEqual(36);

    const second = await boot();
    const again = own.secrets('killed');
    for (const name of acknowledged) expect((await again.getSecret(name)).value).toBe(name);
    expect((await own.control('GET', 'tripwires')).tripwires).toEqual([]);
    expect(await refusalOf(again.getSecret('never'))).toMatchObject({ status: 404 });
    second.send({ type: 'stop' });
    expect((await once(second, 'exit'))[0]).toBe(0);
    await own.stop();
  });
});
