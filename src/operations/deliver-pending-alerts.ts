import { type AlertLedger } from '../ledger/port';
import { type Firing } from './firing';
import { deliveryInstance } from './raise-alerts';

/**
 * Starts the delivery of every alert that has a message to be sent and that nobody delivers: the app died between row and start, or another app wrote the row.
 * May run twice, and beside itself.
 */
export async function deliverPendingAlerts(alertRecords: AlertLedger, { orchestrations, log }: Firing): Promise<void> {
  for (const alertId of await alertRecords.undelivered()) {
    const started = await orchestrations.start('deliverAlert', deliveryInstance(alertId), { alertId });
    if (started) log('info', 'alert_delivery_started', { alertId });
  }
}
