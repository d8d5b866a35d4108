import { createHash } from 'node:crypto';
import { createPruneActivities } from '../../../src/activities/prune-activities';
import { type Tier } from '../../../src/contracts/objects';
import { type Manifest } from '../../../src/contracts/snapshots';
import { createRecordSigner } from '../../../src/crypto/record-signer';
import { createSigning } from '../../../src/crypto/signing';
import { manifestPath, runId, snapshotPlace } from '../../../src/domain/ids';
import { retainUntil } from '../../../src/domain/retention';
import { newPruneRun } from '../../../src/domain/run-records';
import { type Ledger } from '../../../src/ledger/port';
import { createAlerts } from '../../../src/operations/raise-alerts';
import { verifySnapshots } from '../../independent/verify';
import { createFakeLedger } from '../../fakes/fake-ledger';
import { ecKey, GeneratedVaultKeys } from '../../fakes/generated-vault-keys';
import { InMemoryArchive } from '../../fakes/in-memory-archive';
import { ManualClock } from '../../fakes/manual-clock';

// The activities of a prune on an archive in memory, with real signatures, judged by the independent verifier.

const KEYS = 'https://strongroom-keys.vault.azure.net/keys';
const VAULT = 'contoso-prod';
const DAY = 86_400_000;
const retention = { dailyDays: 30, monthlyMonths: 12 };
const [signingKey, pruneKey] = [ecKey(), ecKey()];

class PruneScene {
  readonly archive = new InMemoryArchive();
  readonly clock = new ManualClock('2026-01-01T02:00:00.000Z');
  readonly ledger: Ledger = createFakeLedger();
  private readonly signing;
  private readonly activities;
  private readonly last: Record<Tier, { manifest: Manifest; digest: string } | undefined> = {
    daily: undefined,
    monthly: undefined,
  };
  private made = 0;

  constructor() {
    const keys = new GeneratedVaultKeys();
    keys.add(`${KEYS}/sign`, { privateKey: signingKey });
    keys.add(`${KEYS}/prune`, { privateKey: pruneKey });
    const settings = { key: `${KEYS}/sign`, former: [], pinned: [] };
    const { archive, clock, ledger } = this;
    this.signing = createSigning({ settings, keys, archive, clock, version: '1.0.0' });
    const pruneRecords = createRecordSigner({ key: `${KEYS}/prune`, keys, clock });
    const { signer, records } = this.signing;
    const alerts = createAlerts({
      ...{ alertRecords: ledger.alertRecords, clock, kindsOff: new Set(), quietHours: 24, telling: 'nobody' },
    });
    this.activities = createPruneActivities({
      alerts,
      ...{ archive, clock, ledger, signer, records, pruneRecords, retention, pruner: archive, version: '1.0.0' },
    });
  }

  advance(days: number): void {
    this.clock.advance(days * DAY);
    this.archive.now = this.clock.now();
  }

  /** Stores an empty snapshot, signed; its id. */
  async close(tier: Tier, changes: Partial<Manifest> = {}): Promise<string> {
    const now = this.clock.now();
    this.archive.now = now;
    this.made += 1;
    const hex = createHash('sha256').update(String(this.made)).digest('hex');
    const place = snapshotPlace(tier, VAULT, runId(now, hex));
    const index = { blob: `index/${hex.slice(0, 32)}.jwe`, digest: '', bytes: 1 };
    ({ digest: index.digest } = await this.archive.put(tier, `${place.folder}/${index.blob}`, Buffer.from('x')));
    const link = (head: { manifest: Manifest; digest: string }) => ({
      ...{ snapshot: head.manifest.snapshot, digest: head.digest, retainUntil: head.manifest.retainUntil },
    });
    const before = this.last[tier];
    const other = this.last[tier === 'daily' ? 'monthly' : 'daily'];
    const { key } = await this.signing.signer.choose({ tier, shortName: VAULT });
    const at = now.toISOString();
    const manifest: Manifest = {
      ...{ format: 1, type: 'manifest', snapshot: place.snapshot, tier, vault: `https://${VAULT}.vault.azure.net` },
      ...{ subscriptionId: 's', geography: 'Europe', sequence: (before?.manifest.sequence ?? 0) + 1 },
      previous: before === undefined ? null : link(before),
      otherTier:
        other === undefined ? null : { tier: other.manifest.tier, sequence: other.manifest.sequence, ...link(other) },
      ...{ scheduledFor: null, startedAt: at, closedAt: at, nextDue: '2099-01-01T00:00:00.000Z' },
      retainUntil: retainUntil(tier, now, retention).toISOString(),
      ...{ outcome: 'complete', scope: { kinds: ['secret'], selected: false } },
      counts: {
        ...{ objects: 0, stored: 0, managed: 0, absent: 0, excluded: 0, failed: 0, byCode: {} },
        byKind: { secret: 0, key: 0, certificate: 0 },
      },
      ...{ recipients: [{ thumbprint: 'A'.repeat(43) }], dataKeys: [], index: index.blob, blobs: [index] },
      ...{ signingKey: key, producer: { name: 'strongroom', version: '1.0.0' } },
      ...changes,
    };
    const jws = await this.signing.signer.sign(place, manifest);
    const { digest } = await this.archive.put(tier, manifestPath(place), Buffer.from(jws));
    this.last[tier] = { manifest, digest };
    return place.snapshot;
  }

