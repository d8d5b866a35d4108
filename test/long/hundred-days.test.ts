import { randomInt } from 'node:crypto';
import { TableClient } from '@azure/data-tables';
import { type AlertView } from '../../src/contracts/alerts';
import { type RunList, type RunView } from '../../src/contracts/api';
import { type Tier } from '../../src/contracts/objects';
import { APP_PRINCIPAL, GEOGRAPHY, SOURCE_ACTIONS, SUBSCRIPTION_ID } from '../../local/stack/estate';
import { type KillPoint } from '../../local/stack/host-killer';
import { AppOnStack } from '../e2e/app-on-stack';
import { ArchiveJudge, asPerson, offlinePair } from '../e2e/archive-judge';
import { DAILY_DAYS, DAY, ExpectedArchive, lineOf, MONTHLY_MONTHS } from './hundred-days/calendar';
import { closeVault, disturb, type FaultKind, planFaults } from './hundred-days/faults';
import { type Due, Life } from './hundred-days/life';
import { SeededRandom } from './hundred-days/random';
import { type Content, VaultLife } from './hundred-days/vault-life';

// A hundred days of the whole app: vaults that change, backups and prunes by their own timers, and now and then a day on which something goes wrong.
// What has to be in the archive is computed beside it, from the schedules and the faults alone.

const SEED = Number(process.env['DAYS_SEED'] ?? randomInt(1_000_000));
const DAYS = 100;
const HOUR = DAY / 24;
/** With a plan: portable payloads, and names that are left out. */
const PLANNED = 'contoso-prod';
/** With certificates. */
const CERTIFIED = 'contoso-web';
/** With a schedule of its own for the daily tier, after the prune. */
const LATE = 'contoso-late';
const VAULTS = [PLANNED, CERTIFIED, LATE];
const TIERS: Tier[] = ['daily', 'monthly'];
const MONTHLY_CONTAINER = 'strongroom-two-months';

const random = new SeededRandom(SEED);
const faults = planFaults(DAYS, random);
const expected = new ExpectedArchive();
/** What was in a vault when it was backed up, by vault and occurrence. */
const contents = new Map<string, Content>();
const failures = { failed: 0, partial: 0 };

let app: AppOnStack;
let judge: ArchiveJudge;
let life: Life;
let vaults: VaultLife[];
let firstDay: number;

beforeAll(async () => {
  const certificates = ['site', 'mail'].map((name) => ({ name, versions: [{ kty: 'EC', crv: 'P-256' }] }));
  app = await AppOnStack.start({
    [PLANNED]: {},
    [CERTIFIED]: { certificates },
    [LATE]: { generate: { keys: 1, seed: 3 } },
  });
  // The stack's own container of this tier is locked for a year.
  await app.stack.control.put(`/storage/containers/${MONTHLY_CONTAINER}`, { retentionDays: 59, locked: true });
  await app.stack.stopHost();
  await app.stack.startHost({
    MONTHLY_CONTAINER,
    DAILY_RETENTION_DAYS: String(DAILY_DAYS),
    MONTHLY_RETENTION_MONTHS: String(MONTHLY_MONTHS),
  });
  judge = await ArchiveJudge.join(app.stack, await offlinePair());
  life = new Life(app);
  vaults = VAULTS.map((vault) => new VaultLife(app.stack, vault, random));
  for (const vault of vaults) await vault.begin();
  await app.stack.control.put('/vault-service/roles', {
    principal: APP_PRINCIPAL.oid,
    vault: PLANNED,
    actions: [...SOURCE_ACTIONS, 'secrets/getSecret/action'],
  });
  await plan(PLANNED, { payloads: { secret: ['native', 'portable'] }, exclude: ['temp-*'] });
  await plan(LATE, { schedules: { daily: '0 0 4 * * *' } });
  firstDay = Math.ceil(app.stack.now().getTime() / DAY) * DAY;
});
afterAll(() => app.stop());

async function plan(vault: string, members: object): Promise<void> {
  const url = `https://${vault}.vault.azure.net`;
  const body = { url, subscriptionId: SUBSCRIPTION_ID, geography: GEOGRAPHY, ...members };
  const { status } = await app.call('PUT', `/plans/${vault}`, { body, headers: { 'if-none-match': '*' } });
  expect(status).toBe(201);
}

