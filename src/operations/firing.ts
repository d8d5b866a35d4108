import { type OrchestrationClient } from '../contracts/orchestration-client';
import { type Log } from '../log';

/**
 * What a timer passes on when it fires: never an occurrence, since the host may fire it late, early or twice. Whoever needs one computes it from
 * the schedule.
 */
export interface Firing {
  orchestrations: OrchestrationClient;
  correlationId: string;
  log: Log;
}
