import { randomBytes } from 'node:crypto';
import { type AlertContext, type Alerts } from '../alerts/port';
import { type Clock } from '../clock';
import { type AlertKind, type AlertRecord } from '../contracts/alerts';
import { afterClear, afterRaise, afterResolve, type AlertRules, type Condition, pendingNotice } from '../domain/alerts';
import { runId } from '../domain/ids';
import { StrongroomError } from '../errors';
import { type AlertLedger } from '../ledger/port';

/** Who sends messages: this app, another app with the duty `operate` (its sweep finds them), or nobody, since no webhook is set. */
type Telling = 'here' | 'elsewhere' | 'nobody';

export interface AlertDeps {
  alertRecords: AlertLedger;
  clock: Clock;
  kindsOff: ReadonlySet<AlertKind>;
  quietHours: number;
  telling: Telling;
}

const IDENTIFIER = /^[A-Za-z0-9][A-Za-z0-9._:/-]{0,199}$/;
const CODE = /^[a-z0-9_]{1,60}$/;

/** The port by which everything else raises and clears alerts, on the ledger. */
export function createAlerts(deps: AlertDeps): Alerts {
  return {
    async raise(context, condition) {
      if (!deps.kindsOff.has(condition.kind)) await raise(deps, context, condition);
    },

    async clear(context, key, provenAt) {
      const rules = rulesOf(deps);
      const alert = await deps.alertRecords.write(key, (newest) => afterClear(newest, provenAt, rules));
      if (alert !== undefined) await deliver(deps, context, alert);
    },
  };
}

/** Resolves an alert at a person's wish, and tells it. One that is resolved already stays as it is, so it may run twice. `alert_not_found`. */
export async function resolveAlert(
  deps: AlertDeps,
  context: AlertContext,
  id: string,
  resolvedBy: string,
): Promise<AlertRecord> {
  const rules = rulesOf(deps);
  const alert = await deps.alertRecords.change(id, (before) => afterResolve(before, resolvedBy, rules));
  if (alert === undefined) throw alertNotFound();
  await deliver(deps, context, alert);
  return alert;
}

/** Raises an alert of kind `test`, which is over at once, and has it delivered. Each call makes another one. */
export function testAlerts(deps: AlertDeps, context: AlertContext, correlationId: string): Promise<AlertRecord> {
  const subject = randomBytes(8).toString('hex');
  return raise(deps, context, { kind: 'test', subject, occurrence: subject, code: null, correlationId });
}

async function raise(deps: AlertDeps, context: AlertContext, condition: Condition): Promise<AlertRecord> {
  const { kind, subject, occurrence, code } = condition;
  if (![subject, occurrence].every((text) => IDENTIFIER.test(text)) || (code !== null && !CODE.test(code)))
    throw new StrongroomError('internal_error', 'An alert is to hold identifiers only.', { details: { kind } });
  const rules = rulesOf(deps);
  const alert = await deps.alertRecords.write(condition, (newest) => afterRaise(newest, condition, rules));
  if (alert === undefined) throw alertNotFound();
  const { id, severity, count, correlationId } = alert;
  context.log('warn', 'alert_raised', { alertId: id, kind, severity, count, correlationId });
  await deliver(deps, context, alert);
  return alert;
}

export function alertNotFound(): StrongroomError {
  return new StrongroomError('alert_not_found', 'There is no alert with this id. `strongroom alerts list` shows them.');
}

/** The id of a delivery's orchestration: one for each alert, so that its messages are sent in order. */
export function deliveryInstance(alertId: string): string {
  return `alert-${alertId}`;
}

/**
 * Starts the delivery of what an alert has to tell. What fails here is logged and no more: the row is written, and the sweep looks for rows whose messages
 * nobody delivers.
 */
async function deliver(deps: AlertDeps, context: AlertContext, alert: AlertRecord): Promise<void> {
  const { id, correlationId } = alert;
  if (deps.telling !== 'here' || pendingNotice(alert) === undefined) return;
  try {
    await context.orchestrations().start('deliverAlert', deliveryInstance(id), { alertId: id });
  } catch {
    context.log('warn', 'alert_delivery_not_started', { alertId: id, correlationId });
  }
}

function rulesOf({ clock, quietHours, telling }: AlertDeps): AlertRules {
  const now = clock.now();
  const begins = telling === 'nobody' ? 'no_channel' : 'pending';
  return { now, id: runId(now, randomBytes(6).toString('hex')), quietHours, begins };
}
