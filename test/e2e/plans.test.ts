import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type Problem,
  type RunList,
  type RunView,
  type SnapshotList,
  type StartedBackup,
} from '../../src/contracts/api';
import { type AuditList } from '../../src/contracts/audit';
import { type DeletedPlan, type PlanList, type PlanView } from '../../src/contracts/plans';
import { GEOGRAPHY, SUBSCRIPTION_ID } from '../../local/stack/estate';
import { runInProcess } from '../unit/cli/in-process';
import { type Answer, AppOnStack } from './app-on-stack';
import { ArchiveJudge, offlinePair } from './archive-judge';

// The compiled app: what a plan, or its want, does to backups.

const NAMED = 'contoso-prod';
const UNNAMED = 'contoso-new';
const identityOf = (vault: string) => ({
  url: `https://${vault}.vault.azure.net`,
  subscriptionId: SUBSCRIPTION_ID,
  geography: GEOGRAPHY,
});

let app: AppOnStack;
let judge: ArchiveJudge;

const secret = (name: string) => ({ name, versions: [{ value: `the value of ${name}` }] });

beforeAll(async () => {
  const seed = {
    secrets: ['db-one', 'db-two', 'tmp-one', 'TMP-two'].map(secret),
    keys: [{ name: 'signing', versions: [{ kty: 'EC', crv: 'P-256' }] }],
  };
  app = await AppOnStack.start(
    { [NAMED]: seed, [UNNAMED]: seed },
    { settings: { PROTECTED_VAULTS: JSON.stringify([identityOf(NAMED)]) } },
  );
  judge = await ArchiveJudge.join(app.stack, await offlinePair());
});
afterAll(() => app.stop());

async function put(
  vault: string,
  changes: object = {},
  headers: Record<string, string> = {},
): Promise<Answer<PlanView & Problem>> {
  return app.call('PUT', `/plans/${vault}`, { body: { ...identityOf(vault), ...changes }, headers });
}

/** Makes or changes the plan, whatever it was. */
async function plan(vault: string, changes: object = {}): Promise<PlanView> {
  const { body } = await app.call<PlanView & Problem>('GET', `/plans/${vault}`);
  const etag = body.etag as string | null | undefined;
  const answer = await put(vault, changes, etag == null ? {} : { 'if-match': etag });
  expect(answer.status).toBeLessThan(300);
  return answer.body;
}

async function forget(vault: string): Promise<void> {
  const { body } = await app.call<PlanView>('GET', `/plans/${vault}`);
  await app.call('DELETE', `/plans/${vault}`, { headers: { 'if-match': body.etag ?? '' } });
}

async function backUp(request: object): Promise<RunView> {
  const { status, body } = await app.call<StartedBackup>('POST', '/backups', { body: request });
  expect(status).toBe(202);
  await app.waitFor(body.runId);
  return app.run(body.runs[0]?.runId ?? '');
}

const outcomes = async (run: RunView): Promise<string[]> =>
  (await app.objects(run.id)).map(({ kind, name, outcome }) => `${kind} ${name} ${outcome ?? '-'}`);

test('a vault of the settings is listed, and one without plan and setting is unknown', async () => {
  const { body } = await app.call<PlanList>('GET', '/plans');
  expect(body.plans).toMatchObject([
    { vault: NAMED, source: 'settings', etag: null, plan: { enabled: true, exclude: [] } },
  ]);
  expect((await app.call<Problem>('GET', `/plans/${UNNAMED}`)).body.code).toBe('plan_not_found');
  expect((await app.call<Problem>('POST', '/backups', { body: { vaults: [UNNAMED] } })).body.code).toBe(
    'unknown_vault',
  );
});

