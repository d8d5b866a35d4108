import { odata } from '@azure/data-tables';
import { type LedgerTable } from './ledger-table';
import { type SnapshotUse, type SnapshotUses } from './port';

const PARTITION = 'uses';

/** Marks on snapshots in the table `state`: one row per snapshot and run. */
export function createSnapshotUses(table: LedgerTable): SnapshotUses {
  return {
    async begin(use) {
      await table.put({ partitionKey: PARTITION, rowKey: keyOf(use), ...use });
    },

    end: (use) => table.forget(PARTITION, keyOf(use)),

    async current(now) {
      const rows = await table.all(odata`PartitionKey eq ${PARTITION}`);
      const marks = rows.filter(
        (row) => typeof row['until'] === 'string' && Date.parse(row['until']) > Date.parse(now),
      );
      return new Set(marks.map((row) => String(row['snapshot'])));
    },
  };
}

function keyOf({ snapshot, runId }: Pick<SnapshotUse, 'snapshot' | 'runId'>): string {
  return `${snapshot}-${runId}`;
}
