import { z } from 'zod';

/** Action types of the SDK's answer (schema V3); the other numbers exist, and are refused by name. */
export const ActionType = {
  CallActivity: 0,
  CallActivityWithRetry: 1,
  CallSubOrchestrator: 2,
  CallSubOrchestratorWithRetry: 3,
  ContinueAsNew: 4,
  CreateTimer: 5,
  WaitForExternalEvent: 6,
  WhenAny: 11,
  WhenAll: 12,
} as const;

const UNSUPPORTED: Readonly<Record<number, string>> = {
  7: 'callEntity',
  8: 'callHttp',
  9: 'signalEntity',
  10: 'a scheduled signal to an entity',
  13: 'locking entities',
  14: 'releasing entities',
};

const retryOptions = z.looseObject({
  firstRetryIntervalInMilliseconds: z.number(),
  maxNumberOfAttempts: z.number(),
  backoffCoefficient: z.number().optional(),
  maxRetryIntervalInMilliseconds: z.number().optional(),
  retryTimeoutInMilliseconds: z.number().optional(),
});

/** Retry options of an action, in milliseconds. */
export type RetryOptions = z.infer<typeof retryOptions>;

const activity = { functionName: z.string(), input: z.unknown().optional() };
const subOrchestrator = { functionName: z.string(), input: z.unknown().optional(), instanceId: z.string().nullish() };

type Loose<T> = T & Record<string, unknown>;

/** One thing that an orchestrator asked for. */
export type Action =
  | Loose<{ actionType: 0; functionName: string; input?: unknown }>
  | Loose<{ actionType: 1; functionName: string; input?: unknown; retryOptions: RetryOptions }>
  | Loose<{ actionType: 2; functionName: string; input?: unknown; instanceId?: string | null | undefined }>
  | Loose<{
      actionType: 3;
      functionName: string;
      input?: unknown;
      instanceId?: string | null | undefined;
      retryOptions: RetryOptions;
    }>
  | Loose<{ actionType: 4; input?: unknown }>
  | Loose<{ actionType: 5; fireAt: string; isCanceled: boolean }>
  | Loose<{ actionType: 6; externalEventName: string }>
  | Loose<{ actionType: 11 | 12; compoundActions: Action[] }>;

const action: z.ZodType<Action> = z.lazy(() =>
  z.discriminatedUnion('actionType', [
    z.looseObject({ actionType: z.literal(0), ...activity }),
    z.looseObject({ actionType: z.literal(1), ...activity, retryOptions }),
    z.looseObject({ actionType: z.literal(2), ...subOrchestrator }),
    z.looseObject({ actionType: z.literal(3), ...subOrchestrator, retryOptions }),
    z.looseObject({ actionType: z.literal(4), input: z.unknown().optional() }),
    z.looseObject({ actionType: z.literal(5), fireAt: z.string(), isCanceled: z.boolean().default(false) }),
    z.looseObject({ actionType: z.literal(6), externalEventName: z.string() }),
    z.looseObject({ actionType: z.literal([11, 12]), compoundActions: z.array(action) }),
  ]),
);

const state = z.object({
  isDone: z.boolean().default(false),
  actions: z.array(z.array(z.unknown())).default([]),
  output: z.unknown().optional(),
  error: z.string().optional(),
  customStatus: z.unknown().optional(),
});

/** What an orchestrator answered to one replay: everything it asked for since its start, and whether it has ended. */
export interface OrchestratorState {
  isDone: boolean;
  actions: Action[];
  output?: unknown;
  error?: string | undefined;
  customStatus?: unknown;
}

/** @throws {Error} if the answer is not one, or asks for something that this host does not do; the text names it */
export function parseOrchestratorState(value: unknown): OrchestratorState {
  const { actions, ...rest } = state.parse(value);
  return { ...rest, actions: (actions[0] ?? []).map(parseAction) };
}

function parseAction(value: unknown): Action {
  refuseUnsupported(value);
  return action.parse(value);
}

function refuseUnsupported(value: unknown): void {
  const { actionType, compoundActions } = value as { actionType: number; compoundActions?: unknown[] };
  const name = UNSUPPORTED[actionType];
  if (name !== undefined) throw new Error(`The local Functions host does not support ${name} (action ${actionType}).`);
  compoundActions?.forEach(refuseUnsupported);
}
