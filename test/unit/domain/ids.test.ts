import fc from 'fast-check';
import { dateFolder, isDateFolder, runId, scheduledRunSeed, snapshotPlace, timeOfRun } from '../../../src/domain/ids';

const times = fc.date({ min: new Date('2000-01-01'), max: new Date('2199-12-31'), noInvalidDate: true });
const hex = fc.stringMatching(/^[0-9a-f]{12}$/);

test('an id tells its second and keeps what tells runs of the same second apart', () => {
  expect(runId(new Date('2026-11-22T02:00:00.999Z'), '1f0c9a7e55d1ffff')).toBe('20261122T020000Z-1f0c9a7e55d1');
  fc.assert(
    fc.property(times, hex, (time, digits) => {
      expect(Math.floor(time.getTime() / 1000) * 1000).toBe(timeOfRun(runId(time, digits)).getTime());
    }),
  );
});

test('ids sort as their times do', () => {
  fc.assert(
    fc.property(times, times, hex, (a, b, digits) => {
      const [first, second] = [runId(a, digits), runId(b, digits)];
      if (timeOfRun(first) < timeOfRun(second)) expect(first < second).toBe(true);
    }),
  );
});

test('a snapshot lies in the folder of its day, or of its month', () => {
  expect(snapshotPlace('daily', 'contoso-prod', '20261122T020000Z-1f0c9a7e55d1').folder).toBe(
    '2026-11-22/contoso-prod/20261122T020000Z-1f0c9a7e55d1',
  );
  expect(dateFolder('monthly', '20261101T020000Z-77ab01c49e02')).toBe('2026-11');
  expect(['2026-11-22', '2026-11', 'records', 'x2026-11-22'].map((name) => isDateFolder('daily', name))).toEqual([
    true,
    false,
    false,
    false,
  ]);
});

test('the seed of a scheduled id depends on vault, tier and occurrence', () => {
  const at = new Date('2026-11-22T02:00:00Z');
  const seeds = [
    scheduledRunSeed('https://a.vault.azure.net', 'daily', at),
    scheduledRunSeed('https://b.vault.azure.net', 'daily', at),
    scheduledRunSeed('https://a.vault.azure.net', 'monthly', at),
    scheduledRunSeed('https://a.vault.azure.net', 'daily', new Date('2026-11-23T02:00:00Z')),
  ];
  expect(new Set(seeds).size).toBe(4);
});
