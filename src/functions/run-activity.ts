import { type FunctionHandler } from '@azure/functions';
import { type ActivityHandler } from '../activities/handler';
import { type ActivityName, activityInputs, type ActivityResults, type Outcome } from '../contracts/activities';
import { StrongroomError } from '../errors';
import { contextLog, loggableError } from './context-log';
import { durableOrchestrations } from './durable-orchestrations';

/**
 * Wraps an activity for the durable engine. Whatever is thrown is logged and becomes a `Failure` with a code: an exception's text and stack would
 * be stored in the history, in clear and for good. Activities that ask for the durable client need the `durableClient` input.
 */
export function runActivity<N extends ActivityName>(name: N, handler: ActivityHandler<N>): FunctionHandler {
  return async (payload: unknown, context): Promise<Outcome<ActivityResults[N]>> => {
    const log = contextLog(context);
    try {
      const input = activityInputs[name].parse(payload);
      return {
        ok: true,
        ...(await handler(input as Parameters<typeof handler>[0], {
          log,
          orchestrations: () => durableOrchestrations(context),
        })),
      };
    } catch (error) {
      const failure =
        error instanceof StrongroomError
          ? error
          : new StrongroomError('internal_error', 'An unexpected fault.', { cause: error });
      log('error', 'activity_failed', {
        activity: name,
        ...runOf(payload),
        ...loggableError(error),
        retryable: failure.retryable,
      });
      return { ok: false, code: failure.code, retryable: failure.retryable };
    }
  };
}

/** The identifiers that every activity input has. */
function runOf(payload: unknown): { runId?: string; correlationId?: string } {
  const { runId, correlationId } = (typeof payload === 'object' && payload !== null ? payload : {}) as Record<
    string,
    unknown
  >;
  return {
    ...(typeof runId === 'string' ? { runId } : {}),
    ...(typeof correlationId === 'string' ? { correlationId } : {}),
  };
}
