import { type RunRecord } from '../../src/contracts/runs';
import { NO_FACTS } from '../../src/contracts/snapshots';
import { type Claim, type Ledger, type ObjectRow, type Page, type RunFilter } from '../../src/ledger/port';
import { alertsContract } from './alerts.contract';
import { auditContract } from './audit.contract';
import { cleaningContract } from './cleaning.contract';
import { plansContract } from './plans.contract';
import { pruningContract } from './pruning.contract';
import {
  dataKey,
  failedRow,
  idAt,
  listed,
  runOf,
  snapshotOf,
  storedRow,
  versions,
  withoutRevision,
} from './ledger-records';

/** A ledger to prove the contract on, empty at first, and how to end it. */
export interface OpenedLedger {
  ledger: Ledger;
  stop(): Promise<void>;
}

/** What every {@link Ledger} promises. Runs against the fake, and against the adapter on real tables. */
export function ledgerContract(name: string, open: () => Promise<OpenedLedger>): void {
  describe(name, () => {
    let opened: OpenedLedger;
    beforeAll(async () => {
      opened = await open();
    });
    afterAll(() => opened.stop());

    runContract(() => opened.ledger);
    objectContract(() => opened.ledger);
    snapshotContract(() => opened.ledger);
    claimContract(() => opened.ledger);
    auditContract(() => opened.ledger);
    pruningContract(() => opened.ledger);
    alertsContract(() => opened.ledger);
    plansContract(() => opened.ledger);
    cleaningContract(() => opened.ledger);

    it('finds its tables', async () => {
      await expect(opened.ledger.check()).resolves.toBeUndefined();
    });
  });
}

/** All pages of a listing, one after another. */
async function everyPage<T>(list: (continuation?: string) => Promise<Page<T>>): Promise<T[][]> {
  const pages: T[][] = [];
  let continuation: string | null | undefined;
  while (continuation !== null) {
    const page = await list(continuation);
    pages.push(page.items);
    continuation = page.continuation;
  }
  return pages;
}

function runContract(ledger: () => Ledger): void {
  describe('runs', () => {
    it('keeps a record as it is, however large', async () => {
      const runs = Array.from({ length: 1_000 }, (_, index) => ({
        vault: `vault-${index}`,
        runId: idAt(1, 0, `${index}`),
      }));
      const counts = {
        objects: 1,
        stored: 0,
        managed: 0,
        absent: 0,
        excluded: 0,
        failed: 1,
        byKind: { secret: 1, key: 0, certificate: 0 },
        byCode: { vault_refused: 1 },
      };
      const run = runOf(idAt(1, 0, 'e5'), {
        kind: 'estate',
        vault: null,
        runs,
        counts,
        warnings: ['recipient_not_approved'],
      });
      expect(await ledger().runs.create(run)).toBe(true);
      expect(await ledger().runs.get(run.id)).toEqual(run);
    });

    it('knows nothing of ids that nobody made, or that are none', async () => {
      for (const id of [idAt(30, 59, 'ff'), '20261399T990000Z-000000000000', '', 'x/y', "a' or 'a' eq 'a", '../runs']) {
        expect(await ledger().runs.get(id)).toBeUndefined();
        expect(await ledger().runs.change(id, { status: 'running' })).toBeUndefined();
      }
    });

    it('creates a run once and leaves it then', async () => {
      const id = idAt(1, 1);
      expect(await ledger().runs.create(runOf(id))).toBe(true);
      expect(await ledger().runs.create(runOf(id, { correlationId: 'other' }))).toBe(false);
      expect(await ledger().runs.get(id)).toMatchObject({ correlationId: 'c-1' });
    });

    it('creates a run once, of many who try at the same time', async () => {
      const tries = Array.from({ length: 8 }, (_, index) =>
        ledger().runs.create(runOf(idAt(1, 2), { correlationId: `c-${index}` })),
      );
      expect((await Promise.all(tries)).filter(Boolean)).toHaveLength(1);
    });

    it('changes a run until it has ended, and never after', async () => {
      const id = idAt(1, 3);
      await ledger().runs.create(runOf(id));
      expect(await ledger().runs.change(id, { status: 'running', total: 7 })).toMatchObject({
        status: 'running',
        total: 7,
      });
      const ended = await ledger().runs.change(id, { status: 'partial', code: 'vault_refused', snapshotStored: true });
      expect(ended).toMatchObject({ status: 'partial', total: 7 });
      expect(await ledger().runs.change(id, { status: 'succeeded', code: null })).toEqual(ended);
      expect(await ledger().runs.get(id)).toEqual(ended);
    });

    it('loses no change of many at the same time, and lets one end the run', async () => {
      const id = idAt(1, 4);
      await ledger().runs.create(runOf(id));
      await Promise.all([
        ledger().runs.change(id, { total: 9 }),
        ledger().runs.change(id, { inventory: 'i-1' }),
        ledger().runs.change(id, { cancelRequestedAt: '2026-11-22T02:00:05.000Z' }),
        ledger().runs.change(id, { warnings: ['recipient_unusable'] }),
      ]);
      expect(await ledger().runs.get(id)).toMatchObject({
        total: 9,
        inventory: 'i-1',
        cancelRequestedAt: '2026-11-22T02:00:05.000Z',
        warnings: ['recipient_unusable'],
      });
      const ends = (['succeeded', 'failed', 'cancelled', 'partial'] as const).map((status) =>
        ledger().runs.change(id, { status }),
      );
      const statuses = new Set((await Promise.all(ends)).map((run) => run?.status));
      expect(statuses.size).toBe(1);
      expect([...statuses]).toEqual([(await ledger().runs.get(id))?.status]);
    });

    runListing(ledger);
  });
}

