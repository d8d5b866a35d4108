import fc from 'fast-check';
import { retainUntil } from '../../../src/domain/retention';

const retention = { dailyDays: 30, monthlyMonths: 12 };
const until = (tier: 'daily' | 'monthly', time: string, months = 12): string =>
  retainUntil(tier, new Date(time), { ...retention, monthlyMonths: months }).toISOString();

test('daily snapshots are kept for days, monthly ones for calendar months', () => {
  expect(until('daily', '2026-11-22T02:10:00.000Z')).toBe('2026-12-22T02:10:00.000Z');
  expect(until('monthly', '2026-11-01T02:10:00.000Z')).toBe('2027-11-01T02:10:00.000Z');
});

test.each([
  ['2027-01-31T02:00:00.000Z', 1, '2027-02-28T02:00:00.000Z'],
  ['2028-01-31T02:00:00.000Z', 1, '2028-02-29T02:00:00.000Z'],
  ['2028-02-29T02:00:00.000Z', 12, '2029-02-28T02:00:00.000Z'],
  ['2026-12-31T23:59:59.000Z', 2, '2027-02-28T23:59:59.000Z'],
])('%s and %d months end on a day that exists', (time, months, expected) => {
  expect(until('monthly', time, months)).toBe(expected);
});

test('the argument stays as it is, and more retention never ends sooner', () => {
  fc.assert(
    fc.property(
      fc.date({ min: new Date('2020-01-01'), max: new Date('2100-01-01'), noInvalidDate: true }),
      fc.integer({ min: 1, max: 400 }),
      (time, amount) => {
        const before = time.getTime();
        for (const tier of ['daily', 'monthly'] as const) {
          const less = retainUntil(tier, time, { dailyDays: amount, monthlyMonths: amount });
          const more = retainUntil(tier, time, { dailyDays: amount + 1, monthlyMonths: amount + 1 });
          expect(more.getTime()).toBeGreaterThan(less.getTime());
          expect(less.getTime()).toBeGreaterThan(before);
        }
        expect(time.getTime()).toBe(before);
      },
    ),
  );
});
