import {
  type AlertKind,
  type AlertRecord,
  type DeliveryState,
  type Notice,
  severities,
  type Severity,
} from '../contracts/alerts';
import { type Tier } from '../contracts/objects';

/** How many names of occurrences, and how many messages that are done, an alert remembers. */
const REMEMBERED_OCCURRENCES = 30;
const REMEMBERED_NOTICES = 10;

/** What tells two conditions apart. `subject` holds identifiers only, such as `contoso-prod/daily` or a code; never free text. */
export interface ConditionKey {
  kind: AlertKind;
  subject: string;
}

/** Something that a person should know of, as it was seen once. */
export interface Condition extends ConditionKey {
  /** Names this occurrence, such as a run's id or a day: the same one counts once. */
  occurrence: string;
  /** Default: by kind and code. */
  severity?: Severity;
  code: string | null;
  vault?: string;
  tier?: Tier;
  runId?: string;
  correlationId: string;
}

/** What the rules of alerts need to know beside alert and condition. */
export interface AlertRules {
  now: Date;
  /** The id that a new alert gets. */
  id: string;
  quietHours: number;
  /** How a new message begins: `pending`, or `no_channel` where there is nobody to send it to. */
  begins: DeliveryState;
}

/** Kinds that are told as they happen and are over at once: there is nothing to resolve. */
const MOMENTARY: ReadonlySet<AlertKind> = new Set(['backup_succeeded', 'test']);

const BY_KIND: Record<AlertKind, Severity> = {
  backup_failed: 'error',
  backup_partial: 'warning',
  backup_succeeded: 'info',
  recipient_trouble: 'warning',
  signing_key_trouble: 'error',
  archive_policy_trouble: 'warning',
  archive_damaged: 'error',
  prune_failed: 'error',
  housekeeping_failed: 'warning',
  test: 'info',
};
/** Codes that are worse than their kind: nothing can be backed up any more. */
const BY_CODE: Readonly<Record<string, Severity>> = {
  no_usable_recipient: 'critical',
  signing_key_unusable: 'critical',
  signing_refused: 'critical',
};

/** How serious a condition is, unless it says so itself. */
export function severityOf({ kind, code, severity }: Pick<Condition, 'kind' | 'code' | 'severity'>): Severity {
  return severity ?? (code !== null && kind.endsWith('_trouble') ? BY_CODE[code] : undefined) ?? BY_KIND[kind];
}

export function isOpen({ resolvedAt }: Pick<AlertRecord, 'resolvedAt'>): boolean {
  return resolvedAt === null;
}

/** The first message that is not done; messages of an alert are sent in order. */
export function pendingNotice({ notices }: Pick<AlertRecord, 'notices'>): Notice | undefined {
  return notices.find(({ delivery }) => delivery.state === 'pending');
}

/**
 * What becomes of the newest alert of a condition's key when it is seen: a new alert, the open one with a higher count, or `undefined` if this occurrence
 * is counted already.
 */
export function afterRaise(
  latest: AlertRecord | undefined,
  condition: Condition,
  rules: AlertRules,
): AlertRecord | undefined {
  if (latest?.occurrences.includes(condition.occurrence) === true) return undefined;
  const at = rules.now.toISOString();
  const seen = {
    severity: severityOf(condition),
    runId: condition.runId ?? null,
    code: condition.code,
    lastSeen: at,
    correlationId: condition.correlationId,
  };
  if (latest === undefined || !isOpen(latest))
    return withNotice(newAlert(condition, seen, rules), 'alert.raised', rules);
  const occurrences = [...latest.occurrences, condition.occurrence].slice(-REMEMBERED_OCCURRENCES);
  const again = { ...latest, ...seen, count: latest.count + 1, occurrences };
  return isToldAgain(latest, again, rules) ? withNotice(again, 'alert.raised', rules) : again;
}

/** What becomes of the newest alert of a key when the condition was found to be over at `provenAt`; `undefined`: nothing. */
export function afterClear(
  latest: AlertRecord | undefined,
  provenAt: string,
  rules: Pick<AlertRules, 'now' | 'begins'>,
): AlertRecord | undefined {
  if (latest === undefined || Date.parse(latest.lastSeen) > Date.parse(provenAt)) return undefined;
  return afterResolve(latest, 'system', rules);
}

/** The alert, resolved and told as resolved; `undefined` if it is resolved already. */
export function afterResolve(
  alert: AlertRecord,
  resolvedBy: string,
  rules: Pick<AlertRules, 'now' | 'begins'>,
): AlertRecord | undefined {
  if (!isOpen(alert)) return undefined;
  return withNotice({ ...alert, resolvedAt: rules.now.toISOString(), resolvedBy }, 'alert.resolved', rules);
}

function newAlert(
  { kind, subject, vault, tier, occurrence }: Condition,
  seen: Pick<AlertRecord, 'severity' | 'runId' | 'code' | 'lastSeen' | 'correlationId'>,
  { id }: AlertRules,
): AlertRecord {
  const isOver = MOMENTARY.has(kind);
  return {
    ...{ id, kind, subject, vault: vault ?? null, tier: tier ?? null },
    ...seen,
    firstSeen: seen.lastSeen,
    count: 1,
    occurrences: [occurrence],
    resolvedAt: isOver ? seen.lastSeen : null,
    resolvedBy: isOver ? 'system' : null,
    notices: [],
  };
}

/**
 * Told again when it became worse, or after the quiet time. A twenty-fourth part is added to that, an hour to a day, or a nightly run that takes a little
 * longer than the one before would be told every night or every other by chance.
 */
function isToldAgain(before: AlertRecord, after: AlertRecord, { now, quietHours }: AlertRules): boolean {
  const last = before.notices.findLast(({ type }) => type === 'alert.raised');
  if (last === undefined || severities.indexOf(after.severity) > severities.indexOf(last.severity)) return true;
  const quietMs = quietHours * 3_600_000;
  return now.getTime() - Date.parse(last.at) > quietMs + quietMs / 24;
}

function withNotice(
  alert: AlertRecord,
  type: Notice['type'],
  { now, begins }: Pick<AlertRules, 'now' | 'begins'>,
): AlertRecord {
  const { severity, count, lastSeen, code, runId } = alert;
  const notice: Notice = {
    number: (alert.notices.at(-1)?.number ?? 0) + 1,
    type,
    at: now.toISOString(),
    ...{ severity, count, lastSeen, code, runId },
    delivery: {
      state: begins,
      attempts: 0,
      firstAttemptAt: null,
      lastAttemptAt: null,
      lastStatus: null,
      lastCode: null,
      deliveredAt: null,
      gaveUpAt: null,
    },
  };
  const done = alert.notices.filter(({ delivery }) => delivery.state !== 'pending').slice(-REMEMBERED_NOTICES);
  const kept = alert.notices.filter((known) => known.delivery.state === 'pending' || done.includes(known));
  return { ...alert, notices: [...kept, notice] };
}
