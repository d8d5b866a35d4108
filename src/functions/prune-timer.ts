import { type TimerHandler } from '@azure/functions';
import { type OrchestrationClient } from '../contracts/orchestration-client';
import { type Log } from '../log';
import { contextLog } from './context-log';
import { durableOrchestrations } from './durable-orchestrations';

/** Starts the prune that an occurrence of its schedule asks for. */
export type StartScheduledPrune = (
  orchestrations: OrchestrationClient,
  correlationId: string,
  log: Log,
) => Promise<void>;

/** The timer of the prune. As with backups, the occurrence is computed and never taken from the timer. */
export function pruneTimer(start: StartScheduledPrune): TimerHandler {
  return async (_timer, context) => {
    await start(durableOrchestrations(context), context.invocationId, contextLog(context));
  };
}
