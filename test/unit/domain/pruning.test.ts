import fc from 'fast-check';
import { isGood } from '../../../src/domain/good-snapshots';
import { decidePruning, isPastKeeping, isSpentRecord, type PrunableSnapshot } from '../../../src/domain/pruning';
import { DAY, headOf, SimulatedArchive, type Snapshot } from './simulated-archive';

const nothing = new Set<string>();
const at = (time: string): Date[] => [new Date(time)];
const snapshotOf = (sequence: number, more: Partial<PrunableSnapshot> = {}): PrunableSnapshot => ({
  snapshot: `s${sequence}`,
  sequence,
  closedAt: `2026-01-0${sequence}T02:00:00.000Z`,
  retainUntil: `2026-02-0${sequence}T02:00:00.000Z`,
  outcome: 'complete',
  isExcluded: false,
  ...more,
});
const decided = (snapshots: PrunableSnapshot[], now: Date[], used: ReadonlySet<string> = nothing): string[] =>
  decidePruning(snapshots, now, used).map(
    ({ snapshot, decision, reason }) => `${snapshot.sequence} ${decision} ${reason}`,
  );

describe('what is decided', () => {
  test('is to drop what is past its time, to the millisecond, and nothing before', () => {
    const chain = [snapshotOf(1), snapshotOf(2), snapshotOf(3)];
    expect(decided(chain, at('2026-02-01T01:59:59.999Z'))).toEqual([
      '1 keep not_yet',
      '2 keep not_yet',
      '3 keep newest_good',
    ]);
    expect(decided(chain, at('2026-02-01T02:00:00.000Z'))).toEqual([
      '1 drop expired',
      '2 keep not_yet',
      '3 keep newest_good',
    ]);
    expect(decided(chain, at('2030-01-01T00:00:00.000Z'))).toEqual([
      '1 drop expired',
      '2 drop expired',
      '3 keep newest_good',
    ]);
  });

  test.each<[string, Partial<PrunableSnapshot>]>([
    ['partial', { outcome: 'partial' }],
    ['of chosen objects', { scope: { selected: true } }],
    ['set aside', { isExcluded: true }],
  ])('spares the newest good one and the head, if the newer ones are %s', (_what, worth) => {
    const chain = [snapshotOf(1), snapshotOf(2), snapshotOf(3, worth), snapshotOf(4, worth)];
    expect(decided(chain, at('2030-01-01T00:00:00.000Z'))).toEqual([
      '1 drop expired',
      '2 keep newest_good',
      '3 drop expired',
      '4 keep chain_head',
    ]);
  });

  test('spares what is in use', () => {
    const chain = [snapshotOf(1), snapshotOf(2)];
    expect(decided(chain, at('2030-01-01T00:00:00.000Z'), new Set(['s1']))).toEqual([
      '1 keep in_use',
      '2 keep newest_good',
    ]);
  });

  test('spares what was closed after the present: the clock is behind', () => {
    const odd = snapshotOf(1, { closedAt: '2026-03-01T00:00:00.000Z' });
    expect(decided([odd, snapshotOf(2)], at('2026-02-20T00:00:00.000Z'))).toEqual([
      '1 keep clock_behind',
      '2 keep newest_good',
    ]);
  });

  test('wants every time that is given to be past: the clock may have jumped since the run was asked for', () => {
    const chain = [snapshotOf(1), snapshotOf(2)];
    expect(decided(chain, [...at('2030-01-01T00:00:00.000Z'), ...at('2026-01-20T00:00:00.000Z')])[0]).toBe(
      '1 keep not_yet',
    );
  });

  test('spares both twins of a forked chain at its head', () => {
    const twins = [snapshotOf(1), { ...snapshotOf(1), snapshot: 'twin' }];
    expect(decided(twins, at('2030-01-01T00:00:00.000Z'))).toEqual(['1 keep newest_good', '1 keep newest_good']);
  });
});

test('a blob that nothing names goes when it is older than its tier keeps anything, and than any run', () => {
  const made = new Date('2024-01-31T00:00:00.000Z');
  const retention = { dailyDays: 3, monthlyMonths: 1 };
  expect(isPastKeeping('daily', made, at('2024-02-07T23:59:59.999Z'), retention)).toBe(false);
  expect(isPastKeeping('daily', made, at('2024-02-08T00:00:00.000Z'), retention)).toBe(true);
  expect(isPastKeeping('monthly', made, at('2024-02-28T23:59:59.999Z'), retention)).toBe(false);
  expect(isPastKeeping('monthly', made, at('2024-02-29T00:00:00.000Z'), retention)).toBe(true);
  expect(isPastKeeping('daily', made, at('2023-01-01T00:00:00.000Z'), retention)).toBe(false);
});

test('a record is spent when nothing of its snapshots is left and no number from before the oldest present on is among them', () => {
  const ground = { present: [7, 9], folders: new Set(['s9']), seen: new Set(['s3']) };
  const about = (...numbers: number[]) => ({
    snapshots: numbers.map((sequence) => ({ snapshot: `s${sequence}`, sequence })),
  });
  expect(isSpentRecord(about(1, 5), ground)).toBe(true);
  expect(isSpentRecord(about(1, 6), ground)).toBe(false);
  expect(isSpentRecord(about(8), ground)).toBe(false);
  expect(isSpentRecord(about(2, 3), ground)).toBe(false);
  expect(isSpentRecord({ snapshots: [{ snapshot: 's9' }] }, ground)).toBe(false);
  expect(isSpentRecord({ snapshots: [{ snapshot: 's4' }] }, ground)).toBe(true);
  expect(isSpentRecord(about(1), { ...ground, present: [] })).toBe(false);
});

