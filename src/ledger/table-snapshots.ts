import { odata } from '@azure/data-tables';
import { WHOLE_SCOPE } from '../contracts/snapshots';
import { completeCounts } from '../domain/counts';
import { isGood } from '../domain/good-snapshots';
import { type LedgerTable, type StoredRow } from './ledger-table';
import { listPage } from './listing';
import { packJson, unpackJson } from './packed-json';
import { type Page, type SnapshotCatalog, type SnapshotFilter, type SnapshotRecord } from './port';
import { ALL, isShortName, requiredTimedKey, timedKey, TIMED_KEY } from './row-keys';
import { recordsOf } from './records';

/** A record as it may have been kept before there were plans. */
type KeptSnapshot = Omit<SnapshotRecord, 'scope'> & Partial<Pick<SnapshotRecord, 'scope'>>;

/** Snapshots in the table `snapshots`, kept like runs: the record in the partition `$all`, and a pointer in the partition of the vault and tier. */
export function createSnapshotCatalog(table: LedgerTable): SnapshotCatalog {
  return {
    async put(snapshot) {
      const { shortName, tier } = snapshot;
      const rowKey = requiredTimedKey(snapshot.snapshot);
      await table.insert({ partitionKey: `${shortName}-${tier}`, rowKey });
      await table.put({
        partitionKey: ALL,
        rowKey,
        vault: shortName,
        tier,
        outcome: snapshot.outcome,
        ...packJson('record', snapshot),
      });
    },

    async get(id) {
      const key = timedKey(id);
      const row = key === undefined ? undefined : await table.get(ALL, key);
      return row && toSnapshot(row);
    },

    remove: (id) => remove(table, id),

    list: (filter, limit, continuation) => listSnapshots(table, filter, limit, continuation),
  };
}

async function listSnapshots(
  table: LedgerTable,
  { vault, tier, good }: SnapshotFilter,
  limit: number,
  continuation: string | undefined,
): Promise<Page<SnapshotRecord>> {
  if (vault !== undefined && !isShortName(vault)) return { items: [], continuation: null };
  const isByPartition = vault !== undefined && tier !== undefined;
  const partition = isByPartition ? `${vault}-${tier}` : ALL;
  const conditions = isByPartition
    ? []
    : [
        ...(vault === undefined ? [] : [odata`vault eq ${vault}`]),
        ...(tier === undefined ? [] : [odata`tier eq ${tier}`]),
      ];
  return listPage(
    {
      scope: `snapshots ${partition} ${good ?? ''}`,
      rowKey: TIMED_KEY,
      rows: (after, pageSize) =>
        table.pages(
          [odata`PartitionKey eq ${partition} and RowKey gt ${after}`, ...conditions].join(' and '),
          pageSize,
        ),
      resolve: async (rows) =>
        (isByPartition ? await recordsOf(table, rows) : rows)
          .map((row) => row && toSnapshot(row))
          .map((snapshot) =>
            good === undefined || (snapshot && isGood({ ...snapshot, isExcluded: snapshot.excluded != null })) === good
              ? snapshot
              : undefined,
          ),
    },
    limit,
    continuation,
  );
}

async function remove(table: LedgerTable, id: string): Promise<void> {
  const key = timedKey(id);
  const row = key === undefined ? undefined : await table.get(ALL, key);
  if (key === undefined || row === undefined) return;
  const { shortName, tier } = toSnapshot(row);
  // The record last: whoever is cut off finds it again.
  await table.forget(`${shortName}-${tier}`, key);
  await table.forget(ALL, key);
}

function toSnapshot(row: StoredRow): SnapshotRecord {
  const record = unpackJson('record', row) as KeptSnapshot;
  return { ...record, scope: record.scope ?? WHOLE_SCOPE, counts: completeCounts(record.counts) };
}
