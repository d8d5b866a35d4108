import { randomInt } from 'node:crypto';
import fc from 'fast-check';
import { type AuditView } from '../../src/contracts/audit';
import {
  type RunList,
  type RunView,
  type SnapshotList,
  type SnapshotView,
  type StartedBackup,
} from '../../src/contracts/api';
import { type Role, roles } from '../../src/contracts/callers';
import { contractOf, type RouteName, routes } from '../../src/contracts/routes';
import { SUBSCRIPTION_ID } from '../../local/stack/estate';
import { AppOnStack } from '../e2e/app-on-stack';
import { ArchiveJudge, offlinePair } from '../e2e/archive-judge';
import { type Known } from './fuzz/from-schema';
import { judgeAnswer } from './fuzz/judge-answer';
import { callPlainly } from './fuzz/plain-call';
import { casesOf, type RouteCase } from './fuzz/route-cases';

// Every route of the table gets requests made from its own schemas: as they should be, nearly so, and not at all so. Whatever is sent, the app answers
// as it promises, and all that was there before is there afterwards.

const SEED = Number(process.env['FUZZ_SEED'] ?? randomInt(2 ** 31 - 1));
const CASES_PER_ROUTE = 200;
const VAULTS = ['contoso-prod', 'contoso-web'];
const RESOURCES = `/subscriptions/${SUBSCRIPTION_ID}/resourceGroups/strongroom/providers`;
const names = Object.keys(routes) as RouteName[];

let app: AppOnStack;
let judge: ArchiveJudge;
let known: Known;
let before: SnapshotView[];
let hostPid: number | undefined;
const tokens = new Map<Role, string>();
let latestTag = '"none"';
/** What the app said it did: correlation ids of changes that it took. */
const promised = { changes: new Set<string>(), runs: new Set<string>() };

beforeAll(async () => {
  app = await AppOnStack.start(
    Object.fromEntries(VAULTS.map((name, index) => [name, { generate: { secrets: 3, keys: 1, seed: index } }])),
    { modes: { timers: false } },
  );
  judge = await ArchiveJudge.join(app.stack, await offlinePair());
  for (const role of roles) tokens.set(role, await app.tokenFor({ roles: [role] }));
  for (const vault of VAULTS) await app.backUp(vault);
  before = (await app.call<SnapshotList>('GET', '/snapshots?limit=200')).body.snapshots;
  known = await whatIsKnown();
  hostPid = app.stack.pids.host;
});
afterAll(() => app.stop());

/** What the app has, so that requests can be about something. */
async function whatIsKnown(): Promise<Known> {
  const { runs, continuation } = (await app.call<RunList>('GET', '/runs?limit=2')).body;
  const { body: objects } = await app.call<{ continuation: string }>('GET', `/runs/${before[0]!.id}/objects?limit=1`);
  const { body: alert } = await app.call<{ id: string }>('POST', '/alerts/test');
  const urls = VAULTS.map((name) => `https://${name}.vault.azure.net`);
  const foreign = ['{}', '[]', 'null', '{"scope":"runs","after":"../"}', '{"scope":{},"after":[]}'];
  return {
    id: [...runs.map(({ id }) => id), ...before.map(({ id }) => id), alert.id],
    vault: [...VAULTS, 'contoso-new', 'fabrikam'],
    vaults: [...VAULTS, ...urls],
    url: urls,
    thumbprint: before[0]!.recipients.map(({ thumbprint }) => thumbprint),
    keyId: [before[0]!.signingKey.kid],
    continuation: [
      continuation!,
      objects.continuation,
      ...foreign.map((text) => Buffer.from(text).toString('base64url')),
    ],
    daily: ['0 0 4 * * *', '0 30 */6 * * *'],
    monthly: ['0 0 4 2 * *'],
    geography: ['Europe'],
    resourceId: VAULTS.map((name) => `${RESOURCES}/Microsoft.KeyVault/vaults/${name}`),
  };
}