// What a day may bring. Most days bring nothing but the backups.
const day = fc.record({
  daily: fc.constantFrom('complete', 'complete', 'complete', 'partial', 'missed', 'selected', 'excluded'),
  monthly: fc.constantFrom('complete', 'complete', 'partial', 'missed'),
  manual: fc.constantFrom(0, 0, 0, 1, 2),
  prunes: fc.constantFrom(0, 1, 1, 1, 2),
  dies: fc.constantFrom(Infinity, Infinity, 0, 1),
  jumpDays: fc.constantFrom(0, 0, 0, 0, 0, 0, 0, 0, -40, -3, 2, 35, -400),
  used: fc.boolean(),
  retention: fc.constantFrom(
    undefined,
    undefined,
    undefined,
    undefined,
    { dailyDays: 7, monthlyMonths: 3 },
    { dailyDays: 45, monthlyMonths: 14 },
  ),
});
type Day = typeof day extends fc.Arbitrary<infer T> ? T : never;

/** Some weeks as drawn, repeated over the years, from any day of the calendar on. */
const years = fc.record({
  start: fc.integer({ min: Date.UTC(2023, 0, 1) / DAY, max: Date.UTC(2028, 11, 31) / DAY }),
  days: fc.array(day, { minLength: 20, maxLength: 90 }),
  length: fc.integer({ min: 400, max: 1_100 }),
});

function live(
  { start, days, length }: { start: number; days: Day[]; length: number },
  check: (archive: SimulatedArchive, now: Date, gone: Snapshot[], before: Snapshot[]) => void,
): void {
  const archive = new SimulatedArchive();
  let retention = { dailyDays: 30, monthlyMonths: 12 };
  for (let index = 0; index < length; index += 1) {
    const today = days[index % days.length]!;
    const rightNow = new Date((start + index) * DAY + 2 * 3_600_000);
    // The clock of the app goes wrong for one day.
    const now = new Date(rightNow.getTime() + today.jumpDays * DAY);
    if (today.retention !== undefined) ({ retention } = { ...today, retention: today.retention });
    const worth = (kind: string) => ({
      outcome: kind === 'partial' ? ('partial' as const) : ('complete' as const),
      scope: { selected: kind === 'selected' },
      isExcluded: kind === 'excluded',
    });
    if (today.daily !== 'missed') archive.close('daily', now, worth(today.daily), retention);
    for (let run = 0; run < today.manual; run += 1) archive.close('daily', now, worth('complete'), retention);
    if (rightNow.getUTCDate() === 1 && today.monthly !== 'missed')
      archive.close('monthly', now, worth(today.monthly), retention);
    for (let run = 0; run < today.prunes; run += 1) {
      for (const tier of ['daily', 'monthly'] as const) {
        const before = [...archive.stores[tier].snapshots];
        const used = new Set(today.used ? before.slice(0, 1).map(({ snapshot }) => snapshot) : []);
        const gone = archive.prune(tier, now, { used, dies: run === 0 ? today.dies : Infinity });
        expect(gone.filter(({ snapshot }) => used.has(snapshot))).toEqual([]);
        check(archive, now, gone, before);
      }
    }
  }
}

describe('over years of days, with missed runs, partial snapshots, jumping clocks and changed settings', () => {
  test('nothing that is needed is ever dropped', () => {
    fc.assert(
      fc.property(years, (drawn) => {
        live(drawn, (_archive, now, gone, before) => {
          const good = headOf(before.filter((snapshot) => isGood(snapshot)));
          for (const snapshot of gone) {
            expect(Date.parse(snapshot.retainUntil)).toBeLessThanOrEqual(now.getTime());
            expect(snapshot.snapshot).not.toBe(good?.snapshot);
            expect(snapshot.snapshot).not.toBe(headOf(before)?.snapshot);
          }
        });
      }),
      { numRuns: 12 },
    );
  });

  test('the chain of what is left, with the records that are left, has no fault, and numbers are never used twice', () => {
    fc.assert(
      fc.property(years, (drawn) => {
        let checks = 0;
        live(drawn, (archive) => {
          // Every day would take minutes.
          if ((checks += 1) % 23 === 0) expect([...archive.faults('daily'), ...archive.faults('monthly')]).toEqual([]);
        });
      }),
      { numRuns: 12 },
    );
  });

  test('nothing is kept for ever: after a prune with a right clock only what has a reason is left, and records do not pile up', () => {
    fc.assert(
      fc.property(years, (drawn) => {
        let last: SimulatedArchive | undefined;
        live(drawn, (archive) => {
          last = archive;
        });
        const end = new Date((drawn.start + drawn.length) * DAY + 500 * DAY);
        for (const tier of ['monthly', 'daily'] as const) {
          last?.prune(tier, end);
          const left = last?.stores[tier].snapshots ?? [];
          // The newest good one, the head, and what a clock that ran ahead by 35 days and 14 months of retention had signed.
          const expired = left.filter(({ retainUntil }) => new Date(retainUntil) <= end);
          expect(expired.length).toBeLessThanOrEqual(2);
          const { records } = last?.stores[tier] ?? { records: [] };
          const oldest = Math.min(...left.map(({ sequence }) => sequence));
          const seen = new Set(
            (last?.stores[tier === 'daily' ? 'monthly' : 'daily'].snapshots ?? []).map(
              ({ otherTier }) => otherTier?.snapshot,
            ),
          );
          for (const { entries } of records)
            expect(entries.some(({ sequence, snapshot }) => sequence >= oldest - 1 || seen.has(snapshot))).toBe(true);
        }
      }),
      { numRuns: 12 },
    );
  });
});
