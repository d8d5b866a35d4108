import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BlobServiceClient } from '@azure/storage-blob';
import { PROJECT_ROOT } from '../../local/project-root';
import { ACCOUNT } from '../../local/storage/blob-store';
import { APP_PRINCIPAL, ARCHIVE_RESOURCE_ID, OPERATOR, SUBSCRIPTION_ID } from '../../local/stack/estate';
import { type SettingOverrides } from '../../local/stack/app-settings';
import { type AlertList } from '../../src/contracts/alerts';
import { type StartedPrune } from '../../src/contracts/api';
import { type ArchiveView } from '../../src/contracts/archive-policies';
import { type AuditList } from '../../src/contracts/audit';
import { outcome } from '../local/storage/storage-process';
import { runInProcess } from '../unit/cli/in-process';
import { AppOnStack } from './app-on-stack';

// The compiled app looks at its containers, a person locks and holds them with the compiled command line, and the storage obeys.

const VAULT = 'contoso-prod';
const DAY = 86_400_000;
const CLI = join(PROJECT_ROOT, 'dist', 'cli', 'main.js');

interface Ended {
  exit: number;
  stdout: string;
  stderr: string;
}

let app: AppOnStack;
let folder: string;

beforeAll(async () => {
  app = await AppOnStack.start(
    { [VAULT]: { generate: { secrets: 2, seed: 5 } } },
    // The clock is moved by hand; no backup is to come between.
    { settings: { DAILY_SCHEDULE: '0 0 2 1 1 *', MONTHLY_SCHEDULE: '0 0 2 1 1 *' } },
  );
  folder = mkdtempSync(join(tmpdir(), 'strongroom-lock-'));
  writeStackFile({});
});
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await app.stop();
});

/** What `npm start` leaves for the command line. */
function writeStackFile(change: Record<string, unknown>): void {
  mkdirSync(join(folder, '.strongroom'), { recursive: true });
  writeFileSync(join(folder, '.strongroom', 'stack.json'), JSON.stringify({ ...app.stack.endpoints, ...change }));
}

function strongroom(...argv: string[]): Promise<Ended> {
  const env = { PATH: process.env['PATH'] };
  return new Promise((resolve) => {
    execFile(process.execPath, [CLI, ...argv], { cwd: folder, env }, (error, stdout, stderr) => {
      resolve({ exit: typeof error?.code === 'number' ? error.code : error === null ? 0 : -1, stdout, stderr });
    });
  });
}

