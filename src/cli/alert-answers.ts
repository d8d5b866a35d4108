import { z } from 'zod';
import { type AlertList, type AlertView } from '../contracts/alerts';
import { type AuditList } from '../contracts/audit';
import { type AnswerCheck } from './answers';

// As loose as the checks beside them, for the same reason.
const alert = z.looseObject({
  id: z.string(),
  kind: z.string(),
  severity: z.string(),
  subject: z.string(),
  code: z.string().nullable(),
  firstSeen: z.string(),
  lastSeen: z.string(),
  count: z.number(),
  resolvedAt: z.string().nullable(),
  notices: z.array(
    z.looseObject({
      number: z.number(),
      type: z.string(),
      at: z.string(),
      delivery: z.looseObject({ state: z.string(), attempts: z.number() }),
    }),
  ),
});
const continuation = z.string().nullable();
const alertList = z.looseObject({ alerts: z.array(alert), continuation, channel: z.string() });
const entry = z.looseObject({
  at: z.string(),
  action: z.string(),
  actor: z.string(),
  subject: z.string(),
  outcome: z.string(),
});
const auditList = z.looseObject({ entries: z.array(entry), continuation });

export const isAlert: AnswerCheck<AlertView> = (body): body is AlertView => alert.safeParse(body).success;
export const isAlertList: AnswerCheck<AlertList> = (body): body is AlertList => alertList.safeParse(body).success;
export const isAuditList: AnswerCheck<AuditList> = (body): body is AuditList => auditList.safeParse(body).success;
