import { createHash } from 'node:crypto';
import { odata } from '@azure/data-tables';
import { type LedgerTable, type StoredRow } from './ledger-table';
import { listPage } from './listing';
import { packJson, unpackJson } from './packed-json';
import { type AuditEntry, type AuditTrail } from './port';
import { ALL, eventKey, EVENT_KEY, timeRange } from './row-keys';

const CONTENT_DIGITS = 24;

/** The audit trail in the table `audit`: one partition, newest first. The key carries a digest of the entry, so that the same one is kept once. */
export function createAuditTrail(table: LedgerTable): AuditTrail {
  return {
    async add(entry) {
      const packed = packJson('record', entry);
      const digest = createHash('sha256').update(JSON.stringify(entry)).digest('hex').slice(0, CONTENT_DIGITS);
      // The columns beside the record are for filters, and for a person who looks at the table.
      const { action, actor, subject, outcome } = entry;
      await table.insert({
        partitionKey: ALL,
        rowKey: eventKey(entry.at, digest),
        ...{ action, actor, subject, outcome },
        ...packed,
      });
    },

    list({ from, until, action, actor, subject }, limit, continuation) {
      const conditions = [
        ...timeRange(from, until),
        ...(action === undefined ? [] : [odata`action eq ${action}`]),
        ...(actor === undefined ? [] : [odata`actor eq ${actor}`]),
        ...(subject === undefined ? [] : [odata`subject eq ${subject}`]),
      ];
      return listPage(
        {
          scope: 'audit',
          rowKey: EVENT_KEY,
          rows: (after, pageSize) =>
            table.pages([odata`PartitionKey eq ${ALL} and RowKey gt ${after}`, ...conditions].join(' and '), pageSize),
          resolve: (rows) => Promise.resolve(rows.map(toEntry)),
        },
        limit,
        continuation,
      );
    },
  };
}

function toEntry(row: StoredRow): AuditEntry {
  return unpackJson('record', row) as AuditEntry;
}
