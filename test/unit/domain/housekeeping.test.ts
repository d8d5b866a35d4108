import * as fc from 'fast-check';
import { endOfRetention, historySlice, houseId } from '../../../src/domain/housekeeping';

const DAY = 86_400_000;
const UNTIL = '2026-11-22T05:00:00.000Z';

interface Slice {
  from: number;
  to: number;
}

function allSlices(until: string): Slice[] {
  const slices: Slice[] = [];
  for (let slice: number | null = 0; slice !== null;) {
    const { from, to, next }: { from: Date; to: Date; next: number | null } = historySlice(until, slice);
    slices.push({ from: from.getTime(), to: to.getTime() });
    slice = next;
  }
  return slices;
}

test('slices of histories cover all of the past once, and nothing that has not had its time', () => {
  fc.assert(
    fc.property(fc.date({ min: new Date(0), max: new Date('2100-01-01'), noInvalidDate: true }), (time) => {
      const holding = allSlices(UNTIL).filter(({ from, to }) => from <= time.getTime() && time.getTime() <= to);
      expect(holding).toHaveLength(time < new Date(UNTIL) ? 1 : 0);
    }),
  );
});

test('the first slices are a day, and there are few', () => {
  const slices = allSlices(UNTIL);
  expect(slices.slice(0, 4).map(({ from, to }) => (to + 1 - from) / DAY)).toEqual([1, 1, 2, 4]);
  expect(slices.length).toBeLessThan(20);
  expect(slices.at(-1)?.from).toBe(0);
});

test('every part has the days of its setting', () => {
  const retention = { objectRows: 1, records: 2, audit: 3, histories: 4 };
  const days = (['object_rows', 'runs', 'alerts', 'audit', 'histories'] as const).map(
    (part) => (Date.parse(UNTIL) - Date.parse(endOfRetention(part, UNTIL, retention))) / DAY,
  );
  expect(days).toEqual([1, 2, 2, 3, 4]);
});

test('an occurrence has one id', () => {
  expect(houseId(new Date(UNTIL))).toBe('house-20261122T050000Z');
});
