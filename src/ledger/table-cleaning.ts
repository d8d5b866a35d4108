import { odata } from '@azure/data-tables';
import { type AlertRecord } from '../contracts/alerts';
import { hasEnded, type RunRecord } from '../contracts/runs';
import { compactTime } from '../domain/ids';
import { inParallel } from '../in-parallel';
import { type Cleaned, type LedgerCleaning, type Portion } from './port-cleaning';
import { type LedgerTable, type StoredRow } from './ledger-table';
import { unpackJson } from './packed-json';
import { ALL, timedKey, timeRange } from './row-keys';
import { POINTER, pointerKey } from './table-alerts';
import { type LedgerTables } from './tables';

const PAGE_ROWS = 1_000;
const AT_ONCE = 8;
const RUN_ID_LENGTH = '00000000T000000Z-000000000000'.length;

/** Housekeeping on the ledger's tables. */
export function createLedgerCleaning({ runs, objects, alerts, audit }: LedgerTables): LedgerCleaning {
  return {
    objectRows: (portion) => cleanObjects(objects, runs, portion),
    runs: (portion) => cleanAll(runs, portion, [], (rows) => removeRuns(runs, rows, portion.until)),
    alerts: (portion) =>
      cleanAll(alerts, portion, [odata`RowKey lt ${POINTER}`, 'open eq false', 'pending eq false'], (rows) =>
        removeAlerts(alerts, rows, portion.until),
      ),
    audit: (portion) =>
      cleanAll(
        audit,
        portion,
        [],
        async (rows) => {
          const keys = rows.map(({ rowKey }) => rowKey);
          await audit.forgetAll(ALL, keys);
          return keys.length;
        },
        [],
      ),
  };
}

/**
 * Partitions begin with the id of their run, and that with its time: the oldest come first. Of a run that is to keep its rows the next look leaves out the
 * rest, however many they are.
 */
async function cleanObjects(
  objects: LedgerTable,
  runs: LedgerTable,
  { until, after, limit }: Portion,
): Promise<Cleaned> {
  const end = compactTime(new Date(until));
  const isOver = rememberedBy((runId: string) => isRunOver(runs, runId, until));
  let removed = 0;
  let place = after;
  while (removed < limit) {
    const range = odata`PartitionKey gt ${place} and PartitionKey lt ${end}`;
    const rows = await firstRows(objects, range, Math.min(PAGE_ROWS, limit - removed), []);
    if (rows.length === 0) return { removed, next: null };
    for (const [partition, keys] of byPartition(rows)) {
      if (await isOver(partition.slice(0, RUN_ID_LENGTH))) {
        await objects.forgetAll(partition, keys);
        removed += keys.length;
      } else place = partition;
    }
  }
  return { removed, next: place };
}

async function isRunOver(runs: LedgerTable, runId: string, until: string): Promise<boolean> {
  const key = timedKey(runId);
  // A partition of nobody knows what.
  if (key === undefined) return false;
  const row = await runs.get(ALL, key);
  return row === undefined || hasRunOut(row, until);
}

function hasRunOut(row: StoredRow, until: string): boolean {
  const { status, endedAt, createdAt } = unpackJson('record', row) as RunRecord;
  return hasEnded(status) && Date.parse(endedAt ?? createdAt) < Date.parse(until);
}

/** A table that is sorted by time, newest first: goes on from `after` towards the past. `remove` tells how many rows it removed. */
async function cleanAll(
  table: LedgerTable,
  { until, after, limit }: Portion,
  conditions: readonly string[],
  remove: (rows: StoredRow[]) => Promise<number>,
  columns?: readonly string[],
): Promise<Cleaned> {
  const range = [odata`PartitionKey eq ${ALL} and RowKey gt ${after}`, ...timeRange(undefined, until), ...conditions];
  const rows = await firstRows(table, range.join(' and '), Math.min(PAGE_ROWS, limit), columns);
  const last = rows.at(-1);
  return { removed: await remove(rows), next: last?.rowKey ?? null };
}

async function removeRuns(runs: LedgerTable, rows: readonly StoredRow[], until: string): Promise<number> {
  const over = rows.filter((row) => hasRunOut(row, until));
  const pointers = over.flatMap(({ vault, rowKey }) =>
    typeof vault === 'string' ? [{ partitionKey: vault, rowKey }] : [],
  );
  // The records last: whoever is cut off finds them again.
  await inParallel(byPartition(pointers), AT_ONCE, ([vault, keys]) => runs.forgetAll(vault, keys));
  await runs.forgetAll(
    ALL,
    over.map(({ rowKey }) => rowKey),
  );
  return over.length;
}

async function removeAlerts(alerts: LedgerTable, rows: readonly StoredRow[], until: string): Promise<number> {
  const over = rows.filter((row) => {
    const { resolvedAt } = unpackJson('record', row) as AlertRecord;
    return resolvedAt !== null && Date.parse(resolvedAt) < Date.parse(until);
  });
  // A pointer by itself, as it was read: one that points to a newer alert by now stays. A deletion in a transaction can depend on nothing.
  await inParallel(over, AT_ONCE, async (row) => {
    const { id, ...key } = unpackJson('record', row) as AlertRecord;
    const pointer = await alerts.get(ALL, pointerKey(key));
    if (pointer?.['alert'] === id) await alerts.remove(pointer);
  });
  await alerts.forgetAll(
    ALL,
    over.map(({ rowKey }) => rowKey),
  );
  return over.length;
}

/** The first rows that match, at least one if there is any. */
async function firstRows(
  table: LedgerTable,
  filter: string,
  most: number,
  columns?: readonly string[],
): Promise<StoredRow[]> {
  for await (const rows of table.pages(filter, most, columns)) if (rows.length > 0) return rows;
  return [];
}

function byPartition(rows: readonly { partitionKey: string; rowKey: string }[]): Map<string, string[]> {
  const partitions = new Map<string, string[]>();
  for (const { partitionKey, rowKey } of rows) {
    const keys = partitions.get(partitionKey);
    if (keys === undefined) partitions.set(partitionKey, [rowKey]);
    else keys.push(rowKey);
  }
  return partitions;
}

function rememberedBy<T>(ask: (key: string) => Promise<T>): (key: string) => Promise<T> {
  const known = new Map<string, Promise<T>>();
  return (key) => {
    const answer = known.get(key) ?? ask(key);
    known.set(key, answer);
    return answer;
  };
}
