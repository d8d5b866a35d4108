import fc from 'fast-check';
import { runId, timeOfRun } from '../../../src/domain/ids';
import { isShortName, requiredTimedKey, timedKey, timeRange, TIMED_KEY } from '../../../src/ledger/row-keys';

const hex = fc.string({ unit: fc.constantFrom(...Array.from('0123456789abcdef')), minLength: 12, maxLength: 12 });
const time = fc.date({ min: new Date('2000-01-01'), max: new Date('2286-01-01'), noInvalidDate: true });
const id = fc.tuple(time, hex).map(([at, digits]) => runId(at, digits));

/** As the service compares row keys. */
const isBefore = (one: string, other: string) => Buffer.compare(Buffer.from(one), Buffer.from(other)) < 0;
const fits = (key: string, conditions: string[]) =>
  conditions.every((condition) => {
    const [, operator, bound = ''] = /^RowKey (ge|lt) '(\d{10})'$/.exec(condition) ?? [];
    return operator === 'ge' ? !isBefore(key, bound) : operator === 'lt' && isBefore(key, bound);
  });

/** A failure with these properties. */
const failure = (properties: object) => expect.objectContaining(properties) as Error;

describe('row keys of runs and snapshots', () => {
  it('sort the newest first', () => {
    fc.assert(
      fc.property(id, id, (one, other) => {
        const isNewer = timeOfRun(one).getTime() > timeOfRun(other).getTime();
        if (isNewer) expect(isBefore(requiredTimedKey(one), requiredTimedKey(other))).toBe(true);
      }),
    );
  });

  it('are found by the id alone, and hold nothing that a table forbids', () => {
    fc.assert(
      fc.property(id, (one) => {
        expect(timedKey(one)).toMatch(TIMED_KEY);
        expect(timedKey(one)).toContain(one);
        expect(timedKey(one)).not.toMatch(/[/\\#?\p{Cc}]/u);
      }),
    );
  });

  it('are there for ids only', () => {
    for (const none of [
      '',
      'x',
      '20261122T020000Z',
      '20261322T020000Z-000000000000',
      '20261122T020000Z-00000000000G',
      '/20261122T020000Z-000000000000',
    ]) {
      expect(timedKey(none)).toBeUndefined();
      expect(() => requiredTimedKey(none)).toThrow(failure({ code: 'internal_error' }));
    }
  });

  it('fit a range of times by the second, from inclusive, until exclusive', () => {
    const near = fc.integer({ min: -3_000, max: 3_000 });
    fc.assert(
      fc.property(id, near, near, (one, before, after) => {
        const second = timeOfRun(one).getTime();
        const from = new Date(second + before);
        const until = new Date(second + after);
        const isWithin = second >= from.getTime() && second < until.getTime();
        expect(fits(requiredTimedKey(one), timeRange(from.toISOString(), until.toISOString()))).toBe(isWithin);
      }),
    );
  });

  it('fit ranges that end far from any run', () => {
    const key = requiredTimedKey('20261122T020000Z-000000000000');
    expect(fits(key, timeRange('0001-01-01T00:00:00Z', '9999-12-31T23:59:59Z'))).toBe(true);
    expect(fits(key, timeRange('9999-01-01T00:00:00Z', undefined))).toBe(false);
    expect(fits(key, timeRange(undefined, '0001-01-01T00:00:00Z'))).toBe(false);
    expect(timeRange(undefined, undefined)).toEqual([]);
    expect(() => timeRange('yesterday', undefined)).toThrow(failure({ code: 'invalid_request' }));
  });

  it('are asked for only by what can be a short name', () => {
    expect(['contoso-prod', 'A1'].every(isShortName)).toBe(true);
    expect(['', '$all', 'a b', "a'", 'a/b', 'ä', '\u0000', 'x'.repeat(128)].some(isShortName)).toBe(false);
  });
});
