import { type TimerHandler } from '@azure/functions';
import { type OrchestrationClient } from '../contracts/orchestration-client';
import { type Tier } from '../contracts/objects';
import { type Log } from '../log';
import { contextLog } from './context-log';
import { durableOrchestrations } from './durable-orchestrations';

/** Starts the backup that an occurrence of the tier's schedule asks for. */
export type StartScheduled = (
  orchestrations: OrchestrationClient,
  tier: Tier,
  correlationId: string,
  log: Log,
) => Promise<void>;

/**
 * The timer of a tier. The host may fire it late, early or twice: the occurrence is computed from the schedule, never taken from the timer. What it
 * throws makes the invocation fail, and is seen there.
 */
export function backupTimer(tier: Tier, start: StartScheduled): TimerHandler {
  return async (_timer, context) => {
    await start(durableOrchestrations(context), tier, context.invocationId, contextLog(context));
  };
}
