import fc from 'fast-check';
import { SlidingWindow, WINDOW_MS } from '../../../src/vault/sliding-window';

/** Takes calls as early as the window allows; gives the moments at which they went. */
function takeAll(window: SlidingWindow, calls: { units: number; idle: number }[], rate: number) {
  let now = 0;
  return calls.map(({ units, idle }) => {
    now += idle;
    now += Math.ceil(window.wait(units, now, rate));
    expect(window.wait(units, now, rate)).toBe(0);
    window.take(units, now, rate);
    return { at: now, units: Math.min(units, window.budget) };
  });
}

const calls = fc.array(
  fc.record({ units: fc.constantFrom(1, 1, 1, 8), idle: fc.constantFrom(0, 0, 0, 1, 30, 700, 5_000, 12_000) }),
  { minLength: 1, maxLength: 200 },
);

describe('sliding window', () => {
  it('never gives out more than its budget in any ten seconds', () => {
    fc.assert(
      fc.property(calls, fc.integer({ min: 1, max: 60 }), fc.constantFrom(1, 0.5, 0.02), (all, budget, rate) => {
        const taken = takeAll(new SlidingWindow(budget), all, rate);
        for (const { at: end } of taken) {
          const inside = taken.filter(({ at }) => at > end - WINDOW_MS && at <= end);
          expect(inside.reduce((sum, { units }) => sum + units, 0)).toBeLessThanOrEqual(budget);
        }
      }),
    );
  });

  it('lets a whole budget go at once, and the next call when the first has left the window', () => {
    const window = new SlidingWindow(3);
    const moments = takeAll(
      window,
      [0, 100, 100, 0, 0, 0].map((idle) => ({ units: 1, idle })),
      1,
    );
    expect(moments.map(({ at }) => at)).toEqual([0, 100, 200, 10_000, 10_100, 10_200]);
  });

  it('spaces calls evenly when slowed, from the moment on at which it is', () => {
    const window = new SlidingWindow(100);
    takeAll(
      window,
      Array.from({ length: 50 }, () => ({ units: 1, idle: 0 })),
      1,
    );
    const start = 60_000;
    const moments: number[] = [];
    for (let now = start; moments.length < 11;) {
      now += window.wait(1, now, 0.1);
      window.take(1, now, 0.1);
      moments.push(now - start);
    }
    expect(moments[10]).toBeGreaterThanOrEqual(9_900);
  });

  it('lets a call that is dearer than the budget take all of it', () => {
    const window = new SlidingWindow(2);
    const moments = takeAll(
      window,
      [
        { units: 8, idle: 0 },
        { units: 8, idle: 0 },
      ],
      1,
    );
    expect(moments.map(({ at }) => at)).toEqual([0, WINDOW_MS]);
  });
});
