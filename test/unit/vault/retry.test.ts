import { type ErrorCode, StrongroomError } from '../../../src/errors';
import { retry } from '../../../src/vault/retry';
import { ManualTiming } from './manual-timing';

const failure = (code: ErrorCode, retryable: boolean, details = {}) =>
  new StrongroomError(code, 'What to do.', { retryable, details: { status: 503, ...details }, cause: 'the cause' });

/** Runs attempts that fail `failures` times, then succeed; time flies. */
async function run(timing: ManualTiming, failures: number, error: Error) {
  let attempts = 0;
  const subject = () => {
    attempts++;
    return attempts <= failures ? Promise.reject(error) : Promise.resolve('done');
  };
  const work = retry(subject, timing).then(
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
    expect([attempts, reason?.details.tries]).toEqual([12, 12]);
  });

  it('does not take throttling for failing', async () => {
    const timing = new ManualTiming();
    timing.willRoll(...Array.from({ length: 20 }, () => 0));
    const errors = Array.from({ length: 14 }, (_, index) =>
      failure(index % 3 === 0 ? 'vault_unavailable' : 'vault_throttled', true),
    );
    const work = retry(() => (errors.length > 0 ? Promise.reject(errors.pop()!) : Promise.resolve('done')), timing);
    await timing.advance(0);
    expect(await work).toBe('done');
  });

  it('waits as long as it is asked to', async () => {
    const timing = new ManualTiming();
    await run(timing, 1, failure('vault_throttled', true, { retryAfterSeconds: 7 }));
    expect(timing.sleeps).toEqual([7_000]);
  });

  it('waits no longer than sixteen seconds, whatever it is asked', async () => {
    const timing = new ManualTiming();
    await run(timing, 1, failure('vault_unavailable', true, { retryAfterSeconds: 3_600 }));
    expect(timing.sleeps).toEqual([16_000]);
  });

  it('gives up on a vault that does not answer after the second try', async () => {
    const { attempts } = await run(new ManualTiming(), 99, failure('vault_unreachable', true, { reason: 'TIMEOUT' }));
    expect(attempts).toBe(2);
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
    const work = retry(() => Promise.reject(failure('vault_unavailable', true)), timing, giveUp.signal);
    const rejection = expect(work).rejects.toMatchObject({ name: 'AbortError' });
    await timing.advance(0);
    giveUp.abort();
    await rejection;
  });
});
