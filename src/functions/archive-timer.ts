import { type TimerHandler } from '@azure/functions';
import { type AlertContext } from '../alerts/port';
import { contextLog } from './context-log';
import { durableOrchestrations } from './durable-orchestrations';

/** The audit of the archive's policies, daily and when the app starts. Fired twice, it looks twice at most. */
export function archiveAuditTimer(
  audit: (context: AlertContext, correlationId: string) => Promise<void>,
): TimerHandler {
  return async (_timer, context) => {
    const orchestrations = () => durableOrchestrations(context);
    await audit({ log: contextLog(context), orchestrations }, context.invocationId);
  };
}
