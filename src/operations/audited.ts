import { type AlertContext } from '../alerts/port';
import { type Clock } from '../clock';
import { type SafeDetails, StrongroomError } from '../errors';
import { type AuditEntry, type AuditTrail } from '../ledger/port';
import { type Log } from '../log';

/** Who asks for a change, and what binds answer, log and records together. */
export interface Asker extends AlertContext {
  /** Object id of the caller. */
  actor: string;
  correlationId: string;
}

/** What is to be changed. */
export interface Change {
  /** Such as `backup.start`. */
  action: string;
  /** What it is done to: identifiers only. */
  subject: string;
  /** Free text of the person who asks. */
  reason?: string | undefined;
  details?: SafeDetails;
}

interface Deps {
  audit: AuditTrail;
  clock: Clock;
}

/**
 * Makes a change that leaves its trace: an entry `begun` before, and one that says how it ended afterwards. If the first cannot be written, nothing is done
 * (`audit_unavailable`); if the second cannot, that is logged, and the first stays. Throws what `make` throws.
 * @param outcome what to add to the details of a change that was made
 */
export async function audited<T>(
  { audit, clock }: Deps,
  asker: Asker,
  change: Change,
  make: () => Promise<T>,
  outcome: (result: T) => SafeDetails = () => ({}),
): Promise<T> {
  const { actor, correlationId, log } = asker;
  const { action, subject, reason = null, details = {} } = change;
  const entry = { action, actor, subject, reason, correlationId };
  const note = async (end: Pick<AuditEntry, 'outcome' | 'code' | 'details'>): Promise<void> => {
    try {
      await audit.add({ ...entry, ...end, at: clock.now().toISOString() });
    } catch {
      log('error', 'audit_entry_lost', { action, outcome: end.outcome, actor, correlationId });
    }
  };
  try {
    await audit.add({ ...entry, details, outcome: 'begun', code: null, at: clock.now().toISOString() });
  } catch (cause) {
    throw new StrongroomError(
      'audit_unavailable',
      'The audit trail cannot be written, so nothing was changed. Look at the ledger account, then try again.',
      { retryable: true, cause },
    );
  }
  let result: T;
  try {
    result = await make();
  } catch (error) {
    const code = error instanceof StrongroomError ? error.code : 'internal_error';
    await note({ outcome: isRefusal(error) ? 'refused' : 'failed', code, details });
    throw error;
  }
  await note({ outcome: 'done', code: null, details: { ...details, ...outcome(result) } });
  return result;
}

/** Makes what writes down, as `access.refused`, that somebody without the role asked for a change. It was refused already: a trail that fails is logged. */
export function refusalNotes(audit: AuditTrail, clock: Clock) {
  return async (
    { route, actor, correlationId }: { route: string; actor: string; correlationId: string },
    log: Log,
  ): Promise<void> => {
    const refused = { outcome: 'refused', code: 'role_missing', reason: null, details: {} } as const;
    const at = clock.now().toISOString();
    try {
      await audit.add({ ...refused, action: 'access.refused', subject: route, actor, correlationId, at });
    } catch {
      log('error', 'audit_entry_lost', { action: 'access.refused', outcome: 'refused', actor, correlationId });
    }
  };
}

/** Whether somebody said no, in contrast to something that did not work. */
function isRefusal(error: unknown): boolean {
  return error instanceof StrongroomError && !error.retryable && !/^(ledger|host|internal)_/.test(error.code);
}
