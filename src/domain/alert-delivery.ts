import { type AlertMessage, type AlertRecord, type Delivery, type Notice } from '../contracts/alerts';
import { pendingNotice } from './alerts';

/** Seconds after the first try, the second… of a message; the last one stays. */
const PAUSES_S = [10, 30, 120, 300, 900, 1_800, 3_600, 7_200, 14_400];
/** For how long a message is tried, from its first try on. */
const TRIED_FOR_MS = 24 * 3_600_000;
/** A durable timer may fire a second early. */
const EARLY_MS = 2_000;
/** Pauses are up to this part longer, so that many messages do not all come back at once. */
const JITTER = 0.2;

/** How a try to send a message ended. */
export type Attempt =
  { ended: 'delivered' | 'gone'; status: number } | { ended: 'failed'; status: number | null; code: string };

/** The alert after a try to send one of its messages. A message that is done already stays as it is: another execution was faster. */
export function afterAttempt(alert: AlertRecord, number: number, attempt: Attempt, now: Date): AlertRecord | undefined {
  return withDelivery(alert, number, (before) => {
    const at = now.toISOString();
    const after: Delivery = {
      ...before,
      attempts: before.attempts + 1,
      firstAttemptAt: before.firstAttemptAt ?? at,
      lastAttemptAt: at,
      lastStatus: attempt.status,
      lastCode: attempt.ended === 'failed' ? attempt.code : null,
    };
    if (attempt.ended === 'delivered') return { ...after, state: 'delivered', deliveredAt: at };
    if (attempt.ended === 'gone') return { ...after, state: 'gone', gaveUpAt: at };
    const isOverdue = now.getTime() + EARLY_MS >= deadlineOf(after, now);
    return isOverdue ? { ...after, state: 'given_up', gaveUpAt: at } : after;
  });
}

/** The alert with a message marked as one that nobody is there to get. */
export function afterNoChannel(alert: AlertRecord, number: number): AlertRecord | undefined {
  return withDelivery(alert, number, (before) => ({ ...before, state: 'no_channel' }));
}

/**
 * Seconds to wait before the alert's next message is to be tried: 0 if it was not tried yet, `null` if there is none.
 * @param random from 0 to 1, for the jitter
 */
export function pauseBeforeNext(alert: AlertRecord, now: Date, random: number): number | null {
  const next = pendingNotice(alert);
  if (next === undefined) return null;
  const { attempts } = next.delivery;
  if (attempts === 0) return 0;
  const pause = (PAUSES_S[Math.min(attempts, PAUSES_S.length) - 1] ?? 0) * (1 + JITTER * random);
  const left = (deadlineOf(next.delivery, now) - now.getTime()) / 1_000;
  return Math.max(1, Math.ceil(Math.min(pause, left)));
}

/** The id that a message has at every try. */
export function messageId(alert: AlertRecord, { number }: Notice): string {
  return `msg_${alert.id}_${number}`;
}

/** What a message says: the alert as it was when the message was made. */
export function messageOf(alert: AlertRecord, notice: Notice): AlertMessage {
  const { id, kind, subject, vault, tier, firstSeen, correlationId } = alert;
  const { severity, code, runId, lastSeen, count } = notice;
  const isOver = notice.type === 'alert.resolved';
  return {
    type: notice.type,
    timestamp: notice.at,
    data: {
      ...{ version: 1, id, kind, severity, text: textOf(alert, notice), subject, vault, tier, runId, code },
      ...{ firstSeen, lastSeen, count },
      resolvedAt: isOver ? alert.resolvedAt : null,
      resolvedBy: isOver ? alert.resolvedBy : null,
      correlationId,
    },
  };
}

const TITLES: Record<AlertRecord['kind'], string> = {
  backup_failed: 'Backup failed',
  backup_partial: 'Backup is partial: some objects failed',
  backup_succeeded: 'Backup succeeded',
  recipient_trouble: 'A recipient of the snapshots is in trouble',
  signing_key_trouble: 'The signing key is in trouble',
  archive_policy_trouble: 'The retention policy of the archive is in trouble',
  archive_damaged: 'The archive holds what it should not',
  prune_failed: 'Pruning failed',
  housekeeping_failed: 'Housekeeping failed',
  test: 'Test of the alerts',
};

/** One line for a person, of fixed words and identifiers. */
function textOf(
  { kind, vault, tier }: Pick<AlertRecord, 'kind' | 'vault' | 'tier'>,
  { type, code, count }: Pick<Notice, 'type' | 'code' | 'count'>,
): string {
  const where = [vault, tier].filter((part) => part !== null).join(', ');
  const times = count > 1 ? `, seen ${count} times` : '';
  const what = `${TITLES[kind]}${where === '' ? '' : ` (${where})`}${code === null ? '' : `: ${code}`}${times}`;
  return type === 'alert.resolved' ? `Resolved: ${what}` : what;
}

function withDelivery(
  alert: AlertRecord,
  number: number,
  change: (before: Delivery) => Delivery,
): AlertRecord | undefined {
  const notice = alert.notices.find((known) => known.number === number);
  if (notice?.delivery.state !== 'pending') return undefined;
  const changed = { ...notice, delivery: change(notice.delivery) };
  return { ...alert, notices: alert.notices.map((known) => (known === notice ? changed : known)) };
}

function deadlineOf({ firstAttemptAt }: Delivery, now: Date): number {
  return (firstAttemptAt === null ? now.getTime() : Date.parse(firstAttemptAt)) + TRIED_FOR_MS;
}
