import { MOST_WRITES, type NewRow, rowOfWrite, type RowWrite } from './ledger-table';

// The service takes 4 MiB; what is estimated here leaves room.
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
    const size = estimatedBytes(rowOfWrite(write));
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

function estimatedBytes(row: NewRow): number {
  let bytes = OVERHEAD_BYTES;
  for (const [property, value] of Object.entries(row)) {
    const size =
      value instanceof Uint8Array ? Math.ceil(value.length / 3) * 4 : Buffer.byteLength(JSON.stringify(value));
    bytes += property.length + size + 50;
  }
  return bytes;
}
