import { type OrchestrationClient } from '../contracts/orchestration-client';
import { type AlertLedger } from '../ledger/port';
import { type Log } from '../log';
import { deliveryInstance } from './raise-alerts';

/**
 * Starts the delivery of every alert that has a message to be sent and that nobody delivers: the app died between row and start, or another app wrote the row.
 * May run twice, and beside itself.
 */
export async function deliverPendingAlerts(
  alertRecords: AlertLedger,
  orchestrations: OrchestrationClient,
  log: Log,
): Promise<void> {
  for (const alertId of await alertRecords.undelivered()) {
    const started = await orchestrations.start('deliverAlert', deliveryInstance(alertId), { alertId });
    if (started) log('info', 'alert_delivery_started', { alertId });
  }
}
