import * as fc from 'fast-check';

import { Ncrontab, parseSchedule } from '../../../local/functions-host/timers/ncrontab';

const next = (expression: string, after: string): string =>
  new Date(parseSchedule(expression).next(Date.parse(after))).toISOString().replace('.000Z', 'Z');

test.each([
  ['0 0 2 * * *', '2026-11-22T01:59:59Z', '2026-11-22T02:00:00Z'],
  ['0 0 2 * * *', '2026-11-22T02:00:00Z', '2026-11-23T02:00:00Z'],
  ['0 0 2 1 * *', '2026-11-22T02:00:00Z', '2026-12-01T02:00:00Z'],
  ['0 0 2 * *', '2026-11-22T02:00:00Z', '2026-12-02T00:00:00Z'],
  ['*/5 * * * *', '2026-11-22T02:00:00Z', '2026-11-22T02:05:00Z'],
  ['*/15 * * * * *', '2026-11-22T02:00:01Z', '2026-11-22T02:00:15Z'],
  ['0 30 9 * * Mon-Fri', '2026-11-20T10:00:00Z', '2026-11-23T09:30:00Z'],
  ['0 30 9 * Jan Monday', '2026-11-20T10:00:00Z', '2027-01-04T09:30:00Z'],
  ['0 0 22-20 * * *', '2026-11-22T01:00:00Z', '2026-11-22T20:00:00Z'],
  ['0 5/20 * * * *', '2026-11-22T01:26:00Z', '2026-11-22T01:45:00Z'],
  ['0 0 0 29 2 *', '2026-11-22T00:00:00Z', '2028-02-29T00:00:00Z'],
  ['0 0 0 31 12 *', '2026-12-31T00:00:00Z', '2027-12-31T00:00:00Z'],
  ['0 0 0 13 * 5', '2026-11-22T00:00:00Z', '2027-08-13T00:00:00Z'],
  ['0 0,30 1,13 * * 0', '2026-11-22T01:00:00Z', '2026-11-22T01:30:00Z'],
  ['01:30:00', '2026-11-22T01:00:00Z', '2026-11-22T02:30:00Z'],
  ['1.00:00:10', '2026-11-22T01:00:00Z', '2026-11-23T01:00:10Z'],
])('%s after %s comes at %s', (expression, after, expected) => {
  expect(next(expression, after)).toBe(expected);
});

test.each([
  ...['', '* * *', '60 * * * * *', '* * 24 * * *', '* * * 0 * *', '* * * * 13 *', '* * * * * 7', 'x * * * * *'],
  ...[
    '* * * * * ?',
    '1- * * * * *',
    '*-5 * * * * *',
    '1,,2 * * * * *',
    '@daily',
    '00:00:00',
    '25:00:00',
    '0 0 0 L * *',
  ],
])('"%s" is refused', (expression) => {
  expect(() => parseSchedule(expression)).toThrow(RangeError);
});

test('the next time is later, fits the expression, and nothing fits in between', () => {
  const field = (min: number, max: number): fc.Arbitrary<string> =>
    fc.oneof(
      fc.constant('*'),
      fc.integer({ min, max }).map(String),
      fc.integer({ min: 2, max: 9 }).map((n) => `*/${n}`),
    );
  const after = fc.date({ min: new Date('2020-01-01'), max: new Date('2040-01-01'), noInvalidDate: true });
  fc.assert(
    fc.property(field(0, 59), field(0, 59), field(0, 23), after, (second, minute, hour, from) => {
      const schedule = new Ncrontab(`${second} ${minute} ${hour} * * *`);
      const time = schedule.next(from.getTime());
      const fits = (text: string, value: number): boolean =>
        text === '*' || (text.startsWith('*/') ? value % Number(text.slice(2)) === 0 : value === Number(text));
      const date = new Date(time);
      expect(time).toBeGreaterThan(from.getTime());
      expect(time % 1000).toBe(0);
      expect(fits(second, date.getUTCSeconds()) && fits(minute, date.getUTCMinutes())).toBe(true);
      expect(fits(hour, date.getUTCHours())).toBe(true);
      expect(schedule.next(time - 1)).toBe(time);
      expect(schedule.next(Math.max(from.getTime(), time - 60_000))).toBe(time);
    }),
  );
});
