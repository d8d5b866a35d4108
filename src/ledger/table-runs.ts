import { randomUUID } from 'node:crypto';
import { odata } from '@azure/data-tables';
import { type Tier } from '../contracts/objects';
import { hasEnded, type RunRecord } from '../contracts/runs';
import { completeCounts } from '../domain/counts';
import { untilUncontended } from './contention';
import { type LedgerTable, type NewRow, type StoredRow } from './ledger-table';
import { type Listing, listPage } from './listing';
import { packJson, unpackJson } from './packed-json';
import { type Page, type RunFilter, type RunLedger } from './port';
import { recordsOf } from './records';
import { ALL, isShortName, requiredTimedKey, timedKey, timeRange, TIMED_KEY } from './row-keys';

/**
 * Runs in the table `runs`: the record in the partition `$all`, found by its id and listed newest first; and a row that never changes in the partition
 * of the vault, so that listing one vault's runs does not go through those of all.
 */
export function createRunLedger(table: LedgerTable): RunLedger {
  const find = async (id: string): Promise<StoredRow | undefined> => {
    const key = timedKey(id);
    return key === undefined ? undefined : table.get(ALL, key);
  };

  return {
    async create(run) {
      const rowKey = requiredTimedKey(run.id);
      const pointer = { kind: run.kind, ...tierOf(run) };
      if (run.vault !== null) await table.insert({ partitionKey: run.vault, rowKey, ...pointer });
      const row = toRow(run, randomUUID());
      if (await table.insert(row)) return true;
      // Either it was there, or the answer to our own insert was lost and it was sent again.
      return (await table.get(ALL, rowKey))?.['creation'] === row['creation'];
    },

    async get(id) {
      const row = await find(id);
      return row && toRun(row);
    },

    async change(id, change) {
      const { run } = await untilUncontended('runs', async () => {
        const row = await find(id);
        const before = row && toRun(row);
        if (row === undefined || before === undefined || hasEnded(before.status)) return { run: before };
        const after = { ...before, ...change };
        return (await table.replace(toRow(after, row['creation']), row.etag)) ? { run: after } : undefined;
      });
      return run;
    },

    list: (filter, limit, continuation) => listRuns(table, filter, limit, continuation),
  };
}

async function listRuns(
  table: LedgerTable,
  filter: RunFilter,
  limit: number,
  continuation?: string,
): Promise<Page<RunRecord>> {
  if (filter.vault !== undefined && !isShortName(filter.vault)) return { items: [], continuation: null };
  // Pointers know no status, and to read the record of each would cost more than to filter all records.
  const isByVault = filter.vault !== undefined && filter.status === undefined;
  const partition = isByVault ? filter.vault : ALL;
  const conditions = isByVault ? pointerConditions(filter) : recordConditions(filter);
  const listing: Listing<RunRecord> = {
    scope: `runs ${partition}`,
    rowKey: TIMED_KEY,
    rows: (after, pageSize) =>
      table.pages([odata`PartitionKey eq ${partition} and RowKey gt ${after}`, ...conditions].join(' and '), pageSize),
    resolve: async (rows) => (isByVault ? await recordsOf(table, rows) : rows).map((row) => row && toRun(row)),
  };
  return listPage(listing, limit, continuation);
}

function pointerConditions({ kind, tier, from, until }: RunFilter): string[] {
  return [
    ...timeRange(from, until),
    ...(kind === undefined ? [] : [odata`kind eq ${kind}`]),
    ...(tier === undefined ? [] : [odata`tier eq ${tier}`]),
  ];
}

function recordConditions(filter: RunFilter): string[] {
  return [
    ...pointerConditions(filter),
    ...(filter.vault === undefined ? [] : [odata`vault eq ${filter.vault}`]),
    ...(filter.status === undefined ? [] : [odata`status eq ${filter.status}`]),
  ];
}

// The columns beside the record are for filters, and for a person who looks at the table.
function toRow(run: RunRecord, creation: unknown): NewRow {
  return {
    partitionKey: ALL,
    rowKey: requiredTimedKey(run.id),
    creation,
    kind: run.kind,
    ...tierOf(run),
    status: run.status,
    ...(run.vault === null ? {} : { vault: run.vault }),
    ...packJson('record', run),
  };
}

function tierOf({ tier }: RunRecord): { tier?: Tier } {
  return tier === null ? {} : { tier };
}

function toRun(row: StoredRow): RunRecord {
  const record = unpackJson('record', row) as RunRecord;
  return { ...record, counts: record.counts && completeCounts(record.counts) };
}
