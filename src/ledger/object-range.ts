import { odata } from '@azure/data-tables';
import { type LedgerTable, type StoredRow } from './ledger-table';
import { objectKey } from './object-rows';

/** The rows of an inventory with `first <= ordinal < end`, in order. */
export function readRange(table: LedgerTable, inventory: string, first: number, end: number): Promise<StoredRow[]> {
  return table.all(
    odata`PartitionKey eq ${inventory} and RowKey ge ${objectKey(first)} and RowKey lt ${objectKey(end)}`,
  );
}
