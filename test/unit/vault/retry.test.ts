import { type ErrorCode, StrongroomError } from '../../../src/errors';
import { retry } from '../../../src/vault/retry';
import { ManualTiming } from './manual-timing';

const failure = (code: ErrorCode, retryable: boolean, details = {}) =>
  new StrongroomError(code, 'What to do.', { retryable, details: { status: 503, ...details }, cause: 'the cause' });

const atOnce = <T>(work: () => Promise<T>): Promise<T> => work();

/** Runs attempts that fail `failures` times, then succeed; time flies. */
async function run(timing: ManualTiming, failures: number, error: unknown, attemptMs = 0) {
  let attempts = 0;
  const subject = async () => {
    attempts++;
    if (attemptMs > 0) await timing.sleep(attemptMs);
    if (attempts <= failures) throw error;
    return 'done';
  };
  const work = retry(subject, { timing, turn: atOnce }).then(
    (value) => ({ value }),
    (reason: unknown) => ({ reason }),
  );
  await timing.advance(10_000_000);
  return { attempts, ...(await work) } as { attempts: number; value?: string; reason?: StrongroomError };
}

describe('retry', () => {
  it('repeats what a retry may cure, with full jitter over doubling delays', async () => {
    const timing = new ManualTiming();
    timing.willRoll(0.999, 0, 0.25, 1, 1);
    const { attempts, value } = await run(timing, 5, failure('vault_unavailable', true));
    expect({ attempts, value }).toEqual({ attempts: 6, value: 'done' });
    expect(timing.sleeps).toEqual([499.5, 0, 500, 4_000, 8_000]);
  });

  it('gives up after six tries with the last error as it was and the number of tries', async () => {
    const { attempts, reason } = await run(new ManualTiming(), 99, failure('vault_unreachable', true));
    expect(attempts).toBe(6);
    expect(reason).toMatchObject({
      code: 'vault_unreachable',
      message: 'What to do.',
      retryable: true,
      cause: 'the cause',
      details: { status: 503, tries: 6 },
    });
  });

  it('has more patience with a vault that throttles', async () => {
    const { attempts, reason } = await run(new ManualTiming(), 99, failure('vault_throttled', true));
    expect([attempts, reason?.details.tries]).toEqual([10, 10]);
  });

  it('waits as long as it is asked to', async () => {
    const timing = new ManualTiming();
    await run(timing, 1, failure('vault_throttled', true, { retryAfterSeconds: 7 }));
    expect(timing.sleeps).toEqual([7_000]);
  });

  it('begins no try after two minutes', async () => {
    const { attempts } = await run(new ManualTiming(), 99, failure('vault_unreachable', true), 60_000);
    expect(attempts).toBe(2);
  });

  it('does not count the wait for a turn', async () => {
    const timing = new ManualTiming();
    const turn = async <T>(work: () => Promise<T>): Promise<T> => {
      await timing.sleep(100_000);
      return work();
    };
    let attempts = 0;
    const work = retry(
      () => (++attempts < 6 ? Promise.reject(failure('vault_unavailable', true)) : Promise.resolve(attempts)),
      {
        timing,
        turn,
      },
    );
    await timing.advance(10_000_000);
    expect(await work).toBe(6);
  });

  it('does not repeat what no retry cures', async () => {
    const refused = await run(new ManualTiming(), 99, failure('vault_refused', false));
    expect([refused.attempts, refused.reason?.details.tries]).toEqual([1, 1]);
    const foreign = new TypeError('a fault of ours');
    expect(await run(new ManualTiming(), 99, foreign)).toEqual({ attempts: 1, reason: foreign });
  });

  it('stops waiting when its caller gives up', async () => {
    const timing = new ManualTiming();
    const giveUp = new AbortController();
    const work = retry(() => Promise.reject(failure('vault_unavailable', true)), {
      timing,
      turn: atOnce,
      signal: giveUp.signal,
    });
    const rejection = expect(work).rejects.toMatchObject({ name: 'AbortError' });
    await timing.advance(0);
    giveUp.abort();
    await rejection;
  });
});
