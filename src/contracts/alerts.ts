import { z } from 'zod';
import { type Tier, tierSchema } from './objects';
import { runIdSchema } from './runs';

/** What a person is told of (docs/alerts.md). Published; never renamed. */
export const alertKinds = [
  'backup_failed',
  'backup_partial',
  'backup_succeeded',
  'recipient_trouble',
  'signing_key_trouble',
  'archive_policy_trouble',
  'archive_damaged',
  'prune_failed',
  'housekeeping_failed',
  'test',
] as const;
export type AlertKind = (typeof alertKinds)[number];

/** From the least to the most. */
export const severities = ['info', 'warning', 'error', 'critical'] as const;
export type Severity = (typeof severities)[number];

/**
 * What became of a message. `pending`: to be sent, or to be sent again. `gone`: the receiver said that it wants no more (410). `given_up`: a day of
 * tries was in vain. `no_channel`: there is nobody to send it to.
 */
export type DeliveryState = 'pending' | 'delivered' | 'gone' | 'given_up' | 'no_channel';

/** How far the delivery of a message is. Times are ISO 8601 in UTC. */
export interface Delivery {
  state: DeliveryState;
  attempts: number;
  firstAttemptAt: string | null;
  lastAttemptAt: string | null;
  /** HTTP status of the last answer; `null` if there was none. */
  lastStatus: number | null;
  /** Why the last try failed; `null` if it did not. */
  lastCode: string | null;
  deliveredAt: string | null;
  gaveUpAt: string | null;
}

/** A message about an alert, with the alert as it was when the message was made: a message that is sent again says the same again. */
export interface Notice {
  /** From 1 on, within its alert. */
  number: number;
  type: 'alert.raised' | 'alert.resolved';
  at: string;
  severity: Severity;
  count: number;
  lastSeen: string;
  code: string | null;
  runId: string | null;
  delivery: Delivery;
}

/** Ids look like those of runs. */
export const alertIdSchema = runIdSchema;

/** One thing that a person should know of, from when it was first seen until it was over. Holds identifiers, codes, numbers and times only. */
export interface AlertRecord {
  id: string;
  kind: AlertKind;
  severity: Severity;
  /** What the alert is about beside its kind, such as `contoso-prod/daily`: kind and subject tell whether two conditions are the same. */
  subject: string;
  /** Short name. */
  vault: string | null;
  tier: Tier | null;
  /** The run in which it was last seen. */
  runId: string | null;
  /** The stable code of the newest occurrence. */
  code: string | null;
  firstSeen: string;
  lastSeen: string;
  count: number;
  /** Names of the newest occurrences, so that one that is told twice counts once. */
  occurrences: string[];
  resolvedAt: string | null;
  /** `system`, or the object id of who resolved it. */
  resolvedBy: string | null;
  correlationId: string;
  /** Newest last; of those that are done only the newest few are kept. */
  notices: Notice[];
}

/** Whether and how anybody is told: `none` means that alerts are rows and nothing more (`no_channel`). */
export type Channel = 'webhook' | 'none';

const flag = z.enum(['true', 'false']).transform((value) => value === 'true');

/** Query of `GET /api/alerts`. */
export const listAlertsSchema = z.strictObject({
  open: flag.optional(),
  kind: z.enum(alertKinds).optional(),
  severity: z.enum(severities).optional(),
  vault: z.string().max(200).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(25),
  continuation: z.string().min(1).max(2000).optional(),
});

/** Body of `POST /api/alerts/{id}/resolve`. The reason goes into the audit trail and nowhere else. */
export const resolveAlertSchema = z.strictObject({ reason: z.string().trim().min(1).max(500).optional() });

/** An alert as the API shows it. */
export type AlertView = Omit<AlertRecord, 'occurrences'>;

export interface AlertList {
  alerts: AlertView[];
  continuation: string | null;
  channel: Channel;
}

const tierOrNull = tierSchema.nullable();
const textOrNull = z.string().nullable();

/**
 * Body of a message to the webhook, version 1 (docs/alerts.md). Members may be added within a version; a receiver ignores those that it does not know.
 */
export const alertMessageSchema = z.object({
  type: z.enum(['alert.raised', 'alert.resolved']),
  timestamp: z.iso.datetime(),
  data: z.object({
    version: z.literal(1),
    id: alertIdSchema,
    kind: z.enum(alertKinds),
    severity: z.enum(severities),
    /** One line for a person. */
    text: z.string(),
    subject: z.string(),
    vault: textOrNull,
    tier: tierOrNull,
    runId: textOrNull,
    code: textOrNull,
    firstSeen: z.iso.datetime(),
    lastSeen: z.iso.datetime(),
    count: z.number().int(),
    resolvedAt: textOrNull,
    resolvedBy: textOrNull,
    correlationId: z.string(),
  }),
});
export type AlertMessage = z.infer<typeof alertMessageSchema>;
