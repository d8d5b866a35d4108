import { inParallel } from '../../../src/in-parallel';
import { intoTransactions } from '../../../src/ledger/transactions';

const write = (rowKey: string, data: string | Uint8Array = '') => ({ create: { partitionKey: 'p', rowKey, data } });

describe('writes in transactions', () => {
  it('are at most 100, in order, with room for what is added', () => {
    const writes = Array.from({ length: 250 }, (_, index) => write(String(index)));
    expect(intoTransactions(writes).map(({ length }) => length)).toEqual([100, 100, 50]);
    expect(intoTransactions(writes, 1).map(({ length }) => length)).toEqual([99, 99, 52]);
    expect(intoTransactions(writes).flat()).toEqual(writes);
    expect(intoTransactions([])).toEqual([]);
  });

  it('are less than 4 MiB, as they go over the wire', () => {
    const binary = Array.from({ length: 10 }, (_, index) => write(String(index), new Uint8Array(900_000)));
    expect(intoTransactions(binary).map(({ length }) => length)).toEqual([2, 2, 2, 2, 2]);
    const quotes = Array.from({ length: 100 }, (_, index) => write(String(index), '"'.repeat(32_000)));
    expect(Math.max(...intoTransactions(quotes).map(({ length }) => length))).toBeLessThan(60);
  });

  it('even if one alone is more than the estimate allows', () => {
    expect(intoTransactions([write('1', new Uint8Array(3_000_000)), write('2')]).map(({ length }) => length)).toEqual([
      1, 1,
    ]);
  });
});

describe('work in parallel', () => {
  it('does each item once, never more than so many at a time', async () => {
    const seen: number[] = [];
    let underWay = 0;
    let most = 0;
    await inParallel([1, 2, 3, 4, 5, 6, 7], 3, async (item) => {
      underWay += 1;
      most = Math.max(most, underWay);
      await Promise.resolve();
      seen.push(item);
      underWay -= 1;
    });
    expect(seen.sort()).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(most).toBe(3);
  });

  it('begins nothing new after a failure, and awaits what is under way', async () => {
    const begun: number[] = [];
    const ended: number[] = [];
    const work = inParallel([1, 2, 3, 4, 5, 6], 2, async (item) => {
      begun.push(item);
      if (item === 1) throw new Error('first');
      for (let turn = 0; turn < 5; turn += 1) await Promise.resolve();
      ended.push(item);
    });
    await expect(work).rejects.toThrow('first');
    expect(begun).toEqual([1, 2]);
    expect(ended).toEqual([2]);
  });
});
