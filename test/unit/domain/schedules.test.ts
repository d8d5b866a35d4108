import { isSchedule, nextOccurrence, occurrenceServedAt } from '../../../src/domain/schedules';

const daily = '0 0 2 * * *';
const monthly = '0 0 2 1 * *';
const served = (schedule: string, now: string): string => occurrenceServedAt(schedule, new Date(now)).toISOString();

test.each([
  ['on time', '2026-11-22T02:00:00.000Z', '2026-11-22T02:00:00.000Z'],
  ['some seconds early', '2026-11-22T01:59:30.000Z', '2026-11-22T02:00:00.000Z'],
  ['exactly a minute early', '2026-11-22T01:59:00.000Z', '2026-11-22T02:00:00.000Z'],
  ['more than a minute early: still the day before', '2026-11-22T01:58:59.999Z', '2026-11-21T02:00:00.000Z'],
  ['hours late', '2026-11-22T23:00:00.000Z', '2026-11-22T02:00:00.000Z'],
])('a daily timer that fires %s serves the right occurrence', (_, now, occurrence) => {
  expect(served(daily, now)).toBe(occurrence);
});

test('a monthly timer serves the first of the month, over years and leap days', () => {
  expect(served(monthly, '2028-02-29T12:00:00Z')).toBe('2028-02-01T02:00:00.000Z');
  expect(served(monthly, '2027-01-01T01:59:59Z')).toBe('2027-01-01T02:00:00.000Z');
});

test.each([
  ['2026-11-22T10:00:19.997Z', '2026-11-22T10:00:20.000Z'],
  ['2026-11-22T10:00:20.400Z', '2026-11-22T10:00:20.000Z'],
  ['2026-11-22T10:00:29.000Z', '2026-11-22T10:00:20.000Z'],
  ['2026-11-22T10:00:39.000Z', '2026-11-22T10:00:40.000Z'],
])('a schedule of 20 seconds that fires at %s serves %s', (now, occurrence) => {
  expect(served('*/20 * * * * *', now)).toBe(occurrence);
});

test('the next occurrence lies strictly after', () => {
  expect(nextOccurrence(daily, new Date('2026-11-22T02:00:00Z')).toISOString()).toBe('2026-11-23T02:00:00.000Z');
  expect(nextOccurrence(monthly, new Date('2026-12-01T02:00:01Z')).toISOString()).toBe('2027-01-01T02:00:00.000Z');
});

test.each([
  [daily, true],
  ['*/15 * * * * *', true],
  ['0 0 2 * * MON-FRI', true],
  ['0 0 2 1 * MON', false],
  ['0 0 2 L * *', false],
  ['0 0 2 ? * *', false],
  ['0 2 * * *', false],
  ['0 0 25 * * *', false],
  ['at two', false],
  ['', false],
])('%j is a schedule: %s', (text, valid) => {
  expect(isSchedule(text)).toBe(valid);
});
