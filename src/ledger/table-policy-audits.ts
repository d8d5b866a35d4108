import { type PolicyAudit } from '../contracts/archive-policies';
import { type LedgerTable } from './ledger-table';
import { packJson, unpackJson } from './packed-json';
import { type PolicyAuditLedger } from './port-policy-audits';

const PARTITION = 'archive';
/** Part of the row's key: another shape of the document is another row. */
const ROW = 'policies-1';

/** The last audit of the archive's policies: one row in the table `state`. */
export function createPolicyAuditLedger(table: LedgerTable): PolicyAuditLedger {
  return {
    async latest() {
      const row = await table.get(PARTITION, ROW);
      return row && (unpackJson('audit', row) as PolicyAudit);
    },

    put: (audit) => table.put({ partitionKey: PARTITION, rowKey: ROW, ...packJson('audit', audit) }),
  };
}
