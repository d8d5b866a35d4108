import { type TimerHandler } from '@azure/functions';
import { type Firing } from '../operations/start-scheduled-backups';
import { contextLog } from './context-log';
import { durableOrchestrations } from './durable-orchestrations';

/**
 * A timer that starts backups. The host may fire it late, early or twice: the occurrence is computed from the schedule, never taken from the timer.
 * What `start` throws makes the invocation fail, and is seen there.
 */
export function backupTimer(start: (firing: Firing) => Promise<void>): TimerHandler {
  return async (_timer, context) => {
    await start({
      orchestrations: durableOrchestrations(context),
      correlationId: context.invocationId,
      log: contextLog(context),
    });
  };
}
