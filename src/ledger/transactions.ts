import { type NewRow, type RowWrite } from './ledger-table';

// The service takes 100 writes and 4 MiB; what is estimated here leaves room.
const MOST_WRITES = 100;
const MOST_BYTES = 3_500_000;
const OVERHEAD_BYTES = 800;

/**
 * Cuts items into groups whose writes fit into one transaction each, in order. `reserve` writes of a group are left free for what its caller
 * adds; their size must be within 200 KB in all.
 */
export function intoTransactions<T extends RowWrite>(writes: readonly T[], reserve = 0): T[][] {
  const groups: T[][] = [];
  let bytes = Infinity;
  for (const write of writes) {
    const size = estimatedBytes('create' in write ? write.create : write.replace);
    let group = groups.at(-1);
    if (group === undefined || bytes + size > MOST_BYTES || group.length >= MOST_WRITES - reserve) {
      group = [];
      groups.push(group);
      bytes = 0;
    }
    group.push(write);
    bytes += size;
  }
  return groups;
}

/** Runs the work on every item, at most `limit` at a time. After a failure nothing new is begun; what is under way is awaited, then the failure is thrown. */
export async function inParallel<T>(
  items: Iterable<T>,
  limit: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const queue = items[Symbol.iterator]();
  let hasFailed = false;
  const worker = async (): Promise<void> => {
    for (let next = queue.next(); next.done !== true && !hasFailed; next = queue.next()) {
      try {
        await work(next.value);
      } catch (error) {
        hasFailed = true;
        throw error;
      }
    }
  };
  const ended = await Promise.allSettled(Array.from({ length: limit }, worker));
  const failure = ended.find((result) => result.status === 'rejected');
  if (failure !== undefined) throw failure.reason;
}

function estimatedBytes(row: NewRow): number {
  let bytes = OVERHEAD_BYTES;
  for (const [property, value] of Object.entries(row)) {
    const size =
      value instanceof Uint8Array ? Math.ceil(value.length / 3) * 4 : Buffer.byteLength(JSON.stringify(value));
    bytes += property.length + size + 50;
  }
  return bytes;
}