test('a plan is changed only in the state that the caller knows, and every change is audited', async () => {
  const made = await put(NAMED, { exclude: ['x*'] }, { 'x-reason': encodeURIComponent('für die Prüfung') });
  expect(made.status).toBe(201);
  const etag = made.headers.get('etag') ?? '';
  expect(made.body).toMatchObject({ vault: NAMED, source: 'plan', etag });
  expect((await app.call<PlanView>('GET', `/plans/${NAMED}`)).headers.get('etag')).toBe(etag);

  expect(await put(NAMED)).toMatchObject({ status: 428, body: { code: 'precondition_required' } });
  expect(await put(NAMED, {}, { 'if-none-match': '*' })).toMatchObject({ status: 412 });
  expect(await put(NAMED, {}, { 'if-match': '"another"' })).toMatchObject({
    status: 412,
    body: { code: 'precondition_failed' },
  });
  expect(await put(NAMED, {}, { 'if-match': `W/${etag}` })).toMatchObject({ status: 412 });
  expect(await put(UNNAMED, {}, { 'if-match': '*' })).toMatchObject({ status: 412 });
  expect(await put(NAMED, { exclude: ['x*'] }, { 'if-match': etag })).toMatchObject({ status: 200, body: { etag } });
  expect(await put(NAMED, { ...identityOf(UNNAMED) }, { 'if-match': etag })).toMatchObject({ status: 400 });
  expect(await put(NAMED, { secret: 'x' }, { 'if-match': etag })).toMatchObject({ status: 400 });
  expect(await put(NAMED, {}, { 'if-match': etag, 'x-reason': '%' })).toMatchObject({ status: 400 });

  const changed = await put(NAMED, { tiers: ['daily'] }, { 'if-match': etag });
  expect(changed.status).toBe(200);
  expect(changed.body.etag).not.toBe(etag);
  expect((await app.call('DELETE', `/plans/${NAMED}`)).status).toBe(428);
  const deleted = await app.call<DeletedPlan>('DELETE', `/plans/${NAMED}`, {
    headers: { 'if-match': changed.body.etag ?? '' },
  });
  expect(deleted).toMatchObject({ status: 200, body: { vault: NAMED, stillProtected: true } });
  expect((await app.call('DELETE', `/plans/${NAMED}`, { headers: { 'if-match': '*' } })).status).toBe(404);

  const { entries } = (await app.call<AuditList>('GET', `/audit?subject=${NAMED}&limit=200`)).body;
  const done = entries.filter(({ action, outcome }) => action.startsWith('plan.') && outcome === 'done').reverse();
  expect(done.filter(({ details }) => details['changed'] !== '')).toMatchObject([
    { action: 'plan.put', reason: 'für die Prüfung', details: { created: true } },
    { action: 'plan.put', reason: null, details: { created: false, changed: 'exclude,tiers' } },
    { action: 'plan.delete', details: { stillProtected: true } },
  ]);
  expect(entries).toContainEqual(expect.objectContaining({ outcome: 'refused', code: 'precondition_failed' }));
});

test('of two that change a plan at once, one is refused', async () => {
  const { etag } = await plan(NAMED);
  const headers = { 'if-match': etag ?? '' };
  const answers = await Promise.all(['a', 'b', 'c', 'd'].map((name) => put(NAMED, { exclude: [name] }, headers)));
  expect(answers.map(({ status }) => status).sort()).toEqual([200, 412, 412, 412]);
  await forget(NAMED);
});

test('who is no admin reads plans and changes none', async () => {
  const operator = await app.as('Strongroom.Operator', 'Strongroom.Reader');
  expect((await operator.call('GET', '/plans')).status).toBe(200);
  expect((await operator.call('PUT', `/plans/${NAMED}`, { body: identityOf(NAMED) })).status).toBe(403);
  expect((await operator.call('DELETE', `/plans/${NAMED}`, { headers: { 'if-match': '*' } })).status).toBe(403);
});

test('what a plan excludes is recorded and not taken, and takes nothing from the snapshot being complete', async () => {
  await plan(NAMED, { kinds: ['secret'], exclude: ['tmp-*'] });
  const run = await backUp({ vaults: [NAMED] });
  expect(run).toMatchObject({ status: 'succeeded', counts: { objects: 4, stored: 2, excluded: 2, failed: 0 } });
  expect(await outcomes(run)).toEqual([
    'secret db-one stored',
    'secret db-two stored',
    'secret tmp-one excluded',
    'secret TMP-two excluded',
  ]);
  expect(await app.snapshot(run.id)).toMatchObject({ good: true, scope: { kinds: ['secret'], selected: false } });

  const [newest] = await judge.snapshots(NAMED);
  if (newest === undefined) throw new Error('There is no snapshot.');
  expect(newest.manifest).toMatchObject({ counts: { excluded: 2 }, scope: { kinds: ['secret'], selected: false } });
  const index = await judge.openAll(newest);
  expect(index.filter(({ outcome }) => outcome === 'excluded').map(({ name }) => name)).toEqual(['tmp-one', 'TMP-two']);
});

