import { odata } from '@azure/data-tables';
import { type DataKeyRef, type ListedObject } from '../contracts/objects';
import { NO_FACTS, type SnapshotCounts } from '../contracts/snapshots';
import { addCounts } from '../domain/counts';
import { recordBatch } from './batch-recording';
import { type LedgerTable } from './ledger-table';
import { listPage } from './listing';
import { readRange } from './object-range';
import {
  BETWEEN_OBJECTS_AND_TALLIES,
  isSameRow,
  OBJECT_KEY,
  objectConflict,
  toObjectRow,
  toTableRow,
} from './object-rows';
import { unpackJson } from './packed-json';
import { type ObjectFilter, type ObjectLedger, type ObjectRow, type Tally } from './port';
import { inParallel } from '../in-parallel';
import { intoTransactions } from './transactions';

const TRANSACTIONS_AT_ONCE = 4;
const PAGE_ROWS = 1_000;

/** Objects in the table `objects`: a partition per inventory, in it the objects by ordinal, and the tallies of what was recorded. */
export function createObjectLedger(table: LedgerTable): ObjectLedger {
  return {
    add: (inventory, first, objects) => addRows(table, inventory, first, objects),

    async read(inventory, first, end) {
      const stored = await readRange(table, inventory, first, end);
      return stored.map((row) => ({
        ...toObjectRow(row),
        ...(row['outcome'] === undefined ? { revision: row.etag } : {}),
      }));
    },

    async *readAll(inventory) {
      for await (const page of table.pages(objectsAfter(inventory, ''), PAGE_ROWS)) yield* page.map(toObjectRow);
    },

    recordBatch: (inventory, rows, dataKeys) => recordBatch(table, inventory, rows, dataKeys),

    async tally(inventory) {
      const rows = await table.all(odata`PartitionKey eq ${inventory} and RowKey gt ${BETWEEN_OBJECTS_AND_TALLIES}`);
      return sumOf(rows.map((row) => unpackJson('tally', row) as { counts: SnapshotCounts; dataKeys: DataKeyRef[] }));
    },

    list: (inventory, filter, limit, continuation) =>
      listPage(
        {
          scope: `objects ${inventory}`,
          rowKey: OBJECT_KEY,
          rows: (after, pageSize) =>
            table.pages([objectsAfter(inventory, after), ...conditions(filter)].join(' and '), pageSize),
          resolve: (rows) => Promise.resolve(rows.map(toObjectRow)),
        },
        limit,
        continuation,
      ),
  };
}

async function addRows(
  table: LedgerTable,
  inventory: string,
  first: number,
  objects: readonly ListedObject[],
): Promise<void> {
  const writes = objects.map((object, index) => {
    const row = { ...object, ordinal: first + index, outcome: null, code: null, ...NO_FACTS };
    return { row, create: toTableRow(inventory, row) };
  });
  await inParallel(intoTransactions(writes), TRANSACTIONS_AT_ONCE, async (group) => {
    const rows = group.map(({ row }) => row);
    if (!(await table.transact(group))) await expectRows(table, inventory, rows);
  });
}

// Rows that are there as they should be are our own: the answer to the transaction was lost, and it was sent again.
async function expectRows(table: LedgerTable, inventory: string, rows: readonly ObjectRow[]): Promise<void> {
  const first = rows[0]?.ordinal ?? 0;
  const stored = await readRange(table, inventory, first, first + rows.length);
  const isOurs = rows.every((row, index) => stored[index] !== undefined && isSameRow(stored[index], row));
  if (!isOurs) throw objectConflict(inventory, first);
}

function objectsAfter(inventory: string, after: string): string {
  return odata`PartitionKey eq ${inventory} and RowKey gt ${after} and RowKey lt ${BETWEEN_OBJECTS_AND_TALLIES}`;
}

function conditions({ kind, outcome, code }: ObjectFilter): string[] {
  return [
    ...(kind === undefined ? [] : [odata`kind eq ${kind}`]),
    ...(outcome === undefined ? [] : [odata`outcome eq ${outcome}`]),
    ...(code === undefined ? [] : [odata`code eq ${code}`]),
  ];
}

function sumOf(parts: { counts: SnapshotCounts; dataKeys: DataKeyRef[] }[]): Tally {
  const counts = addCounts(parts.map((part) => part.counts));
  const dataKeys = new Map(parts.flatMap((part) => part.dataKeys).map((key) => [key.id, key]));
  return { done: counts.objects, counts, dataKeys: [...dataKeys.values()] };
}
