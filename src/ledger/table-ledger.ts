import { type Ledger } from './port';
import { createAlertLedger } from './table-alerts';
import { createApprovalLedger } from './table-approvals';
import { createAuditTrail } from './table-audit';
import { createLedgerCleaning } from './table-cleaning';
import { createClaims } from './table-claims';
import { createObjectLedger } from './table-objects';
import { createPlanLedger } from './table-plans';
import { createPruneDecisions } from './table-decisions';
import { createPolicyAuditLedger } from './table-policy-audits';
import { createRunLedger } from './table-runs';
import { createSnapshotCatalog } from './table-snapshots';
import { createSnapshotUses } from './table-uses';
import { type LedgerTables } from './tables';
import { inParallel } from '../in-parallel';

const PROBES_AT_ONCE = 4;

/** The ledger on Azure Table Storage. Needs Storage Table Data Contributor on its account; sends nothing until it is used. */
export function createLedger(tables: LedgerTables): Ledger {
  return {
    runs: createRunLedger(tables.runs),
    objects: createObjectLedger(tables.objects),
    snapshots: createSnapshotCatalog(tables.snapshots),
    claims: createClaims(tables.state),
    uses: createSnapshotUses(tables.state),
    pruneDecisions: createPruneDecisions(tables.objects),
    audit: createAuditTrail(tables.audit),
    approvals: createApprovalLedger(tables.state),
    alertRecords: createAlertLedger(tables.alerts),
    plans: createPlanLedger(tables.plans),
    policyAudits: createPolicyAuditLedger(tables.state),
    cleaning: createLedgerCleaning(tables),
    check: () => inParallel(Object.values(tables), PROBES_AT_ONCE, (table) => table.probe()),
  };
}
