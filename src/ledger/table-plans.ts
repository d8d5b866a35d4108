import { odata } from '@azure/data-tables';
import { type PlanRecord } from '../contracts/plans';
import { type LedgerTable, type NewRow, type StoredRow } from './ledger-table';
import { packJson, unpackJson } from './packed-json';
import { type PlanLedger } from './port';
import { ALL, isShortName } from './row-keys';

/** Plans in the table `plans`: one partition, by short name. Nobody can change a plan that somebody else has changed since it was read. */
export function createPlanLedger(table: LedgerTable): PlanLedger {
  const find = async (vault: string): Promise<StoredRow | undefined> =>
    isShortName(vault) ? table.get(ALL, vault) : undefined;

  return {
    async list() {
      return (await table.all(odata`PartitionKey eq ${ALL}`)).map(toPlan);
    },

    async get(vault) {
      const row = await find(vault);
      return row && toPlan(row);
    },

    async put(record, expected) {
      const before = await find(record.vault);
      const revision = before === undefined ? null : toPlan(before).revision;
      if (revision === record.revision) return true;
      if (revision !== expected) return false;
      const written =
        before === undefined ? await table.insert(toRow(record)) : await table.replace(toRow(record), before.etag);
      // Either somebody was faster, or the answer to our own write was lost and it was sent again.
      return written || (await this.get(record.vault))?.revision === record.revision;
    },

    async remove(vault, expected) {
      const before = await find(vault);
      if (before === undefined) return true;
      return toPlan(before).revision === expected && (await table.remove(before));
    },
  };
}

// The columns beside the record are for a person who looks at the table.
function toRow(record: PlanRecord): NewRow {
  const { vault, revision, plan, changedAt } = record;
  return {
    partitionKey: ALL,
    rowKey: vault,
    revision,
    enabled: plan.enabled,
    changedAt,
    ...packJson('record', record),
  };
}

function toPlan(row: StoredRow): PlanRecord {
  return unpackJson('record', row) as PlanRecord;
}
