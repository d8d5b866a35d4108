import { type LedgerTable, type StoredRow } from './ledger-table';
import { ALL } from './row-keys';
import { inParallel } from '../in-parallel';

const POINT_READS_AT_ONCE = 16;

/** The records that pointers stand for, one for one; `undefined` where a creation was cut off between pointer and record. */
export async function recordsOf(
  table: LedgerTable,
  pointers: readonly StoredRow[],
): Promise<(StoredRow | undefined)[]> {
  const records = new Map<string, StoredRow | undefined>();
  await inParallel(pointers, POINT_READS_AT_ONCE, async ({ rowKey }) => {
    records.set(rowKey, await table.get(ALL, rowKey));
  });
  return pointers.map(({ rowKey }) => records.get(rowKey));
}
