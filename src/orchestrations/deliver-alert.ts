import { type OrchestrationContext } from 'durable-functions';
import { type OrchestrationInputs, type OrchestrationResults } from '../contracts/orchestrations';
import { call, type Flow, PATIENT, wait } from './calls';

/**
 * Sends an alert's messages in order, each until it is delivered, refused for good, or was tried for a day. When, the alert's row says. Whatever makes it end
 * early, the sweep starts it anew.
 */
export function* deliverAlert(context: OrchestrationContext): Flow<OrchestrationResults['deliverAlert']> {
  const { alertId } = context.df.getInput<OrchestrationInputs['deliverAlert']>();
  for (;;) {
    const tried = yield* call(context, 'sendAlert', { alertId }, PATIENT);
    if (!tried.ok) return tried;
    if (tried.pauseSeconds === null) return { ok: true };
    if (tried.pauseSeconds > 0) yield* wait(context, tried.pauseSeconds);
  }
}