const iso = (time: number): string => new Date(time).toISOString();
const isFirst = (day: number): boolean => new Date(day).getUTCDate() === 1;
const keyOf = (vault: string, occurrence: string): string => `${vault} ${occurrence}`;

/** What becomes of a backup on a day with that fault. */
function statusOf(fault: FaultKind | undefined, vault: string): RunView['status'] {
  if (fault === 'vault_closed' && vault === CERTIFIED) return 'failed';
  if (fault === 'object_refused' && vault === LATE) return 'partial';
  return 'succeeded';
}

/** The app has served these by itself, with the right outcome; the model gets to know what has to be in the archive. */
async function expectServed(dues: readonly Due[], fault?: FaultKind): Promise<void> {
  const runs = await life.served(dues);
  const told = runs.map(({ vault, tier, scheduledFor, status, code }) => ({ vault, tier, scheduledFor, status, code }));
  expect(told).toEqual(
    dues.map(({ vault, tier, occurrence }) => {
      const status = statusOf(fault, vault);
      return { vault, tier, scheduledFor: occurrence, status, code: status === 'failed' ? 'vault_forbidden' : null };
    }),
  );
  for (const due of dues) {
    const status = statusOf(fault, due.vault);
    contents.set(keyOf(due.vault, due.occurrence), vaults.find(({ vault }) => vault === due.vault)!.content());
    if (status === 'failed') failures.failed += 1;
    if (status === 'partial') failures.partial += 1;
    const outcome = status === 'partial' ? 'partial' : 'complete';
    if (status !== 'failed') expected.take({ ...due, outcome, takenAt: app.stack.now().getTime() });
  }
}

async function expectPruned(occurrence: number): Promise<void> {
  const { status, prune } = await life.pruned(iso(occurrence));
  expected.prune(app.stack.now().getTime());
  const clean = { failed: 0, damaged: 0, unattributed: 0, retained: 0 };
  expect({ occurrence: iso(occurrence), status, prune }).toMatchObject({
    status: 'succeeded',
    prune: { counts: clean },
  });
}

/** Sets up what is wrong that day; the answer takes it away again. */
async function begin(fault: FaultKind | undefined): Promise<() => Promise<void>> {
  const { stack } = app;
  if (fault === 'vault_closed') return closeVault(stack, CERTIFIED);
  if (fault === 'throttled') return disturb(stack, { kind: 'throttle', share: 0.3, seed: SEED });
  if (fault !== 'object_refused') return () => Promise.resolve();
  const object = Object.keys(vaults.find(({ vault }) => vault === LATE)!.content())[0];
  return disturb(stack, {
    kind: 'status',
    status: 403,
    code: 'Forbidden',
    vault: LATE,
    operation: 'secrets.backup',
    object,
  });
}

/** The daily backups of two vaults before the prune, on the first of a month the monthly ones of all, and the daily one of the third after it. */
async function liveThroughDay(day: number, fault: FaultKind | undefined): Promise<void> {
  const { stack } = app;
  const moveTo = (time: number): Promise<void> => stack.moveClock({ to: new Date(time + 1_000) });
  const end = await begin(fault);
  const two = day + 2 * HOUR;
  const backup = (): Promise<void> => moveTo(two);
  if (fault === 'killed') await life.killedAt(backupPoint(), backup);
  else await backup();
  const dailies = [PLANNED, CERTIFIED].map((vault): Due => ({ vault, tier: 'daily', occurrence: iso(two) }));
  const monthlies = isFirst(day) ? VAULTS.map((vault): Due => ({ vault, tier: 'monthly', occurrence: iso(two) })) : [];
  await expectServed([...dailies, ...monthlies], fault);

  const prune = (): Promise<void> => moveTo(day + 3.5 * HOUR);
  const isKilled = fault === 'prune_killed' && expected.wouldDrop(day + 3.5 * HOUR) > 0;
  if (isKilled) await life.killedAt(prunePoint(), prune);
  else await prune();
  await expectPruned(day + 3.5 * HOUR);

  await moveTo(day + 4 * HOUR);
  await expectServed([{ vault: LATE, tier: 'daily', occurrence: iso(day + 4 * HOUR) }], fault);
  await end();
}

