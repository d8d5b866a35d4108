import { type AlertChannel } from '../alerts/port';
import { type Clock } from '../clock';
import { afterAttempt, afterNoChannel, messageId, messageOf, pauseBeforeNext } from '../domain/alert-delivery';
import { pendingNotice } from '../domain/alerts';
import { type AlertLedger } from '../ledger/port';
import { type ActivityHandler } from './handler';

/**
 * Tries once to send an alert's next message, and records how that went in the alert's row. May run twice: a message that was sent and not recorded is sent
 * again under the same id, by which the receiver knows it.
 */
export function createSendAlert({
  alertRecords,
  channel,
  clock,
}: {
  alertRecords: AlertLedger;
  /** `undefined`: no webhook is set. */
  channel: AlertChannel | undefined;
  clock: Clock;
}): ActivityHandler<'sendAlert'> {
  return async ({ alertId }, { log }) => {
    const alert = await alertRecords.get(alertId);
    const notice = alert && pendingNotice(alert);
    if (alert === undefined || notice === undefined) return { pauseSeconds: null };
    const { number } = notice;
    const about = { alertId, message: messageId(alert, notice), kind: alert.kind, correlationId: alert.correlationId };
    if (channel === undefined) {
      log('warn', 'alert_has_no_channel', about);
      const after = await alertRecords.change(alertId, (before) => afterNoChannel(before, number));
      return { pauseSeconds: after === undefined ? null : pauseBeforeNext(after, clock.now(), 0) };
    }
    const at = clock.now();
    const result = await channel.send({ id: messageId(alert, notice), at, body: messageOf(alert, notice) });
    const now = clock.now();
    const after = await alertRecords.change(alertId, (before) => afterAttempt(before, number, result, now));
    const code = result.ended === 'failed' ? result.code : '';
    const level = result.ended === 'delivered' ? 'info' : 'warn';
    log(level, 'alert_sent', { ...about, ended: result.ended, status: result.status ?? 0, code });
    return { pauseSeconds: after === undefined ? null : pauseBeforeNext(after, now, Math.random()) };
  };
}