/** Asks again until there is an answer. */
async function until<T>(look: () => Promise<T | undefined>): Promise<T> {
  for (;;) {
    const found = await look().catch(() => undefined);
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

const archive = async (): Promise<ArchiveView> => (await app.call<ArchiveView>('GET', '/archive')).body;
const audit = async (): Promise<string[]> => told((await app.call<ArchiveView>('POST', '/archive/audit')).body);
const told = ({ containers }: ArchiveView): string[] =>
  containers.flatMap(({ container, found }) => (found?.findings ?? []).map(({ code }) => `${container}/${code}`));
const alerts = async (): Promise<string[]> => {
  const { body } = await app.call<AlertList>('GET', '/alerts?open=true&kind=archive_policy_trouble&limit=200');
  return body.alerts.map(({ subject, code }) => (subject.endsWith(`/${code}`) ? subject : `${subject}?${code}`)).sort();
};

/** Starts the app with other settings; the audit that it makes at its start. */
async function restart(settings: SettingOverrides): Promise<ArchiveView> {
  const before = (await archive()).auditedAt;
  await app.stack.stopHost();
  await app.stack.startHost(settings);
  return until(async () => {
    const view = await archive();
    return view.auditedAt === before ? undefined : view;
  });
}

const make = (container: string, policy: object): Promise<unknown> =>
  app.stack.control.put(`/storage/containers/${container}`, policy);
const blobs = (container: string) =>
  BlobServiceClient.fromConnectionString(app.stack.endpoints.connections.account).getContainerClient(container);
const policyOf = async (container: string): Promise<unknown> =>
  ((await app.stack.control.get(`/storage/containers/${container}`)) as { policy: unknown }).policy;
const lay = (operation: string, fault: object): Promise<unknown> =>
  app.stack.control.post('/vault-service/control-plane/faults', { operation, next: 1, ...fault });

test('at its start the app looks at the containers, and has nothing to tell of sound ones', async () => {
  const view = await until(async () => {
    const seen = await archive();
    return seen.auditedAt === null ? undefined : seen;
  });
  expect(view).toMatchObject({
    resourceId: ARCHIVE_RESOURCE_ID,
    containers: [
      {
        ...{ tier: 'daily', container: 'strongroom-daily', requiredDays: 30 },
        found: { policy: { days: 30, locked: true, extensionsLeft: 5 }, storedDays: null, versioning: false },
      },
      { container: 'strongroom-monthly', requiredDays: 366, found: { policy: { days: 366, locked: true } } },
    ],
  });
  expect([told(view), await alerts()]).toEqual([[], []]);
});

test('an instance that starts soon after looks again only with other settings', async () => {
  const { auditedAt } = await archive();
  await app.stack.stopHost();
  await app.stack.startHost();
  // What the timer did at the start is in the log.
  await app.call('POST', '/alerts/test');
  expect((await archive()).auditedAt).toBe(auditedAt);
});

test('no policy, an unlocked, a short and a growing one: each is told by itself, and none stops a backup', async () => {
  await make('open', {});
  await make('loose', { retentionDays: 300, protectedAppend: true });
  const found = [
    'loose/lock_shorter_than_retention',
    'loose/policy_unlocked',
    'loose/protected_append_on',
    'open/policy_missing',
  ];
  const view = await restart({ DAILY_CONTAINER: 'open', MONTHLY_CONTAINER: 'loose' });
  expect([told(view).sort(), await alerts()]).toEqual([found, found]);
  expect(view.containers[1]?.found?.findings).toContainEqual({
    ...{ code: 'lock_shorter_than_retention', severity: 'error', required: 366, actual: 300, cause: null },
  });
  expect((await app.backUp(VAULT)).status).toBe('succeeded');
  const { exit, stdout } = await strongroom('archive', 'show');
  expect(exit).toBe(0);
  for (const subject of found) expect(stdout).toContain(subject.split('/')[1]);
  expect(stdout).toContain('error loose: lock_shorter_than_retention: 366 days wanted, 300 there');
});

test('a container is locked only by who types its name', async () => {
  const alone = await strongroom('lock', '--tier', 'daily');
  expect(alone.exit).toBe(2);
  expect(alone.stderr).toContain('CANNOT BE UNDONE');
  expect(alone.stderr).toContain(ARCHIVE_RESOURCE_ID);
  expect(alone.stderr).toContain('repeat the command with --confirm open');
  const wrong = await strongroom('lock', '--tier', 'daily', '--confirm', 'strongroom-daily');
  expect(wrong.exit).toBe(2);
  expect(wrong.stderr).toContain('not_confirmed');
  const questions: string[] = [];
  for (const reply of ['yes', undefined, '']) {
    const ask = (question: string): Promise<string | undefined> => {
      questions.push(question);
      return Promise.resolve(reply);
    };
    const asked = await runInProcess(['lock', '--tier', 'daily', '--json'], { workingDirectory: folder, ask });
    expect(asked.exit).toBe(2);
    expect(JSON.parse(asked.stdout)).toMatchObject({ error: { code: 'not_confirmed' } });
  }
  expect(questions).toEqual(Array(3).fill("Type the container's name to go on (open): "));
  expect(await policyOf('open')).toBeNull();
  const short = await strongroom('lock', '--tier', 'daily', '--days', '29', '--confirm', 'open');
  expect([short.exit, await policyOf('open')]).toEqual([2, null]);
});

test('lock sets the policy that is missing, and locks it; the account key cannot remove what is in it', async () => {
  const ask = (): Promise<string> => Promise.resolve(' open\n');
  const { exit, stdout } = await runInProcess(['lock', '--tier', 'daily'], { workingDirectory: folder, ask });
  expect(exit).toBe(0);
  expect(stdout).toContain('open is locked: locked, 30 days, may be extended 5 times.');
  expect(await policyOf('open')).toMatchObject({ retentionDays: 30, state: 'Locked', protectedAppend: false });
  const names: string[] = [];
  for await (const { name } of blobs('open').listBlobsFlat()) names.push(name);
  expect(names.length).toBeGreaterThan(3);
  for (const name of names)
    expect(await outcome(blobs('open').getBlobClient(name).delete())).toBe('409 BlobImmutableDueToPolicy');
  expect(await outcome(blobs('open').delete())).toBe('409 ContainerImmutabilityPolicyLocked');
  const again = await strongroom('lock', '--tier', 'daily', '--json');
  expect(again.exit).toBe(0);
  expect(JSON.parse(again.stdout)).toEqual({
    ...{ account: ARCHIVE_RESOURCE_ID, tier: 'daily', container: 'open', changed: false },
    policy: { days: 30, locked: true, protectedAppend: false, extensionsLeft: 5 },
  });
});

test('lock makes a policy long enough before it locks it, and keeps blobs from growing; the alerts are over', async () => {
  const { exit, stderr } = await strongroom('lock', '--tier', 'monthly', '--confirm', 'loose');
  expect(exit).toBe(0);
  expect(stderr).toContain('Before it is locked, the policy is set to 366 days');
  expect(await policyOf('loose')).toMatchObject({ retentionDays: 366, state: 'Locked', protectedAppend: false });
  expect((await alerts()).length).toBe(4);
  expect((await strongroom('archive', 'audit')).stdout).toContain('Nothing is wrong.');
  expect(await alerts()).toEqual([]);
  const { body } = await app.call<AuditList>('GET', '/audit?action=archive.audit');
  expect(body.entries.map(({ outcome: end, actor }) => [end, actor])).toContainEqual(['done', OPERATOR.oid]);
});

test('a locked policy is extended five times and not once more, and never shortened', async () => {
  const extend = (days: number): Promise<Ended> =>
    strongroom('lock', 'extend', '--tier', 'daily', '--days', String(days), '--confirm', 'open');
  const shorter = await extend(29);
  expect([shorter.exit, shorter.stderr]).toEqual([2, expect.stringContaining('cannot be shortened')]);
  expect((await strongroom('lock', 'extend', '--tier', 'daily', '--days', '31')).exit).toBe(2);
  expect((await extend(30)).stdout).toContain('has 30 days already');
  for (const days of [31, 32, 33, 34, 35]) {
    const { exit, stdout } = await extend(days);
    expect([exit, stdout]).toEqual([0, expect.stringContaining(`locked, ${days} days`)]);
  }
  const sixth = await extend(36);
  expect([sixth.exit, sixth.stderr]).toEqual([5, expect.stringContaining('extensions_used_up')]);
  expect(await policyOf('open')).toMatchObject({ retentionDays: 35, extensions: 5 });
  expect((await strongroom('lock', '--tier', 'daily')).stdout).toContain('may be extended never again');
});

test('what stands in the way is told by name', async () => {
  await make('free', { retentionDays: 10 });
  const onFree = ['--account-id', ARCHIVE_RESOURCE_ID, '--container', 'free', '--confirm', 'free'];
  const lock = (...more: string[]): Promise<Ended> => strongroom('lock', '--tier', 'daily', ...onFree, ...more);
  const early = await strongroom('lock', 'extend', '--tier', 'daily', '--days', '20', ...onFree);
  expect([early.exit, early.stderr]).toEqual([5, expect.stringContaining('policy_not_locked')]);

  await lay('immutabilityPolicies.lock', { kind: 'status', status: 412, code: 'ContainerImmutabilityPolicyFailure' });
  const raced = await lock();
  expect([raced.exit, raced.stderr]).toEqual([5, expect.stringContaining('policy_changed')]);
  await lay('immutabilityPolicies.put', { kind: 'status', status: 409, code: 'ContainerImmutabilityPolicyFailure' });
  expect((await lock('--days', '12')).stderr).toContain('policy_locked');
  await lay('immutabilityPolicies.lock', { kind: 'torn' });
  const torn = await lock();
  expect([torn.exit, torn.stderr]).toEqual([6, expect.stringContaining('azure_unreachable')]);
  const repeated = await lock();
  expect([repeated.exit, repeated.stdout]).toEqual([0, expect.stringContaining('locked already')]);

  const missing = await strongroom(
    'hold',
    'list',
    '--tier',
    'daily',
    '--account-id',
    ARCHIVE_RESOURCE_ID,
    '--container',
    'none',
  );
  expect([missing.exit, missing.stderr]).toEqual([5, expect.stringContaining('container_missing')]);
  await app.stack.control.put('/vault-service/control-plane/role-assignments', {
    ...{ principal: OPERATOR.oid, scope: `/subscriptions/${SUBSCRIPTION_ID}`, role: 'Reader' },
  });
  const elsewhere = ARCHIVE_RESOURCE_ID.replace(ACCOUNT, 'nosuchaccount');
  expect((await strongroom('hold', 'list', '--tier', 'daily', '--account-id', elsewhere)).stderr).toContain(
    'account_missing',
  );
  expect((await strongroom('hold', 'list', '--tier', 'daily', '--account-id', 'x')).exit).toBe(2);

  const { access_token: managementToken } = (await app.stack.control.post('/vault-service/token', {
    ...{ oid: '5e4d1b7a-0c52-4b6c-9a35-0f6d0c1e2aff', aud: 'https://management.azure.com' },
  })) as { access_token: string };
  writeStackFile({ managementToken });
  const nobody = await strongroom('lock', '--tier', 'daily');
  expect([nobody.exit, nobody.stderr]).toEqual([5, expect.stringContaining('azure_forbidden')]);
  expect(nobody.stderr).toContain('Microsoft.Storage/storageAccounts/blobServices/containers/read');
  writeStackFile({});
});

test('a retention lowered below what is stored is told until the promise is over, by the daily timer', async () => {
  await restart({ DAILY_RETENTION_DAYS: '35' });
  expect((await app.backUp(VAULT)).status).toBe('succeeded');
  const view = await restart({ DAILY_RETENTION_DAYS: '30' });
  expect(view.containers[0]?.found?.findings).toEqual([
    { code: 'retention_below_stored', severity: 'warning', required: 35, actual: 30, cause: null },
  ]);
  expect(await alerts()).toEqual(['open/retention_below_stored']);
  await app.stack.moveClock({ byMs: 36 * DAY });
  await until(async () => ((await alerts()).length === 0 ? true : undefined));
  await until(async () => (told(await archive()).length === 0 ? true : undefined));
});

test('versions of blobs are told, as long as the account keeps them', async () => {
  const endpoints = {
    ...{ subscriptionId: ARCHIVE_RESOURCE_ID.split('/')[2], resourceGroup: ARCHIVE_RESOURCE_ID.split('/')[4] },
    ...{ control: `${app.stack.endpoints.control}/storage`, blob: app.stack.endpoints.blob },
  };
  const keep = (versioning: boolean): Promise<unknown> =>
    app.stack.control.put(`/vault-service/control-plane/storage-accounts/${ACCOUNT}`, { ...endpoints, versioning });
  await keep(true);
  expect(await audit()).toEqual(['open/versioning_on', 'loose/versioning_on']);
  expect(await alerts()).toEqual(['loose/versioning_on', 'open/versioning_on']);
  await keep(false);
  expect([await audit(), await alerts()]).toEqual([[], []]);
});

test('what the app may not read is told with the reason; what the data plane knows is still judged', async () => {
  await app.stack.control.delete(`/vault-service/control-plane/role-assignments?principal=${APP_PRINCIPAL.oid}`);
  await audit();
  const { containers } = await archive();
  expect(
    containers.map(({ found }) => [found?.findings.map(({ code, cause }) => [code, cause]), found?.hasPolicy]),
  ).toEqual([
    [[['policy_unreadable', 'control_plane_forbidden']], true],
    [[['policy_unreadable', 'control_plane_forbidden']], true],
  ]);
  expect(await alerts()).toEqual(['loose/policy_unreadable', 'open/policy_unreadable']);
  await make('bare', {});
  const view = await restart({ DAILY_CONTAINER: 'bare', ARCHIVE_RESOURCE_ID: undefined });
  expect(view.resourceId).toBeNull();
  expect(view.containers[0]?.found?.findings.map(({ code, cause }) => [code, cause])).toEqual([
    ['policy_unreadable', 'archive_id_not_set'],
    ['policy_missing', null],
  ]);
  // That of the container which the settings no longer name is over.
  expect(await alerts()).toEqual(['bare/policy_missing', 'bare/policy_unreadable', 'loose/policy_unreadable']);
  const unknown = await strongroom('lock', '--tier', 'daily');
  expect([unknown.exit, unknown.stderr]).toEqual([2, expect.stringContaining('account_unknown')]);
});

test('a hold keeps what is past its time from being pruned, until it is removed', async () => {
  await restart({ DAILY_CONTAINER: 'open', ARCHIVE_RESOURCE_ID });
  const prune = async () => {
    const { body } = await app.call<StartedPrune>('POST', '/prune', { body: {} });
    return (await app.waitFor(body.runId)).prune?.counts;
  };
  expect((await app.backUp(VAULT)).status).toBe('succeeded');
  await app.stack.moveClock({ byMs: 36 * DAY });
  expect((await app.backUp(VAULT)).status).toBe('succeeded');
  const held = await strongroom('hold', 'add', '--tier', 'daily', '--tag', 'Case42');
  expect([held.exit, held.stdout]).toEqual([
    0,
    expect.stringContaining('pruning counts what is past its time as retained'),
  ]);
  expect((await strongroom('hold', 'add', '--tier', 'daily', '--tag', 'case42')).stdout).toContain('is there already');
  expect((await strongroom('hold', 'add', '--tier', 'daily', '--tag', 'no')).exit).toBe(2);
  const { stdout } = await strongroom('hold', 'list', '--tier', 'daily', '--json');
  expect(JSON.parse(stdout)).toMatchObject({ container: 'open', holds: [{ tag: 'case42', by: OPERATOR.oid }] });
  const withHold = await prune();
  expect([withHold?.dropped, withHold?.retained]).toEqual([0, expect.any(Number)]);
  expect(withHold?.retained).toBeGreaterThan(0);
  await app.call('POST', '/archive/audit');
  expect((await archive()).containers[0]?.found).toMatchObject({ hasLegalHold: true });
  const removed = await strongroom('hold', 'remove', '--tier', 'daily', '--tag', 'case42', '--json');
  expect(JSON.parse(removed.stdout)).toMatchObject({ holds: [], changed: true });
  expect((await strongroom('hold', 'remove', '--tier', 'daily', '--tag', 'case42')).stdout).toContain(
    'has no legal hold',
  );
  const without = await prune();
  expect([without?.dropped, without?.retained]).toEqual([withHold?.retained, 0]);
});