function runListing(ledger: () => Ledger): void {
  describe('listed', () => {
    const made: RunRecord[] = [];
    beforeAll(async () => {
      for (const [index, vault] of ['list-a', 'list-b', null].entries()) {
        for (let day = 10; day < 17; day += 1) {
          const kind = vault === null ? 'estate' : 'backup';
          const tier = day === 12 ? 'monthly' : 'daily';
          const status = day % 2 === 0 ? 'succeeded' : 'failed';
          made.push(runOf(idAt(day, index), { vault, kind, tier, status, scheduledFor: 'list' }));
        }
      }
      for (const run of made) await ledger().runs.create(run);
    });
    const idsOf = (fits: (run: RunRecord) => boolean) =>
      made
        .filter(fits)
        .map(({ id }) => id)
        .sort()
        .reverse();
    const ids = async (filter: RunFilter, limit = 50) =>
      (await ledger().runs.list(filter, limit)).items.map(({ id }) => id);

    it('is newest first, by vault, tier, kind and status', async () => {
      expect(await ids({ vault: 'list-a' })).toEqual(idsOf(({ vault }) => vault === 'list-a'));
      expect(await ids({ vault: 'list-a', tier: 'monthly' })).toEqual([idAt(12, 0)]);
      expect(await ids({ vault: 'list-b', status: 'failed' })).toEqual(
        idsOf(({ vault, status }) => vault === 'list-b' && status === 'failed'),
      );
      expect(await ids({ kind: 'estate', from: '2026-11-10T00:00:00Z' })).toEqual(
        idsOf(({ kind }) => kind === 'estate'),
      );
      expect(await ids({ vault: 'list-a', kind: 'estate' })).toEqual([]);
      expect(await ids({ vault: 'list-c' })).toEqual([]);
      expect(await ids({ vault: "l/i\\s#t?'" })).toEqual([]);
    });

    it('takes a time by the second, from inclusive, until exclusive', async () => {
      expect(await ids({ from: '2026-11-14T02:00:01Z', until: '2026-11-15T02:00:01Z' })).toEqual([
        idAt(15, 0),
        idAt(14, 2),
        idAt(14, 1),
      ]);
      expect(await ids({ from: '2026-11-14T02:00:01.500Z', until: '2026-11-15T04:00:00.001+02:00' })).toEqual([
        idAt(15, 0),
        idAt(14, 2),
      ]);
      expect(await ids({ vault: 'list-a', from: '2026-11-15T02:00:00Z', until: '2999-01-01T00:00:00Z' })).toEqual([
        idAt(16, 0),
        idAt(15, 0),
      ]);
      expect(await ids({ until: '1970-01-01T00:00:00Z' })).toEqual([]);
    });

    it('goes on where the page before ended, though newer runs come in', async () => {
      const first = await ledger().runs.list({ vault: 'list-b' }, 3);
      await ledger().runs.create(runOf(idAt(29, 1), { vault: 'list-b' }));
      const second = await ledger().runs.list({ vault: 'list-b' }, 3, first.continuation!);
      const third = await ledger().runs.list({ vault: 'list-b' }, 3, second.continuation!);
      expect([first, second, third].map(({ items }) => items.length)).toEqual([3, 3, 1]);
      expect([...first.items, ...second.items, ...third.items].map(({ id }) => id)).toEqual(
        idsOf(({ vault }) => vault === 'list-b'),
      );
      expect(third.continuation).toBeNull();
    });

    it('pages through all with a filter, and tells the last page', async () => {
      const filter: RunFilter = { status: 'succeeded', from: '2026-11-10T00:00:00Z', until: '2026-11-20T00:00:00Z' };
      const pages = await everyPage((continuation) => ledger().runs.list(filter, 4, continuation));
      expect(pages.map(({ length }) => length)).toEqual([4, 4, 4]);
      expect(pages.flat().map(({ id }) => id)).toEqual(idsOf(({ status }) => status === 'succeeded'));
    });

    it('refuses a continuation of its own or of others that does not belong', async () => {
      const { continuation } = await ledger().runs.list({ vault: 'list-a' }, 2);
      const foreign = [
        '',
        'x',
        'bnVsbA',
        Buffer.from('{"after":"0"}').toString('base64url'),
        continuation!.slice(2),
        '\u0000',
        'null',
      ];
      for (const token of [...foreign, continuation!]) {
        const listing = ledger().runs.list({ vault: 'list-b' }, 2, token);
        await expect(listing).rejects.toMatchObject({ code: 'invalid_request', retryable: false });
      }
      await expect(ledger().objects.list('i', {}, 2, continuation!)).rejects.toMatchObject({ code: 'invalid_request' });
      await expect(ledger().snapshots.list({}, 2, continuation!)).rejects.toMatchObject({ code: 'invalid_request' });
    });
  });
}

