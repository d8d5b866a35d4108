import { z } from 'zod';
import {
  type CallerView,
  type DecisionList,
  type ObjectList,
  type Problem,
  type RunList,
  type RunView,
  type SnapshotList,
  type SnapshotView,
  type StartedBackup,
  type StartedPrune,
} from '../contracts/api';
import { type DeletedPlan, type PlanList, type PlanView } from '../contracts/plans';
import { type ArchiveView } from '../contracts/archive-policies';
import { runStatuses } from '../contracts/runs';
import {
  type RecipientList,
  type RecipientVersion,
  type SigningKeyIntroduction,
  type SigningKeyView,
} from '../contracts/trust';

// What an answer must have for the command line to work with it. Loose on purpose: an API that is newer than this program adds members, and they
// are passed on by --json; and an answer of something that is not Strongroom at all is still told apart.

const count = z.number();
const counts = z.looseObject({
  stored: count,
  managed: count,
  absent: count,
  excluded: count,
  failed: count,
  byKind: z.record(z.string(), count),
  byCode: z.record(z.string(), count),
});
const run = z.looseObject({
  id: z.string(),
  kind: z.string(),
  vault: z.string().nullable(),
  tier: z.string().nullable(),
  status: z.enum(runStatuses),
  code: z.string().nullable(),
  warnings: z.array(z.string()),
  progress: z.looseObject({ done: count, total: count.nullable() }),
  counts,
  createdAt: z.string(),
  runs: z.array(z.looseObject({ vault: z.string(), runId: z.string() })),
});
const continuation = z.string().nullable();
const runList = z.looseObject({ runs: z.array(run), continuation });
const object = z.looseObject({
  kind: z.string(),
  name: z.string(),
  outcome: z.string().nullable(),
  notes: z.array(z.string()),
  payloads: z.array(z.looseObject({ payload: z.string() })),
});
const objectList = z.looseObject({ objects: z.array(object), continuation });
const snapshot = z.looseObject({
  id: z.string(),
  vault: z.string(),
  tier: z.string(),
  outcome: z.string(),
  good: z.boolean(),
  scope: z.looseObject({ kinds: z.array(z.string()), selected: z.boolean() }),
  sequence: count,
  counts,
  closedAt: z.string(),
  retainUntil: z.string(),
  recipients: z.array(z.looseObject({ thumbprint: z.string() })),
});
const snapshotList = z.looseObject({ snapshots: z.array(snapshot), continuation });
const decision = z.looseObject({
  vault: z.string().nullable(),
  tier: z.string(),
  subject: z.string(),
  decision: z.string(),
  reason: z.string(),
  retainUntil: z.string().nullable(),
});
const started = z.looseObject({
  runId: z.string(),
  tier: z.string(),
  runs: z.array(z.looseObject({ vault: z.string(), runId: z.string() })),
});
const caller = z.looseObject({
  objectId: z.string(),
  name: z.string().nullable(),
  appId: z.string(),
  tenantId: z.string(),
  roles: z.array(z.string()),
});
const plan = z.looseObject({
  vault: z.string(),
  source: z.string(),
  plan: z.looseObject({
    url: z.string(),
    enabled: z.boolean(),
    kinds: z.array(z.string()),
    exclude: z.array(z.string()),
    tiers: z.array(z.string()),
    payloads: z.looseObject({ secret: z.array(z.string()), certificate: z.array(z.string()) }),
    schedules: z.looseObject({}),
  }),
  etag: z.string().nullable(),
});
const planList = z.looseObject({ plans: z.array(plan) });
const deletedPlan = z.looseObject({ vault: z.string(), stillProtected: z.boolean() });
const problem = z.looseObject({ status: count, code: z.string(), detail: z.string() });

const textOrNull = z.string().nullable();
const recipient = z.looseObject({
  kek: textOrNull,
  kid: textOrNull,
  thumbprint: textOrNull,
  created: textOrNull,
  bits: count.nullable(),
  state: z.string(),
  fault: textOrNull,
  decided: z.looseObject({ by: z.string(), at: textOrNull }).nullable(),
});
const recipientList = z.looseObject({ recipients: z.array(recipient) });
const signingKey = z.looseObject({
  versions: z.array(
    z.looseObject({ kid: z.string(), thumbprint: textOrNull, fault: textOrNull, introducedFor: count }),
  ),
  chains: count,
});
const introduction = z.looseObject({
  kid: z.string(),
  thumbprint: z.string(),
  introduced: count,
  alreadyIntroduced: count,
});