async function send(one: RouteCase): Promise<number> {
  const headers = { ...one.headers, authorization: `Bearer ${tokens.get(one.role) ?? ''}` };
  for (const [name, value] of Object.entries(headers))
    if (value === 'LATEST') Object.assign(headers, { [name]: latestTag });
  const answer = await callPlainly(app.stack.endpoints.api, { ...one, headers });
  latestTag = answer.headers['etag'] ?? latestTag;
  if (one.method !== 'HEAD') judgeAnswer(one, answer);
  if (answer.status < 300 && !['GET', 'HEAD'].includes(one.method) && answer.headers['x-correlation-id']) {
    promised.changes.add(answer.headers['x-correlation-id']);
    if (one.route === 'startBackup') promised.runs.add((JSON.parse(answer.body) as StartedBackup).runId);
  }
  return answer.status;
}

test.each(names)(`%s answers whatever is sent as it promises (FUZZ_SEED=${SEED} repeats it)`, async (name) => {
  const met = { taken: 0, refused: 0 };
  const property = fc.asyncProperty(casesOf(name, known), async (one) => {
    const status = await send(one);
    if (one.isRouted && one.fits === true && ![401, 403].includes(status)) met.taken += 1;
    if (one.isRouted && one.fits === false) met.refused += 1;
  });
  await fc.assert(property, { seed: SEED, numRuns: CASES_PER_ROUTE });
  // A route of which no request fits its own contract has not been fuzzed, nor one that nothing was refused by.
  expect(met.taken).toBeGreaterThan(0);
  if (contractOf(name).method !== 'GET' || contractOf(name).query !== undefined) expect(met.refused).toBeGreaterThan(0);
});

async function allOf<T>(path: string, member: string): Promise<T[]> {
  const found: T[] = [];
  let continuation: string | null = null;
  do {
    const next: string = continuation === null ? '' : `&continuation=${encodeURIComponent(continuation)}`;
    const { body } = await app.call<Record<string, unknown>>('GET', `${path}?limit=200${next}`);
    found.push(...(body[member] as T[]));
    continuation = body['continuation'] as string | null;
  } while (continuation !== null);
  return found;
}

test('all that was promised came about: every run ended, every change is in the audit trail', async () => {
  expect(promised.changes.size).toBeGreaterThan(20);
  for (const id of promised.runs) await app.waitFor(id);
  const runs = await allOf<RunView>('/runs', 'runs');
  expect(runs.filter(({ endedAt }) => endedAt === null).map(({ id, status }) => ({ id, status }))).toEqual([]);
  expect([...promised.runs].filter((id) => !runs.some((run) => run.id === id))).toEqual([]);
  const audited = new Set((await allOf<AuditView>('/audit', 'entries')).map((entry) => entry.correlationId));
  expect([...promised.changes].filter((id) => !audited.has(id))).toEqual([]);
});

test('nothing is lost: the same host, the same snapshots, a whole chain, and a backup that is good', async () => {
  expect(app.stack.pids.host).toBe(hostPid);
  // Whether it was set aside meanwhile, and so is not good, is no part of what was stored.
  for (const { excluded: _, good: _good, ...stored } of before)
    expect(await app.snapshot(stored.id)).toMatchObject(stored);
  await forgetPlans();
  for (const vault of VAULTS) {
    const run = await app.backUp(vault);
    expect(run).toMatchObject({ status: 'succeeded', counts: { objects: 4, stored: 4 } });
    const [newest] = await judge.snapshots(vault);
    expect(newest?.id).toBe(run.snapshot);
    await judge.openAll(newest!);
  }
});

/** Takes back the plans that the fuzz made, which may say that nothing is to be backed up. */
async function forgetPlans(): Promise<void> {
  if (!('deletePlan' in routes)) return;
  for (const vault of VAULTS) {
    const { status, headers } = await app.call('GET', `/plans/${vault}`);
    const etag = headers.get('etag');
    if (status === 200 && etag !== null) await app.call('DELETE', `/plans/${vault}`, { headers: { 'if-match': etag } });
  }
}
