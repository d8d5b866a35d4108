import fc from 'fast-check';
import { type CallClass, VaultLimiter } from '../../../src/vault/limiter';
import { ManualTiming, settled } from './manual-timing';

function limiter(
  timing: ManualTiming,
  budget: Partial<{ share: number; instances: number; concurrency: number }> = {},
) {
  return new VaultLimiter({ share: 1, instances: 1, concurrency: 1_000_000, ...budget }, timing);
}

/** Starts calls that end at once; gives the moments at which they went. */
function start(limiter: VaultLimiter, timing: ManualTiming, count: number, callClass: CallClass = 'general') {
  const moments: number[] = [];
  for (let call = 0; call < count; call++) {
    void limiter.run(callClass, () => Promise.resolve(moments.push(timing.now())));
  }
  return moments;
}

const within = (moments: number[], from: number, to: number) => moments.filter((at) => at >= from && at < to).length;

describe('vault limiter', () => {
  it.each<[CallClass, number]>([
    ['general', 2_000],
    ['key', 2_000],
    ['keyOperation', 250],
    ['creation', 150],
  ])('keeps %s calls to half of the budget of the vault', async (callClass, allowed) => {
    const timing = new ManualTiming();
    const moments = start(limiter(timing, { share: 0.5 }), timing, allowed * 2 + 1, callClass);
    await timing.advance(9_999);
    expect(moments).toHaveLength(allowed);
    await timing.advance(1);
    expect(moments).toHaveLength(allowed * 2);
  });

  it('divides the budget by the number of instances, and leaves at least one call', async () => {
    const timing = new ManualTiming();
    const moments = start(limiter(timing, { instances: 4 }), timing, 5_000);
    const few = start(limiter(timing, { instances: 100_000 }), timing, 3, 'creation');
    await settled();
    expect([moments.length, few.length]).toEqual([1_000, 1]);
  });

  it('never exceeds the budget in any ten seconds, whatever is asked when', async () => {
    const step = fc.record({
      calls: fc.integer({ min: 0, max: 60 }),
      callClass: fc.constantFrom<CallClass>('key', 'keyOperation'),
      pause: fc.integer({ min: 0, max: 4_000 }),
      throttle: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 12 }), async (steps) => {
        const timing = new ManualTiming();
        const subject = limiter(timing, { share: 0.01 });
        const went: { at: number; units: number }[] = [];
        for (const { calls, callClass, pause, throttle } of steps) {
          if (throttle) subject.throttled();
          for (let call = 0; call < calls; call++) {
            const units = callClass === 'key' ? 1 : 8;
            void subject.run(callClass, () => Promise.resolve(went.push({ at: timing.now(), units })));
          }
          await timing.advance(pause);
          subject.succeeded();
        }
        for (const { at: end } of went) {
          const inside = went.filter(({ at }) => at > end - 10_000 && at <= end);
          expect(inside.reduce((sum, { units }) => sum + units, 0)).toBeLessThanOrEqual(40);
        }
      }),
      { numRuns: 40 },
    );
  });

  it('serves first who came first, and lets nobody overtake within a lane', async () => {
    const timing = new ManualTiming();
    const subject = limiter(timing, { share: 0.002 });
    const order: string[] = [];
    const call = (name: string, callClass: CallClass) =>
      void subject.run(callClass, () => Promise.resolve(order.push(name)));
    for (const name of ['a', 'b', 'c']) call(name, 'key');
    call('dear', 'keyOperation');
    call('d', 'key');
    call('new secret', 'creation');
    call('secret', 'general');
    await settled();
    expect(order).toEqual(['a', 'b', 'c', 'new secret', 'secret']);
    await timing.advance(20_000);
    expect(order).toEqual(['a', 'b', 'c', 'new secret', 'secret', 'dear', 'd']);
  });

  it('keeps to the number of calls under way at once', async () => {
    const timing = new ManualTiming();
    const subject = limiter(timing, { concurrency: 2 });
    const ends: (() => void)[] = [];
    for (let call = 0; call < 5; call++) {
      void subject.run('general', () => new Promise<void>((resolve) => ends.push(resolve)));
    }
    await settled();
    expect(ends).toHaveLength(2);
    ends[0]!();
    await settled();
    expect(ends).toHaveLength(3);
  });

  it('frees the place of a call that failed', async () => {
    const timing = new ManualTiming();
    const subject = limiter(timing, { concurrency: 1 });
    await expect(subject.run('general', () => Promise.reject(new Error('failed')))).rejects.toThrow('failed');
    await expect(subject.run('general', () => Promise.resolve('next'))).resolves.toBe('next');
  });

  it('lets a waiting caller give up, and leaves no timer behind when nobody waits', async () => {
    const timing = new ManualTiming();
    const subject = limiter(timing, { share: 0.00025 });
    const giveUp = new AbortController();
    await subject.run('general', () => Promise.resolve());
    const waiting = subject.run('general', () => Promise.resolve('never'), giveUp.signal);
    await settled();
    expect(timing.sleepers).toBe(1);
    giveUp.abort();
    await expect(waiting).rejects.toMatchObject({ name: 'AbortError' });
    await settled();
    expect(timing.sleepers).toBe(0);
    await expect(subject.run('general', () => Promise.resolve(), giveUp.signal)).rejects.toThrow();
  });

  it('pauses and halves its rate on a 429, once a second at most, down to a tenth', async () => {
    const timing = new ManualTiming();
    const subject = limiter(timing);
    subject.throttled();
    subject.throttled();
    expect(subject.rate).toBe(0.5);
    const moments = start(subject, timing, 10_000);
    await timing.advance(499);
    expect(moments).toHaveLength(0);
    await timing.advance(10_000);
    expect(within(moments, 500, 10_500)).toBeGreaterThanOrEqual(1_990);
    expect(within(moments, 500, 10_500)).toBeLessThanOrEqual(2_030);
    for (let second = 0; second < 10; second++) {
      subject.throttled();
      await timing.advance(1_000);
    }
    expect(subject.rate).toBe(1 / 10);
  });

  it('raises its rate step by step while calls succeed', async () => {
    const timing = new ManualTiming();
    const subject = limiter(timing);
    subject.throttled();
    const rates: number[] = [];
    for (let second = 0; second < 12; second++) {
      await timing.advance(1_000);
      subject.succeeded();
      subject.succeeded();
      rates.push(Number(subject.rate.toFixed(2)));
    }
    expect(rates).toEqual([0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 1, 1, 1]);
  });
});