function objectContract(ledger: () => Ledger): void {
  describe('objects', () => {
    /** An inventory of its own with that many secrets. */
    const inventoryOf = async (name: string, count: number): Promise<string> => {
      await ledger().objects.add(
        name,
        0,
        Array.from({ length: count }, (_, index) => listed(`${name}-${index}`)),
      );
      return name;
    };
    const allOf = async (inventory: string): Promise<ObjectRow[]> => {
      const rows: ObjectRow[] = [];
      for await (const row of ledger().objects.readAll(inventory)) rows.push(row);
      return rows;
    };

    it('keeps more than a page of rows in order, and reads any range of them', async () => {
      const objects = Array.from({ length: 2_345 }, (_, index) =>
        listed(`o-${index}`, index % 2 === 0 ? 'secret' : 'key'),
      );
      await ledger().objects.add('many', 0, objects.slice(0, 1_000));
      await ledger().objects.add('many', 1_000, objects.slice(1_000));
      const rows = await allOf('many');
      expect(rows.map(({ ordinal }) => ordinal)).toEqual(objects.map((_, index) => index));
      expect(rows[1_234]).toEqual({
        ...objects[1_234],
        ordinal: 1_234,
        outcome: null,
        code: null,
        ...NO_FACTS,
      });
      expect(withoutRevision(await ledger().objects.read('many', 990, 1_010))).toEqual(rows.slice(990, 1_010));
      expect(await ledger().objects.read('many', 2_340, 5_000)).toHaveLength(5);
      expect(await ledger().objects.read('many', 9, 9)).toEqual([]);
    });

    it('keeps inventories apart, and has nothing of one that nobody made', async () => {
      await inventoryOf('apart', 3);
      await inventoryOf('apart-2', 4);
      expect(await allOf('apart')).toHaveLength(3);
      expect(await allOf('apart-3')).toEqual([]);
      expect(await ledger().objects.tally('apart-3')).toMatchObject({ done: 0, dataKeys: [] });
    });

    it('adds nothing without objects', async () => {
      await ledger().objects.add('none', 0, []);
      expect(await allOf('none')).toEqual([]);
    });

    it('records batches, and sums them up with the data keys they used', async () => {
      await inventoryOf('sums', 50);
      const first = await ledger().objects.read('sums', 0, 20);
      const second = await ledger().objects.read('sums', 20, 40);
      const recorded = first.map((row, index) => (index < 2 ? failedRow(row, 'vault_refused') : storedRow(row)));
      const third = second.map((row): ObjectRow => ({ ...row, outcome: 'absent', code: 'source_not_found' }));
      await ledger().objects.recordBatch('sums', recorded, [dataKey('k1'), dataKey('k2')]);
      expect(await ledger().objects.tally('sums')).toMatchObject({ done: 20, counts: { stored: 18, failed: 2 } });
      await ledger().objects.recordBatch('sums', third, [dataKey('k2')]);
      expect(await ledger().objects.tally('sums')).toEqual({
        done: 40,
        counts: {
          objects: 40,
          stored: 18,
          managed: 0,
          absent: 20,
          excluded: 0,
          failed: 2,
          byKind: { secret: 40, key: 0, certificate: 0 },
          byCode: { vault_refused: 2, source_not_found: 20 },
        },
        dataKeys: [dataKey('k1'), dataKey('k2')],
      });
      expect(await ledger().objects.read('sums', 0, 40)).toEqual(withoutRevision([...recorded, ...third]));
      expect(await allOf('sums')).toHaveLength(50);
    });

    it('keeps hundreds and thousands of versions', async () => {
      await inventoryOf('versions', 20);
      const rows = await ledger().objects.read('versions', 0, 20);
      const recorded = rows.map((row, index) => ({ ...storedRow(row), versions: versions(index === 7 ? 8_000 : 520) }));
      await ledger().objects.recordBatch('versions', recorded, [dataKey('k')]);
      expect(await ledger().objects.read('versions', 0, 20)).toEqual(withoutRevision(recorded));
      expect(await ledger().objects.tally('versions')).toMatchObject({ done: 20, dataKeys: [dataKey('k')] });
    });

    it('takes the same record twice as one, with and without what was read', async () => {
      await inventoryOf('twice', 3);
      const rows = (await ledger().objects.read('twice', 0, 3)).map((row) => storedRow(row));
      await ledger().objects.recordBatch('twice', rows, [dataKey('k')]);
      await ledger().objects.recordBatch('twice', rows, [dataKey('k')]);
      await ledger().objects.recordBatch('twice', withoutRevision(rows), [dataKey('k')]);
      expect(await ledger().objects.tally('twice')).toMatchObject({ done: 3, counts: { stored: 3 } });
    });

    it('never changes an outcome: who comes later with another one is told', async () => {
      await inventoryOf('later', 4);
      const rows = await ledger().objects.read('later', 0, 4);
      await ledger().objects.recordBatch(
        'later',
        rows.map((row) => storedRow(row)),
        [dataKey('k1')],
      );
      const others = rows.map((row) => storedRow(row, 'items/other.jwe'));
      for (const late of [others, withoutRevision(others)]) {
        const recording = ledger().objects.recordBatch('later', late, [dataKey('k2')]);
        await expect(recording).rejects.toMatchObject({ code: 'ledger_conflict', retryable: false });
      }
      expect(await ledger().objects.tally('later')).toMatchObject({ done: 4, dataKeys: [dataKey('k1')] });
      expect((await allOf('later')).map(({ payloads }) => payloads[0]?.ref.blob)).toEqual(
        rows.map(({ name }) => `items/${name}.jwe`),
      );
    });

    it('lets one of several that record a batch at the same time win, whole', async () => {
      await inventoryOf('race', 20);
      const tries = ['a', 'b', 'c', 'd'].map(async (who) => {
        const rows = await ledger().objects.read('race', 0, 20);
        await ledger().objects.recordBatch(
          'race',
          rows.map((row) => storedRow(row, `items/${who}.jwe`)),
          [dataKey(who)],
        );
      });
      const outcomes = await Promise.allSettled(tries);
      expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      for (const outcome of outcomes) {
        if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'ledger_conflict' });
      }
      expect(new Set((await allOf('race')).map(({ payloads }) => payloads[0]?.ref.blob)).size).toBe(1);
      const tally = await ledger().objects.tally('race');
      expect(tally).toMatchObject({ done: 20 });
      expect(`items/${tally.dataKeys[0]!.id}.jwe`).toBe((await allOf('race'))[0]?.payloads[0]?.ref.blob);
    });

    it('completes a batch of which some objects have their outcome already', async () => {
      await inventoryOf('rest', 6);
      const early = (await ledger().objects.read('rest', 0, 3)).map((row) => storedRow(row));
      await ledger().objects.recordBatch('rest', early, [dataKey('k1')]);
      const rows = await ledger().objects.read('rest', 0, 6);
      const all = rows.map((row) => (row.outcome === null ? storedRow(row) : row));
      await ledger().objects.recordBatch('rest', all, [dataKey('k2')]);
      expect(await ledger().objects.tally('rest')).toMatchObject({ done: 6, dataKeys: [dataKey('k1'), dataKey('k2')] });
    });

    it('refuses a batch with an object that has no outcome, or is not in the inventory', async () => {
      await inventoryOf('open', 2);
      const rows = await ledger().objects.read('open', 0, 2);
      await expect(ledger().objects.recordBatch('open', rows, [])).rejects.toMatchObject({ code: 'internal_error' });
      const strangers = withoutRevision(rows).map((row) => storedRow({ ...row, ordinal: row.ordinal + 5 }));
      await expect(ledger().objects.recordBatch('open', strangers, [])).rejects.toMatchObject({
        code: 'ledger_refused',
      });
    });

    it('lists by kind, outcome and code, page by page', async () => {
      await ledger().objects.add(
        'list',
        0,
        Array.from({ length: 30 }, (_, index) => listed(`n-${index}`, index < 20 ? 'secret' : 'key')),
      );
      const rows = await ledger().objects.read('list', 0, 25);
      const recorded = rows.map((row, index) =>
        index % 5 === 0 ? failedRow(row, index === 20 ? 'vault_forbidden' : 'vault_refused') : storedRow(row),
      );
      await ledger().objects.recordBatch('list', recorded, []);
      const ordinals = async (filter: Parameters<Ledger['objects']['list']>[1], limit: number) =>
        (await everyPage((continuation) => ledger().objects.list('list', filter, limit, continuation))).map((page) =>
          page.map(({ ordinal }) => ordinal),
        );
      expect(await ordinals({ outcome: 'failed' }, 2)).toEqual([[0, 5], [10, 15], [20]]);
      expect(await ordinals({ outcome: 'failed', kind: 'key' }, 2)).toEqual([[20]]);
      expect(await ordinals({ code: 'vault_refused' }, 4)).toEqual([[0, 5, 10, 15]]);
      expect((await ordinals({}, 7)).flat()).toEqual(Array.from({ length: 30 }, (_, index) => index));
      expect(await ordinals({ code: "x' or code ne '" }, 4)).toEqual([[]]);
    });
  });
}

