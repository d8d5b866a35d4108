import { type LedgerTable } from './ledger-table';
import { packJson, unpackJson } from './packed-json';
import { type ApprovalLedger } from './port';

const PARTITION = 'approvals';

/** Approvals in the table `state`, a row for each thumbprint. */
export function createApprovalLedger(table: LedgerTable): ApprovalLedger {
  return {
    async get(thumbprint) {
      const row = await table.get(PARTITION, thumbprint);
      return row && String(unpackJson('statement', row));
    },

    put: (thumbprint, statement) =>
      table.put({ partitionKey: PARTITION, rowKey: thumbprint, ...packJson('statement', statement) }),
  };
}
