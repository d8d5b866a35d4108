import { type TimerHandler } from '@azure/functions';
import { type Firing } from '../operations/firing';
import { contextLog } from './context-log';
import { durableOrchestrations } from './durable-orchestrations';

/** The handler of a timer, which must have the `durableClient` input. What `start` throws makes the invocation fail, and is seen there. */
export function timed(start: (firing: Firing) => Promise<void>): TimerHandler {
  return async (_timer, context) => {
    await start({
      orchestrations: durableOrchestrations(context),
      correlationId: context.invocationId,
      log: contextLog(context),
    });
  };
}