function snapshotContract(ledger: () => Ledger): void {
  describe('snapshots', () => {
    it('keeps a record, may put it twice, and finds it by its id', async () => {
      const snapshot = snapshotOf(idAt(2, 1), 'contoso-prod', 'daily');
      await ledger().snapshots.put(snapshot);
      await ledger().snapshots.put(snapshot);
      expect(await ledger().snapshots.get(snapshot.snapshot)).toEqual(snapshot);
      expect(await ledger().snapshots.get(idAt(2, 2))).toBeUndefined();
      expect(await ledger().snapshots.get('none')).toBeUndefined();
    });

    it('forgets what is removed, and does so twice', async () => {
      const snapshot = snapshotOf(idAt(1, 1), 'snap-gone', 'daily');
      await ledger().snapshots.put(snapshot);
      await ledger().snapshots.remove(snapshot.snapshot);
      await ledger().snapshots.remove(snapshot.snapshot);
      expect(await ledger().snapshots.get(snapshot.snapshot)).toBeUndefined();
      expect((await ledger().snapshots.list({ vault: 'snap-gone', tier: 'daily' }, 3)).items).toEqual([]);
    });

    it('lists newest first, by vault and tier', async () => {
      for (const vault of ['snap-a', 'snap-b']) {
        for (let day = 20; day < 25; day += 1) {
          await ledger().snapshots.put(
            snapshotOf(idAt(day, vault === 'snap-a' ? 1 : 2), vault, day === 22 ? 'monthly' : 'daily'),
          );
        }
      }
      const ids = async (filter: Parameters<Ledger['snapshots']['list']>[0], limit = 3) =>
        (await everyPage((continuation) => ledger().snapshots.list(filter, limit, continuation))).map((page) =>
          page.map(({ snapshot }) => snapshot),
        );
      expect(await ids({ vault: 'snap-a', tier: 'daily' })).toEqual([
        [idAt(24, 1), idAt(23, 1), idAt(21, 1)],
        [idAt(20, 1)],
      ]);
      expect(await ids({ vault: 'snap-b' })).toEqual([
        [idAt(24, 2), idAt(23, 2), idAt(22, 2)],
        [idAt(21, 2), idAt(20, 2)],
      ]);
      expect(await ids({ tier: 'monthly' })).toEqual([[idAt(22, 2), idAt(22, 1)]]);
      expect(await ids({ vault: 'snap', tier: 'daily' })).toEqual([[]]);
      const partial = snapshotOf(idAt(25, 1), 'snap-a', 'daily');
      await ledger().snapshots.put({ ...partial, outcome: 'partial' });
      const chosen = snapshotOf(idAt(26, 1), 'snap-a', 'daily');
      await ledger().snapshots.put({ ...chosen, scope: { ...chosen.scope, selected: true } });
      expect(await ids({ vault: 'snap-a', good: false })).toEqual([[idAt(26, 1), idAt(25, 1)]]);
      expect((await ids({ vault: 'snap-a', tier: 'daily', good: true }, 2))[0]).toEqual([idAt(24, 1), idAt(23, 1)]);
      expect((await ids({ vault: 'snap-a', tier: 'daily', good: true }, 2)).flat()).toHaveLength(4);
      await ledger().snapshots.put(partial);
      await ledger().snapshots.put(chosen);
      expect((await ids({}, 4)).flat().slice(0, 3)).toEqual([idAt(26, 1), idAt(25, 1), idAt(24, 2)]);
    });
  });
}