test('a snapshot of chosen objects goes on with the chain, and is never the newest good one', async () => {
  const before = await backUp({ vaults: [NAMED] });
  const chosen = await backUp({ vaults: [NAMED], select: ['DB-o*', 'tmp-one'] });
  expect(chosen).toMatchObject({ status: 'succeeded', counts: { objects: 2, stored: 1, excluded: 1 } });
  expect(await outcomes(chosen)).toEqual(['secret db-one stored', 'secret tmp-one excluded']);
  const [whole, part] = [await app.snapshot(before.id), await app.snapshot(chosen.id)];
  expect(part).toMatchObject({
    outcome: 'complete',
    good: false,
    scope: { selected: true },
    sequence: whole.sequence + 1,
  });
  const good = await app.call<SnapshotList>('GET', `/snapshots?vault=${NAMED}&tier=daily&good=true&limit=1`);
  expect(good.body.snapshots.map(({ id }) => id)).toEqual([before.id]);
  expect((await judge.snapshots(NAMED))[0]?.manifest.scope.selected).toBe(true);

  expect(await backUp({ vaults: [NAMED], select: ['nothing-*'] })).toMatchObject({
    status: 'failed',
    code: 'nothing_selected',
    snapshot: null,
  });
  expect(await backUp({ vaults: [NAMED], select: ['tmp-*'] })).toMatchObject({
    status: 'failed',
    code: 'nothing_selected',
  });
  expect((await app.call<Problem>('POST', '/backups', { body: { select: ['db-*'] } })).body.code).toBe(
    'invalid_request',
  );
  await forget(NAMED);
});

test('a disabled plan and a tier that is not planned are refused by name, and left out of a backup of all', async () => {
  await plan(NAMED, { enabled: false });
  await plan(UNNAMED, { tiers: ['daily'] });
  const ask = (body: object) => app.call<Problem>('POST', '/backups', { body });
  expect(await ask({ vaults: [NAMED] })).toMatchObject({ status: 409, body: { code: 'plan_disabled' } });
  expect(await ask({ vaults: [UNNAMED], tier: 'monthly' })).toMatchObject({
    status: 409,
    body: { code: 'tier_not_planned' },
  });
  expect(await ask({ tier: 'monthly' })).toMatchObject({ status: 409, body: { code: 'plan_disabled' } });
  const all = await app.start();
  expect(all.runs.map(({ vault }) => vault)).toEqual([UNNAMED]);
  expect(await app.waitFor(all.runId)).toMatchObject({ status: 'succeeded', counts: { objects: 5, stored: 5 } });
  const { body } = await app.call<PlanList>('GET', '/plans');
  expect(body.plans.map(({ vault, plan: { enabled } }) => [vault, enabled])).toEqual([
    [UNNAMED, true],
    [NAMED, false],
  ]);
  await forget(NAMED);
  await forget(UNNAMED);
});

async function scheduled(vault: string): Promise<RunView[]> {
  const { body } = await app.call<RunList>('GET', `/runs?vault=${vault}&tier=daily&limit=100`);
  return body.runs.filter(({ trigger }) => trigger === 'schedule');
}

async function untilServed(vault: string, occurrence: string): Promise<RunView[]> {
  for (;;) {
    const found = await scheduled(vault).catch(() => []);
    if (found.some(({ scheduledFor, endedAt }) => scheduledFor === occurrence && endedAt !== null)) return found;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

test("a vault's own schedule takes the place of the settings', and what was missed is made up for once", async () => {
  const now = app.stack.now();
  const day = (days: number, hours: number, minutes: number): Date =>
    new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate() + days, hours, minutes, 1));
  const occurrence = (days: number, hours: number, minutes = 0): string =>
    new Date(day(days, hours, minutes).getTime() - 1_000).toISOString();
  await plan(UNNAMED, { tiers: ['daily'], schedules: { daily: '0 30 5 * * *' } });

  // Both schedules come round; each vault is served by its own, and the plan's occurrence of before it was made is nobody's wish.
  await app.stack.moveClock({ to: day(1, 2, 0) });
  await untilServed(NAMED, occurrence(1, 2));
  await app.stack.moveClock({ to: day(1, 5, 35) });
  const first = await untilServed(UNNAMED, occurrence(1, 5, 30));
  expect(first.map(({ scheduledFor }) => scheduledFor)).toEqual([occurrence(1, 5, 30)]);
  expect((await app.snapshot(first[0]?.id ?? '')).nextDue).toBe(occurrence(2, 5, 30));

  // The app is down for three days.
  await app.stack.stopHost();
  await app.stack.moveClock({ to: day(4, 12, 1) });
  await app.stack.startHost();
  await app.stack.moveClock({ to: day(4, 12, 5) });
  const late = await untilServed(UNNAMED, occurrence(4, 5, 30));
  await app.stack.moveClock({ to: day(4, 12, 10) });
  await app.stack.moveClock({ to: day(5, 2, 0) });
  await untilServed(NAMED, occurrence(5, 2));
  expect(late.map(({ scheduledFor }) => scheduledFor)).toEqual([occurrence(4, 5, 30), occurrence(1, 5, 30)]);
  expect((await scheduled(UNNAMED)).map(({ id }) => id)).toEqual(late.map(({ id }) => id));
  await forget(UNNAMED);
});

