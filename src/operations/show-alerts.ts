import { type AlertList, type AlertRecord, type AlertView, type Channel } from '../contracts/alerts';
import { type AuditList } from '../contracts/audit';
import { type AlertFilter, type AlertLedger, type AuditFilter, type AuditTrail } from '../ledger/port';
import { type Asker, audited } from './audited';
import { type AlertDeps, alertNotFound, resolveAlert, testAlerts } from './raise-alerts';

/** Alerts and the audit trail as the API shows them, and what callers may do to alerts. */
export interface AlertOperations {
  list(filter: AlertFilter, limit: number, continuation?: string): Promise<AlertList>;
  /** `alert_not_found` */
  get(id: string): Promise<AlertView>;
  /** `alert_not_found`. May run twice: who resolved it first stays. */
  resolve(asker: Asker, id: string, reason: string | undefined): Promise<AlertView>;
  /** Each call makes an alert and sends it. */
  test(asker: Asker): Promise<AlertView>;
  audit(filter: AuditFilter, limit: number, continuation?: string): Promise<AuditList>;
}

/** @param channel whether anybody is told */
export function createAlertOperations(
  deps: AlertDeps & { alertRecords: AlertLedger; audit: AuditTrail; channel: Channel },
): AlertOperations {
  const { alertRecords, audit, channel } = deps;
  return {
    async list(filter, limit, continuation) {
      const page = await alertRecords.list(filter, limit, continuation);
      return { alerts: page.items.map(viewAlert), continuation: page.continuation, channel };
    },
    async get(id) {
      const alert = await alertRecords.get(id);
      if (alert === undefined) throw alertNotFound();
      return viewAlert(alert);
    },
    async resolve(asker, id, reason) {
      const change = { action: 'alert.resolve', subject: id, reason };
      return viewAlert(await audited(deps, asker, change, () => resolveAlert(deps, asker, id, asker.actor)));
    },
    async test(asker) {
      const make = (): Promise<AlertRecord> => testAlerts(deps, asker, asker.correlationId);
      const alert = await audited(deps, asker, { action: 'alert.test', subject: 'alerts' }, make, ({ id }) => ({
        alertId: id,
      }));
      return viewAlert(alert);
    },
    async audit(filter, limit, continuation) {
      const page = await audit.list(filter, limit, continuation);
      return { entries: page.items, continuation: page.continuation };
    },
  };
}

function viewAlert({ occurrences: _, ...shown }: AlertRecord): AlertView {
  return shown;
}