function claimContract(ledger: () => Ledger): void {
  describe('claims', () => {
    const at = (minute: number) => `2026-11-22T02:${String(minute).padStart(2, '0')}:00.000Z`;
    const claimOf = (vault: string, runId: string): Claim => ({ vault, tier: 'daily', runId });

    it('are taken, and stand in the way of others until they are given back', async () => {
      const mine = claimOf('one', 'run-1');
      expect(await ledger().claims.take([mine], at(0), at(10))).toEqual([]);
      expect(await ledger().claims.take([claimOf('one', 'run-2')], at(1), at(10))).toEqual([mine]);
      expect(await ledger().claims.take([{ ...mine, tier: 'monthly', runId: 'run-2' }], at(1), at(10))).toEqual([]);
      await ledger().claims.release([claimOf('one', 'run-2')]);
      expect(await ledger().claims.take([claimOf('one', 'run-2')], at(1), at(10))).toEqual([mine]);
      await ledger().claims.release([mine]);
      await ledger().claims.release([mine]);
      expect(await ledger().claims.take([claimOf('one', 'run-2')], at(1), at(10))).toEqual([]);
      await ledger().claims.release([mine]);
      expect(await ledger().claims.take([mine], at(1), at(10))).toEqual([claimOf('one', 'run-2')]);
    });

    it('are prolonged by their run, and never shortened', async () => {
      const mine = claimOf('long', 'run-1');
      await ledger().claims.take([mine], at(0), at(10));
      expect(await ledger().claims.take([mine], at(5), at(30))).toEqual([]);
      expect(await ledger().claims.take([mine], at(6), at(7))).toEqual([]);
      expect(await ledger().claims.take([claimOf('long', 'run-2')], at(29), at(40))).toEqual([mine]);
      expect(await ledger().claims.take([claimOf('long', 'run-2')], at(30), at(40))).toEqual([]);
    });

    it('are taken all or none', async () => {
      const taken = claimOf('all-2', 'run-1');
      await ledger().claims.take([taken], at(0), at(10));
      const wanted = ['all-3', 'all-1', 'all-2'].map((vault) => claimOf(vault, 'run-2'));
      expect(await ledger().claims.take(wanted, at(1), at(10))).toEqual([taken]);
      expect(await ledger().claims.take([claimOf('all-1', 'run-3'), claimOf('all-3', 'run-3')], at(1), at(10))).toEqual(
        [],
      );
    });

    it('past their time are taken over by one of several who try', async () => {
      await ledger().claims.take([claimOf('over', 'dead')], at(0), at(5));
      const tries = Array.from({ length: 6 }, (_, index) =>
        ledger().claims.take([claimOf('over', `run-${index}`)], at(5), at(10)),
      );
      const results = await Promise.all(tries);
      const winner = results.findIndex(({ length }) => length === 0);
      expect(results.filter(({ length }) => length === 0)).toHaveLength(1);
      expect(results.filter(({ length }) => length > 0).flat()).toEqual(
        Array.from({ length: 5 }, () => claimOf('over', `run-${winner}`)),
      );
    });

    it('of hundreds are taken by one of two who want some of the same', async () => {
      const claims = (run: string, first: number) =>
        Array.from({ length: 250 }, (_, index) => claimOf(`estate-${1_000 + first + index}`, run));
      const [one, other] = await Promise.all([
        ledger().claims.take(claims('run-a', 0), at(0), at(10)),
        ledger().claims.take(claims('run-b', 120), at(0), at(10)),
      ]);
      const [winner, loser] = one.length === 0 ? ['run-a', 'run-b'] : ['run-b', 'run-a'];
      expect([one.length, other.length].sort()[0]).toBe(0);
      expect(new Set([...one, ...other].map(({ runId }) => runId))).toEqual(new Set([winner]));
      // What the loser had taken is free again, and all of the winner's is held.
      const inTheWay = await ledger().claims.take(claims('run-c', 0).concat(claims('run-c', 250)), at(1), at(10));
      expect(inTheWay).toHaveLength(250);
      expect(inTheWay.some(({ runId }) => runId === loser)).toBe(false);
    });

    it('of none are taken at once', async () => {
      expect(await ledger().claims.take([], at(0), at(1))).toEqual([]);
      await expect(ledger().claims.release([])).resolves.toBeUndefined();
    });
  });
}
