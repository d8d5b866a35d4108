import { type DataKeyRef, type ObjectOutcome } from '../contracts/objects';
import { countObjects } from '../domain/counts';
import { StrongroomError } from '../errors';
import { untilUncontended } from './contention';
import { type LedgerTable, type NewRow } from './ledger-table';
import { isSameRow, objectConflict, objectKey, tallyKey, toTableRow } from './object-rows';
import { packJson } from './packed-json';
import { type ObjectRow } from './port';
import { readRange } from './object-range';
import { intoTransactions } from './transactions';

type RecordedRow = ObjectRow & { outcome: ObjectOutcome };
interface OpenRow {
  row: RecordedRow;
  etag: string;
}

/**
 * Records a batch; see `ObjectLedger.recordBatch`. One round trip if the rows carry the revision that they were read with. Otherwise, and when
 * a write meets another state than that, the table is read: what is there as given is ours already (a second run, or a lost answer), another outcome is a
 * conflict, and the rest is written.
 */
export async function recordBatch(
  table: LedgerTable,
  inventory: string,
  rows: readonly ObjectRow[],
  dataKeys: readonly DataKeyRef[],
): Promise<void> {
  const batch = rows.map(withOutcome);
  await untilUncontended('objects', async (round) => {
    const known = round === 0 ? asRead(batch) : undefined;
    const open = known ?? (await stillOpen(table, inventory, batch));
    return (await write(table, inventory, open, dataKeys)) ? true : undefined;
  });
}

/** Each transaction brings the tally of its own rows, so that there is never an outcome without its tally nor a stored item without its data key. */
async function write(
  table: LedgerTable,
  inventory: string,
  open: readonly OpenRow[],
  dataKeys: readonly DataKeyRef[],
): Promise<boolean> {
  const writes = open.map(({ row, etag }) => ({ row, replace: toTableRow(inventory, row), etag }));
  for (const group of intoTransactions(writes, 1)) {
    const tally = tallyOf(
      inventory,
      group.map(({ row }) => row),
      dataKeys,
    );
    if (!(await table.transact([...group, { create: tally }]))) return false;
  }
  return true;
}

function tallyOf(inventory: string, rows: readonly RecordedRow[], dataKeys: readonly DataKeyRef[]): NewRow {
  const first = Math.min(...rows.map(({ ordinal }) => ordinal));
  return {
    partitionKey: inventory,
    rowKey: tallyKey(first),
    ...packJson('tally', { counts: countObjects(rows), dataKeys }),
  };
}

function asRead(batch: readonly RecordedRow[]): OpenRow[] | undefined {
  const open = batch.flatMap((row) => (row.revision === undefined ? [] : [{ row, etag: row.revision }]));
  return open.length === batch.length ? open : undefined;
}

async function stillOpen(table: LedgerTable, inventory: string, batch: readonly RecordedRow[]): Promise<OpenRow[]> {
  const ordinals = batch.map(({ ordinal }) => ordinal);
  const range = await readRange(table, inventory, Math.min(...ordinals), Math.max(...ordinals) + 1);
  const stored = new Map(range.map((row) => [row.rowKey, row]));
  return batch.flatMap((row) => {
    const there = stored.get(objectKey(row.ordinal));
    if (there === undefined) {
      throw new StrongroomError('ledger_refused', 'The inventory has no such object.', {
        details: { table: 'objects', inventory, ordinal: row.ordinal },
      });
    }
    if (there['outcome'] === undefined) return [{ row, etag: there.etag }];
    if (!isSameRow(there, row)) throw objectConflict(inventory, row.ordinal);
    return [];
  });
}

function withOutcome(row: ObjectRow): RecordedRow {
  const { outcome } = row;
  if (outcome === null)
    throw new StrongroomError('internal_error', 'A batch was recorded before all its objects had an outcome.');
  return { ...row, outcome };
}
