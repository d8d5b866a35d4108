import { z } from 'zod';

/**
 * How a change ended. `begun` is written before anything is done, so that nothing is changed without a trace; a second entry with the same correlation id tells
 * how it ended.
 */
export type AuditOutcome = 'begun' | 'done' | 'refused' | 'failed';

/** Query of `GET /api/audit`. */
export const listAuditSchema = z.strictObject({
  action: z
    .string()
    .regex(/^[a-z][a-z.-]{0,59}$/)
    .optional(),
  actor: z
    .string()
    .regex(/^[0-9A-Za-z-]{1,64}$/)
    .optional(),
  subject: z.string().min(1).max(300).optional(),
  from: z.iso.datetime({ offset: true }).optional(),
  until: z.iso.datetime({ offset: true }).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(25),
  continuation: z.string().min(1).max(2000).optional(),
});

/** What somebody changed, or tried to change. */
export interface AuditView {
  /** ISO 8601 in UTC. */
  at: string;
  action: string;
  /** Object id of the caller's token; `system` for what the app does by itself. */
  actor: string;
  subject: string;
  outcome: AuditOutcome;
  code: string | null;
  reason: string | null;
  details: Readonly<Record<string, string | number | boolean>>;
  correlationId: string;
}

export interface AuditList {
  entries: AuditView[];
  continuation: string | null;
}
