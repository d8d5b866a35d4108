import { type TimerHandler } from '@azure/functions';
import { type OrchestrationClient } from '../contracts/orchestration-client';
import { type Log } from '../log';
import { contextLog } from './context-log';
import { durableOrchestrations } from './durable-orchestrations';

/** The sweep of alerts that nobody delivers. Fired twice, or late, it finds what there is. */
export function alertSweep(sweep: (orchestrations: OrchestrationClient, log: Log) => Promise<void>): TimerHandler {
  return (_timer, context) => sweep(durableOrchestrations(context), contextLog(context));
}