  /** All activities of a prune of one tier, in order. */
  async prune(tier: Tier, { cancelled = false, used = [] as string[] } = {}) {
    const now = this.clock.now();
    const id = runId(now, createHash('sha256').update(`run ${this.made++}`).digest('hex'));
    const requestedAt = now.toISOString();
    const run = {
      runId: id,
      correlationId: 'c',
      trigger: 'manual',
      scheduledFor: null,
      requestedAt,
      dryRun: false,
    } as const;
    await this.ledger.runs.create(newPruneRun(run));
    if (cancelled) await this.ledger.runs.change(id, { cancelRequestedAt: requestedAt });
    for (const snapshot of used)
      await this.ledger.uses.begin({ snapshot, runId: id, until: new Date(now.getTime() + DAY).toISOString() });
    const target = { runId: id, correlationId: 'c', vault: VAULT, tier, asOf: requestedAt };
    const context = {
      log: () => undefined,
      orchestrations: () => {
        throw new Error('none');
      },
    };
    const decided = await this.activities.decidePruning(target, context);
    const dropped = await this.activities.dropSnapshots(target, context);
    const swept = await this.activities.dropLeftovers({ ...target, after: '' }, context);
    return { decided, dropped, swept };
  }

  paths(tier: Tier, part: string): string[] {
    return [...this.archive.blobs[tier].keys()].filter((path) => path.includes(part));
  }

  /** What an independent verifier says against it; leftovers are no fault. */
  async faults(tier: Tier): Promise<string[]> {
    const source = (of: Tier) => ({
      list: (prefix: string) =>
        Promise.resolve(
          [...this.archive.blobs[of]]
            .filter(([path]) => path.startsWith(prefix))
            .map(([path, { length }]) => ({ path, bytes: length })),
        ),
      read: (path: string) => Promise.resolve(this.archive.blobs[of].get(path)),
    });
    const jwkOf = (key: typeof signingKey) => {
      const { d: _d, ...jwk } = key.export({ format: 'jwk' });
      return jwk;
    };
    const { findings } = await verifySnapshots({
      ...{ source: source(tier), otherTierSource: source(tier === 'daily' ? 'monthly' : 'daily'), vault: VAULT, tier },
      ...{ pinnedKeys: [jwkOf(signingKey)], pruneKeys: [jwkOf(pruneKey)] },
    });
    return findings
      .filter(({ severity }) => severity === 'fault')
      .map(({ code, snapshot }) => `${code} ${snapshot ?? ''}`);
  }
}

let scene: PruneScene;
beforeEach(() => {
  scene = new PruneScene();
});

test('a snapshot in use is kept until its mark is over', async () => {
  const [first] = [await scene.close('daily'), await scene.close('daily')];
  scene.advance(31);
  expect((await scene.prune('daily', { used: [first] })).decided).toMatchObject({ drop: 0, keep: 2 });
  expect(scene.paths('daily', first)).toHaveLength(2);
  scene.advance(2);
  expect((await scene.prune('daily')).decided).toMatchObject({ drop: 1, keep: 1 });
  expect(scene.paths('daily', `/${first}/`)).toEqual([]);
});

test('a run that was cancelled does nothing more', async () => {
  const first = await scene.close('daily');
  await scene.close('daily');
  scene.advance(31);
  expect(await scene.prune('daily', { cancelled: true })).toMatchObject({
    ...{ decided: { cancelled: true }, dropped: { cancelled: true }, swept: { cancelled: true } },
  });
  expect(scene.paths('daily', first)).toHaveLength(2);
});

test('what a run under way, or one that was interrupted, has stored is spared until it is older than any run and than its keeping time', async () => {
  const living = await scene.close('daily');
  const folder = snapshotPlace('daily', VAULT, living).folder;
  const stray = `${folder}/items/${'a'.repeat(32)}.jwe`;
  const begun = `2026-01-01/${VAULT}/20260101T030000Z-00000000000b/items/${'b'.repeat(32)}.jwe`;
  for (const path of [stray, begun]) await scene.archive.put('daily', path, Buffer.from('x'));
  scene.advance(29);
  expect((await scene.prune('daily')).swept).toMatchObject({ orphans: 0, retained: 0 });
  scene.advance(2);
  scene.archive.isProtected = (path) => path === begun;
  expect((await scene.prune('daily')).swept).toMatchObject({ orphans: 1, retained: 1, next: null });
  expect(scene.paths('daily', `/${living}/`)).toHaveLength(2);
  scene.archive.isProtected = () => false;
  expect((await scene.prune('daily')).swept).toMatchObject({ orphans: 1, retained: 0 });
  expect(await scene.faults('daily')).toEqual([]);
});

test('records that have nothing left to prove go, those that the chain or the other tier needs stay', async () => {
  await scene.close('daily');
  await scene.close('monthly');
  for (let day = 0; day < 130; day += 10) {
    scene.advance(10);
    await scene.close('daily');
    await scene.prune('daily');
    expect([...(await scene.faults('daily')), ...(await scene.faults('monthly'))]).toEqual([]);
  }
  const records = scene.paths('daily', '-prune.jws').length;
  // Of the first snapshot, which the monthly one has seen; of the one before the oldest; and those that are not yet past their keeping time.
  expect(records).toBeLessThanOrEqual(6);
  expect(records).toBeGreaterThanOrEqual(2);
});

test('a snapshot whose manifest does not verify is told, and nothing of it is touched', async () => {
  const first = await scene.close('daily');
  await scene.close('daily');
  const path = manifestPath(snapshotPlace('daily', VAULT, first));
  scene.archive.blobs.daily.set(path, Buffer.from('not a manifest'));
  scene.advance(400);
  const { decided, swept } = await scene.prune('daily');
  expect(decided).toMatchObject({ drop: 0, keep: 1, damaged: 1 });
  expect(swept).toMatchObject({ orphans: 0 });
  expect(scene.paths('daily', `/${first}/`)).toEqual(expect.arrayContaining([path]));
});
