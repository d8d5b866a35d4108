import { ExpiringCache } from '../../../src/crypto/expiring-cache';
import { ManualClock } from '../../fakes/manual-clock';

describe('the expiring cache', () => {
  const clock = new ManualClock();
  const cached = () => {
    let loads = 0;
    const cache = new ExpiringCache<number>(clock, 1_000, 2);
    return { cache, get: (key: string) => cache.get(key, () => Promise.resolve((loads += 1))) };
  };

  it('loads once for all who ask at the same time', async () => {
    const { get } = cached();
    expect(await Promise.all([get('a'), get('a'), get('a')])).toEqual([1, 1, 1]);
  });

  it('loads again when the time is over, counted from the load', async () => {
    const { get } = cached();
    expect(await get('a')).toBe(1);
    clock.advance(999);
    expect(await get('a')).toBe(1);
    clock.advance(1);
    expect(await get('a')).toBe(2);
  });

  it('does not remember a failure', async () => {
    const { cache, get } = cached();
    await expect(cache.get('a', () => Promise.reject(new Error('once')))).rejects.toThrow('once');
    expect(await get('a')).toBe(1);
  });

  it('holds no more than it may, and lets the oldest go', async () => {
    const { cache, get } = cached();
    for (const key of ['a', 'b', 'c']) await get(key);
    expect(cache.dropExpired()).toBe(2);
    expect(await get('b')).toBe(2);
    expect(await get('a')).toBe(4);
  });

  it('forgets what it is told to forget, and what is too old', async () => {
    const { cache, get } = cached();
    await get('a 1');
    await get('b 1');
    cache.forget((key) => key.startsWith('a '));
    expect(await get('b 1')).toBe(2);
    expect(await get('a 1')).toBe(3);
    clock.advance(1_000);
    expect(cache.dropExpired()).toBe(0);
  });
});
