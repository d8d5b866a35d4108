import { createHash } from 'node:crypto';
import { odata } from '@azure/data-tables';
import { type PruneDecision } from '../contracts/pruning';
import { type LedgerTable, type NewRow, type StoredRow } from './ledger-table';
import { listPage } from './listing';
import { packJson, unpackJson } from './packed-json';
import { isShortName, timedKey } from './row-keys';
import { type PruneDecisions } from './port';
import { intoTransactions } from './transactions';

const KEY = /^[0-9a-z-]{0,30}\.(daily|monthly)\.\d{10}\.[0-9a-f]{24}$/;
const SUBJECT_DIGITS = 24;

/** Decisions of prune runs in the table `objects`: a partition per run, sorted by vault, tier and sequence. */
export function createPruneDecisions(table: LedgerTable): PruneDecisions {
  return {
    async put(runId, decisions) {
      const rows = new Map(decisions.map((decision) => [keyOf(decision), decision]));
      const writes = [...rows].map(([rowKey, decision]) => ({ put: toRow(runId, rowKey, decision) }));
      for (const part of intoTransactions(writes)) await table.transact(part);
    },

    async list(runId, { vault, tier, decision, reason }, limit, continuation) {
      const isImpossible = vault !== undefined && !isShortName(vault);
      if (timedKey(runId) === undefined || isImpossible) return { items: [], continuation: null };
      const conditions = [
        ...(vault === undefined ? [] : [odata`vault eq ${vault}`]),
        ...(tier === undefined ? [] : [odata`tier eq ${tier}`]),
        ...(decision === undefined ? [] : [odata`decision eq ${decision}`]),
        ...(reason === undefined ? [] : [odata`reason eq ${reason}`]),
      ];
      const partition = partitionOf(runId);
      return listPage(
        {
          scope: partition,
          rowKey: KEY,
          rows: (after, pageSize) =>
            table.pages(
              [odata`PartitionKey eq ${partition} and RowKey gt ${after}`, ...conditions].join(' and '),
              pageSize,
            ),
          resolve: (rows) => Promise.resolve(rows.map(toDecision)),
        },
        limit,
        continuation,
      );
    },
  };
}

function partitionOf(runId: string): string {
  return `${runId}-decisions`;
}

function keyOf({ vault, tier, sequence, subject }: PruneDecision): string {
  // What is no snapshot has a path that fits into no key.
  const digest = createHash('sha256').update(subject).digest('hex').slice(0, SUBJECT_DIGITS);
  return `${vault ?? ''}.${tier}.${String(sequence ?? 0).padStart(10, '0')}.${digest}`;
}

// The columns beside the record are for filters, and for a person who looks at the table.
function toRow(runId: string, rowKey: string, decision: PruneDecision): NewRow {
  return {
    partitionKey: partitionOf(runId),
    rowKey,
    ...(decision.vault === null ? {} : { vault: decision.vault }),
    tier: decision.tier,
    decision: decision.decision,
    reason: decision.reason,
    ...packJson('record', decision),
  };
}

function toDecision(row: StoredRow): PruneDecision {
  return unpackJson('record', row) as PruneDecision;
}
