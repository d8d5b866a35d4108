import fc from 'fast-check';
import { stripVTControlCharacters } from 'node:util';
import { parseTime } from '../../../src/cli/option-values';
import { createPaint } from '../../../src/cli/paint';
import { formatCodes, renderTable } from '../../../src/cli/print-table';
import { formatAge, formatDuration, formatSpan, formatTime } from '../../../src/cli/print-time';

const now = new Date('2026-11-22T05:00:00Z');

test.each([
  [0, 'now'],
  [1_000, '1 s ago'],
  [59_999, '59 s ago'],
  [60_000, '1 min ago'],
  [3_600_000, '1 h ago'],
  [47 * 3_600_000, '47 h ago'],
  [48 * 3_600_000, '2 days ago'],
  [-90_000, 'in 1 min'],
])('an age of %i ms is "%s"', (milliseconds, text) => {
  expect(formatAge(milliseconds)).toBe(text);
});

test.each([
  [-1, '0:00'],
  [7_000, '0:07'],
  [750_000, '12:30'],
  [3_723_000, '1:02:03'],
  [360_000_000, '100:00:00'],
])('a duration of %i ms is "%s"', (milliseconds, text) => {
  expect(formatDuration(milliseconds)).toBe(text);
});

test('times are in UTC, whatever offset they came with; none is a dash', () => {
  expect(formatTime('2026-11-22T03:00:00+01:00', now)).toBe('2026-11-22 02:00:00Z (3 h ago)');
  expect(formatTime(null, now)).toBe('-');
  expect(formatTime('nonsense', now)).toBe('-');
  expect(formatSpan(null, null, now)).toBe('-');
  expect(formatSpan('2026-11-22T04:59:00Z', null, now)).toBe('1:00');
});

test('codes are listed with the most frequent first', () => {
  expect(formatCodes({ b: 1, a: 1, c: 1200, none: 0 })).toBe('c 1,200, a 1, b 1');
});

test.each([
  ['2026-11-22', '2026-11-22T00:00:00.000Z'],
  ['2026-11-22T02:00:00', '2026-11-22T02:00:00.000Z'],
  ['2026-11-22 02:00:00', '2026-11-22T02:00:00.000Z'],
  ['2026-11-22T02:00:00+01:00', '2026-11-22T01:00:00.000Z'],
])('the option %s means %s', (text, time) => {
  expect(parseTime(text)).toBe(time);
});

test.each(['2026-02-30', '22.11.2026', '02:00', ''])('the option "%s" is no time', (text) => {
  expect(() => parseTime(text)).toThrow('Give a time in UTC');
});

test('columns begin below each other, coloured or not', () => {
  const cell = fc.stringMatching(/^[a-z0-9]{0,12}$/);
  fc.assert(
    fc.property(fc.array(fc.tuple(cell, cell), { minLength: 1 }), (rows) => {
      const paint = createPaint(true);
      const plain = renderTable([{ title: 'A' }, { title: 'N', align: 'right' }], rows);
      const coloured = renderTable(
        [{ title: 'A' }, { title: 'N', align: 'right' }],
        rows.map(([a, b]) => [paint.dim(a), paint.failures(1, b)]),
      );
      expect(coloured.map((line) => stripVTControlCharacters(line).trimEnd())).toEqual(plain);
      expect(new Set(plain.filter((_, index) => rows[index - 1]?.[1] !== '').map((line) => line.length)).size).toBe(1);
    }),
  );
});
