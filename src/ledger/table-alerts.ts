import { createHash } from 'node:crypto';
import { odata } from '@azure/data-tables';
import { type AlertRecord } from '../contracts/alerts';
import { isOpen, pendingNotice } from '../domain/alerts';
import { untilUncontended } from './contention';
import { type LedgerTable, type NewRow, type RowWrite, type StoredRow } from './ledger-table';
import { listPage } from './listing';
import { packJson, unpackJson } from './packed-json';
import { type AlertFilter, type AlertLedger, type Page } from './port';
import { ALL, isShortName, requiredTimedKey, timedKey, TIMED_KEY } from './row-keys';

/** Keys of pointers begin so; those of alerts with a digit, which sorts before it. */
export const POINTER = 'newest-';

/**
 * Alerts in the table `alerts`, all in one partition, so that one transaction writes a new alert and points to it: the records, newest first,
 * and behind them a pointer for each kind and subject to its newest alert.
 */
export function createAlertLedger(table: LedgerTable): AlertLedger {
  const find = async (id: string): Promise<StoredRow | undefined> => {
    const key = timedKey(id);
    return key === undefined ? undefined : table.get(ALL, key);
  };

  return {
    async write(key, decide) {
      const rowKey = pointerKey(key);
      const { alert } = await untilUncontended('alerts', async () => {
        const pointer = await table.get(ALL, rowKey);
        const row = pointer && (await find(String(pointer['alert'])));
        const latest = row && toAlert(row);
        const after = decide(latest);
        if (after === undefined) return { alert: latest };
        const writes: RowWrite[] =
          row !== undefined && after.id === latest?.id
            ? [{ replace: toRow(after), etag: row.etag }]
            : [{ create: toRow(after) }, pointTo({ partitionKey: ALL, rowKey, alert: after.id }, pointer)];
        return (await table.transact(writes)) ? { alert: after } : undefined;
      });
      return alert;
    },

    async change(id, decide) {
      const { alert } = await untilUncontended('alerts', async () => {
        const row = await find(id);
        if (row === undefined) return { alert: undefined };
        const before = toAlert(row);
        const after = decide(before);
        if (after === undefined) return { alert: before };
        return (await table.replace(toRow(after), row.etag)) ? { alert: after } : undefined;
      });
      return alert;
    },

    async get(id) {
      const row = await find(id);
      return row && toAlert(row);
    },

    list: (filter, limit, continuation) => listAlerts(table, filter, limit, continuation),

    async undelivered() {
      return (await table.all(alertsAfter('', ['pending eq true']))).map((row) => toAlert(row).id);
    },
  };
}

async function listAlerts(
  table: LedgerTable,
  { open, kind, severity, vault }: AlertFilter,
  limit: number,
  continuation?: string,
): Promise<Page<AlertRecord>> {
  if (vault !== undefined && !isShortName(vault)) return { items: [], continuation: null };
  const conditions = [
    ...(open === undefined ? [] : [odata`open eq ${open}`]),
    ...(kind === undefined ? [] : [odata`kind eq ${kind}`]),
    ...(severity === undefined ? [] : [odata`severity eq ${severity}`]),
    ...(vault === undefined ? [] : [odata`vault eq ${vault}`]),
  ];
  return listPage(
    {
      scope: 'alerts',
      rowKey: TIMED_KEY,
      rows: (after, pageSize) => table.pages(alertsAfter(after, conditions), pageSize),
      resolve: (rows) => Promise.resolve(rows.map(toAlert)),
    },
    limit,
    continuation,
  );
}

function alertsAfter(after: string, conditions: readonly string[]): string {
  return [odata`PartitionKey eq ${ALL} and RowKey gt ${after} and RowKey lt ${POINTER}`, ...conditions].join(' and ');
}

function pointTo(pointer: NewRow, before: StoredRow | undefined): RowWrite {
  return before === undefined ? { create: pointer } : { replace: pointer, etag: before.etag };
}

/** Subjects may hold what no row key may. */
export function pointerKey({ kind, subject }: { kind: string; subject: string }): string {
  return `${POINTER}${createHash('sha256').update(`${kind}\n${subject}`).digest('hex')}`;
}

// The columns beside the record are for filters, and for a person who looks at the table.
function toRow(alert: AlertRecord): NewRow {
  return {
    partitionKey: ALL,
    rowKey: requiredTimedKey(alert.id),
    kind: alert.kind,
    severity: alert.severity,
    open: isOpen(alert),
    pending: pendingNotice(alert) !== undefined,
    ...(alert.vault === null ? {} : { vault: alert.vault }),
    ...packJson('record', alert),
  };
}

function toAlert(row: StoredRow): AlertRecord {
  return unpackJson('record', row) as AlertRecord;
}