const backupPoint = (): KillPoint => ({
  ...{ at: 'vault-service', vault: PLANNED, operation: 'secrets.backup', nth: 1 + random.below(3) },
  phase: random.pick(['before', 'after'] as const),
});
const prunePoint = (): KillPoint => ({
  ...{ at: 'storage', service: 'blob', operation: 'DeleteBlob', nth: 1 + random.below(3) },
  phase: random.pick(['before', 'after'] as const),
});

/** The app is down for some nights; of what it has missed, the newest occurrence of each schedule is made good when it is back. */
async function sleepThrough(day: number, nights: number): Promise<void> {
  const last = day + (nights - 1) * DAY;
  const days = Array.from({ length: nights }, (_, index) => day + index * DAY);
  await app.stack.stopHost();
  await app.stack.moveClock({ to: new Date(last + DAY + HOUR / 4) });
  await app.stack.startHost();
  const first = days.find(isFirst);
  await expectServed([
    ...[PLANNED, CERTIFIED].map((vault): Due => ({ vault, tier: 'daily', occurrence: iso(last + 2 * HOUR) })),
    { vault: LATE, tier: 'daily', occurrence: iso(last + 4 * HOUR) },
    ...(first === undefined
      ? []
      : VAULTS.map((vault): Due => ({ vault, tier: 'monthly', occurrence: iso(first + 2 * HOUR) }))),
  ]);
  await expectPruned(last + 3.5 * HOUR);
}

test(`a hundred days pass, and each evening there is what has to be there (DAYS_SEED=${SEED} repeats them)`, async () => {
  let most = 0;
  for (let day = 0; day < DAYS;) {
    const time = firstDay + day * DAY;
    const fault = faults.get(day);
    await app.stack.moveClock({ to: new Date(time + HOUR / 2) });
    for (const vault of vaults) await vault.liveOn();
    const nights = fault === 'down_a_night' ? 1 : fault === 'down_two_nights' ? 2 : 0;
    if (nights > 0) await sleepThrough(time, nights);
    else await liveThroughDay(time, fault);
    expect({ day, snapshots: await life.catalog() }).toEqual({ day, snapshots: expected.lines() });
    most = Math.max(most, expected.kept.length);
    day += Math.max(1, nights);
  }
  // Thirty-one days of three vaults, and of the months at most three.
  expect(most).toBeLessThanOrEqual(VAULTS.length * (DAILY_DAYS + 1 + MONTHLY_MONTHS + 1));
  expect(expected.dropped).toBe(expected.taken - expected.kept.length);
  expect(expected.dropped).toBeGreaterThan(100);
});

test('the independent verifier finds every chain whole, and exactly the snapshots that have to be there', async () => {
  const found: string[] = [];
  for (const tier of TIERS) {
    for (const vault of VAULTS) {
      const snapshots = await judge.snapshots(vault, { tier });
      expect(snapshots.every(({ blobs }) => blobs === 'intact')).toBe(true);
      found.push(
        ...snapshots.map(({ manifest: { scheduledFor, outcome } }) =>
          lineOf({ vault, tier, occurrence: scheduledFor ?? '', outcome }),
        ),
      );
    }
  }
  expect(found.sort()).toEqual(expected.lines());
});

test('the archive holds these snapshots, the records that the chains still need, and nothing else', async () => {
  for (const tier of TIERS) {
    const kept = expected.kept.filter((snapshot) => snapshot.tier === tier);
    const paths = await judge.paths(tier);
    const folders = new Set(paths.filter((path) => !path.startsWith('records/')).map((path) => path.split('/')[2]));
    expect(folders.size).toBe(kept.length);
    // One prune record a day of each vault, for as long as they are locked.
    expect(paths.filter((path) => path.startsWith('records/')).length).toBeLessThanOrEqual(
      VAULTS.length * (DAILY_DAYS + 3),
    );
    expect(paths.length).toBeLessThan(kept.length * 30 + VAULTS.length * (DAILY_DAYS + 3));
  }
});

