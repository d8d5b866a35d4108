import { fastest, objectsPerSecond, percentile } from '../../../bench/measurement';

const measured = (elapsedMs: number) => ({ objects: 100, elapsedMs, objectMs: [] });

describe('figures of the benchmark', () => {
  it('takes percentiles of values in any order', () => {
    const values = [5, 1, 4, 2, 3, 10, 9, 8, 7, 6];
    expect([percentile(values, 0), percentile(values, 0.5), percentile(values, 0.95), percentile(values, 1)]).toEqual([
      1, 6, 10, 10,
    ]);
    expect(percentile([], 0.5)).toBeNaN();
  });

  it('counts the fastest round', () => {
    expect(fastest([measured(300), measured(200), measured(250)]).elapsedMs).toBe(200);
    expect(() => fastest([])).toThrow(RangeError);
  });

  it('gives objects per second', () => {
    expect(objectsPerSecond(measured(2_000))).toBe(50);
  });
});