describe('the command line', () => {
  const folder = mkdtempSync(join(tmpdir(), 'strongroom-plans-'));
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });
  const strongroom = async (...argv: string[]) =>
    runInProcess([...argv, '--api', app.stack.endpoints.api], {
      environment: { STRONGROOM_TOKEN: await app.tokenFor() },
      workingDirectory: folder,
    });
  const write = (text: string): void => {
    writeFileSync(join(folder, 'estate.yaml'), text);
  };
  const yaml = (vault: string, more = ''): string => {
    const { url, subscriptionId, geography } = identityOf(vault);
    return `  - url: ${url}\n    subscriptionId: ${subscriptionId}\n    geography: ${geography}\n${more}`;
  };

  test('applies a file until there is no difference, and deletes only when told to', async () => {
    write(`apiVersion: strongroom/v1\nvaults:\n${yaml(NAMED, '    exclude: [tmp-*]\n')}${yaml(UNNAMED)}`);
    expect(await strongroom('diff', '-f', 'estate.yaml')).toMatchObject({
      exit: 7,
      stdout: `+ ${NAMED}: new plan\n+ ${UNNAMED}: new plan\n`,
    });
    expect((await strongroom('apply', '-f', 'estate.yaml', '--dry-run')).stdout).toContain('2 changes would be made.');
    expect((await app.call<PlanList>('GET', '/plans')).body.plans).toHaveLength(1);
    expect(await strongroom('apply', '-f', 'estate.yaml', '--reason', 'first')).toMatchObject({ exit: 0 });
    expect(await strongroom('diff', '-f', 'estate.yaml')).toMatchObject({ exit: 0, stdout: 'No difference.\n' });

    write(`apiVersion: strongroom/v1\nvaults:\n${yaml(NAMED, '    enabled: false\n')}`);
    expect((await strongroom('diff', '-f', 'estate.yaml')).stdout).toBe(
      `~ ${NAMED}: enabled, exclude\n- ${UNNAMED}: not in the file\n`,
    );
    expect((await strongroom('apply', '-f', 'estate.yaml')).stdout).toContain(
      `${UNNAMED}: has a plan and is not in the file`,
    );
    expect((await strongroom('plans', 'list')).stdout).toContain(UNNAMED);
    expect((await strongroom('apply', '-f', 'estate.yaml', '--prune')).stdout).toBe(
      `- ${UNNAMED}: not in the file\n1 change made.\n`,
    );
    const { plans } = (await app.call<PlanList>('GET', '/plans')).body;
    expect(plans).toMatchObject([{ vault: NAMED, plan: { enabled: false, exclude: [] } }]);
  });

  test('what it shows of a plan, it takes again', async () => {
    const { stdout } = await strongroom('plans', 'show', NAMED);
    writeFileSync(join(folder, 'plan.yaml'), stdout.replace('enabled: false', 'enabled: true'));
    expect((await strongroom('plans', 'set', '-f', 'plan.yaml')).stdout).toBe(`Changed the plan of ${NAMED}.\n`);
    expect((await strongroom('plans', 'set', '-f', 'plan.yaml')).stdout).toBe(`The plan of ${NAMED} is so already.\n`);
    const run = await strongroom('backup', 'now', '--vault', NAMED, '--name', 'db-*', '--watch', '--json');
    expect(run.exit).toBe(0);
    expect(await strongroom('plans', 'delete', NAMED)).toMatchObject({ exit: 0 });
    expect(await strongroom('plans', 'delete', NAMED)).toMatchObject({ exit: 5 });
  });

  test('tells what is wrong in a file by line and column, and changes nothing', async () => {
    write(
      `apiVersion: strongroom/v1\nvaults:\n${yaml(UNNAMED, '    kinds: [secret, secrets]\n    pasword: hunter2\n')}`,
    );
    const { exit, stderr } = await strongroom('apply', '-f', 'estate.yaml');
    expect(exit).toBe(2);
    expect(stderr).toContain('estate.yaml:6:21');
    expect(stderr).toContain('estate.yaml:7:5');
    expect(stderr).not.toContain('hunter2');
    write('apiVersion: strongroom/v1\nvaults: [\n');
    expect((await strongroom('diff', '-f', 'estate.yaml')).stderr).toContain('invalid_file');
    expect((await strongroom('diff', '-f', 'none.yaml')).stderr).toContain('file_unreadable');
    expect((await app.call('GET', `/plans/${UNNAMED}`)).status).toBe(404);
  });
});