test('every kept snapshot opens, and says of each secret that it was there on that day, with all its versions', async () => {
  for (const tier of TIERS) {
    for (const vault of VAULTS) {
      for (const snapshot of await judge.snapshots(vault, { tier, blobsOf: 'none' })) {
        const { objects } = await judge.open(snapshot, tier);
        const content = contents.get(keyOf(vault, snapshot.manifest.scheduledFor ?? ''))!;
        const secrets = objects.filter(({ kind, outcome }) => kind === 'secret' && outcome !== 'managed');
        expect(secrets.map(({ name }) => name).sort()).toEqual(Object.keys(content).sort());
        for (const { name, outcome, versions } of secrets) {
          const isExcluded = vault === PLANNED && name.startsWith('temp-');
          expect({ name, isExcluded: outcome === 'excluded' }).toEqual({ name, isExcluded });
          if (outcome === 'stored')
            expect({ name, versions: versions.length }).toEqual({ name, versions: content[name]!.length });
        }
        const failed = secrets.filter(({ outcome }) => outcome === 'failed').length;
        expect(failed).toBe(snapshot.manifest.outcome === 'partial' ? 1 : 0);
        expect(objects.filter(({ kind }) => kind === 'certificate')).toHaveLength(vault === CERTIFIED ? 2 : 0);
      }
    }
  }
});

test('values that come out of a sample of them are those of that day', async () => {
  for (let sample = 0; sample < 12; sample += 1) {
    const { vault, tier, occurrence } = random.pick(expected.kept);
    const verified = await judge.snapshots(vault, { tier, blobsOf: 'none' });
    const snapshot = verified.find(({ manifest }) => manifest.scheduledFor === occurrence)!;
    const opened = await judge.open(snapshot, tier);
    const object = random.pick(opened.objects.filter(({ kind, outcome }) => kind === 'secret' && outcome === 'stored'));
    const content = contents.get(keyOf(vault, occurrence))![object.name]!;
    const readable = content.filter(({ isOff }) => !isOff).map(({ value }) => value);
    const { backup } = await opened.openItem(object);
    expect((await restored(`drill-${sample}`, object.name, backup)).sort()).toEqual([...readable].sort());
    if (vault !== PLANNED) continue;
    const { versions } = await opened.openPortable(object);
    expect(versions.flatMap(({ value }) => value ?? []).reverse()).toEqual(readable);
  }
});

/** All values that can be read once a backup is restored into an empty vault. */
async function restored(vault: string, name: string, backup: string): Promise<string[]> {
  await app.stack.control.put(`/vault-service/vaults/${vault}`, {
    subscriptionId: SUBSCRIPTION_ID,
    geography: GEOGRAPHY,
  });
  const person = async (method: string, path: string, body?: object): Promise<unknown> => {
    const answer = await asPerson(app.stack, { vault, method, path, ...(body && { body }) });
    expect(answer.status).toBe(200);
    return answer.body;
  };
  await person('POST', '/secrets/restore', { value: backup });
  const { value } = (await person('GET', `/secrets/${name}/versions`)) as {
    value: { id: string; attributes: { enabled: boolean } }[];
  };
  const values: string[] = [];
  for (const { id, attributes } of value) {
    if (!attributes.enabled) continue;
    values.push(((await person('GET', new URL(id).pathname)) as { value: string }).value);
  }
  return values;
}

test('each bad day was told once and is over; nothing is left under way, and the catalog has grown with the archive alone', async () => {
  const { alerts } = (await app.call<{ alerts: AlertView[] }>('GET', '/alerts?limit=200')).body;
  const backups = alerts.filter(({ kind }) => kind.startsWith('backup_'));
  expect(backups.filter(({ resolvedAt }) => resolvedAt === null)).toEqual([]);
  const told = (kind: string): number => backups.filter((alert) => alert.kind === kind).length;
  expect({ failed: told('backup_failed'), partial: told('backup_partial') }).toEqual(failures);
  for (const status of ['pending', 'waiting', 'running'])
    expect((await app.call<RunList>('GET', `/runs?status=${status}`)).body.runs).toEqual([]);
  const rows = TableClient.fromConnectionString(app.stack.endpoints.connections.account, 'snapshots', {
    allowInsecureConnection: true,
  }).listEntities();
  let count = 0;
  for await (const _row of rows) count += 1;
  expect(count).toBeLessThanOrEqual(2 * expected.kept.length);
});