const archive = z.looseObject({
  resourceId: textOrNull,
  auditedAt: textOrNull,
  containers: z.array(
    z.looseObject({
      tier: z.string(),
      container: z.string(),
      requiredDays: count,
      found: z
        .looseObject({
          hasPolicy: z.boolean().nullable(),
          policy: z.looseObject({ days: count, locked: z.boolean() }).nullable(),
          legalHolds: z.array(z.string()).nullable(),
          storedDays: count.nullable(),
          findings: z.array(z.looseObject({ code: z.string(), severity: z.string() })),
        })
        .nullable(),
    }),
  ),
});

/** Tells whether a parsed body is the answer that was asked for. */
export type AnswerCheck<T> = (body: unknown) => body is T;

export const isRun: AnswerCheck<RunView> = (body): body is RunView => run.safeParse(body).success;
export const isRunList: AnswerCheck<RunList> = (body): body is RunList => runList.safeParse(body).success;
export const isObjectList: AnswerCheck<ObjectList> = (body): body is ObjectList => objectList.safeParse(body).success;
export const isSnapshot: AnswerCheck<SnapshotView> = (body): body is SnapshotView => snapshot.safeParse(body).success;
export const isSnapshotList: AnswerCheck<SnapshotList> = (body): body is SnapshotList =>
  snapshotList.safeParse(body).success;
export const isStartedBackup: AnswerCheck<StartedBackup> = (body): body is StartedBackup =>
  started.safeParse(body).success;

export const isCaller: AnswerCheck<CallerView> = (body): body is CallerView => caller.safeParse(body).success;
export const isStartedPrune: AnswerCheck<StartedPrune> = (body): body is StartedPrune =>
  z.looseObject({ runId: z.string(), dryRun: z.boolean() }).safeParse(body).success;
export const isDecisionList: AnswerCheck<DecisionList> = (body): body is DecisionList =>
  z.looseObject({ decisions: z.array(decision), continuation }).safeParse(body).success;

export const isRecipient: AnswerCheck<RecipientVersion> = (body): body is RecipientVersion =>
  recipient.safeParse(body).success;
export const isRecipientList: AnswerCheck<RecipientList> = (body): body is RecipientList =>
  recipientList.safeParse(body).success;
export const isSigningKey: AnswerCheck<SigningKeyView> = (body): body is SigningKeyView =>
  signingKey.safeParse(body).success;
export const isIntroduction: AnswerCheck<SigningKeyIntroduction> = (body): body is SigningKeyIntroduction =>
  introduction.safeParse(body).success;

/** A problem as of RFC 9457 with Strongroom's own `code`; the other members may be missing. */
export type PartialProblem = Pick<Problem, 'status' | 'code' | 'detail'> &
  Partial<Pick<Problem, 'correlationId' | 'runId' | 'errors'>>;
export const isProblem: AnswerCheck<PartialProblem> = (body): body is PartialProblem =>
  problem
    .extend({
      correlationId: z.string().optional(),
      runId: z.string().optional(),
      errors: z.array(z.looseObject({ path: z.string(), message: z.string() })).optional(),
    })
    .safeParse(body).success;

export const isPlan: AnswerCheck<PlanView> = (body): body is PlanView => plan.safeParse(body).success;
export const isPlanList: AnswerCheck<PlanList> = (body): body is PlanList => planList.safeParse(body).success;
export const isDeletedPlan: AnswerCheck<DeletedPlan> = (body): body is DeletedPlan =>
  deletedPlan.safeParse(body).success;

/** Any JSON object: an answer of which the contract says nothing more. */
export const isJsonObject: AnswerCheck<Record<string, unknown>> = (body): body is Record<string, unknown> =>
  z.record(z.string(), z.unknown()).safeParse(body).success;

export const isArchive: AnswerCheck<ArchiveView> = (body): body is ArchiveView => archive.safeParse(body).success;
