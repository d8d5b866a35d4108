import { type OrchestrationInputs, type OrchestrationName } from './orchestrations';

/** What triggers and activities may ask of the durable engine. Throws `StrongroomError` `host_unavailable`. */
export interface OrchestrationClient {
  /**
   * Starts an orchestration; `false` if one with this instance id is pending or running already. One that has ended is started anew, so ask the
   * ledger first.
   */
  start<N extends OrchestrationName>(name: N, instanceId: string, input: OrchestrationInputs[N]): Promise<boolean>;
  /** Whether an instance is there and has not ended. */
  isActive(instanceId: string): Promise<boolean>;
  /**
   * Removes the histories of instances that were started from `from` to `to` (both inclusive) and have ended, of this app's task hub; tells how many. May run
   * twice: what is gone is not found again.
   */
  forgetEnded(from: Date, to: Date): Promise<number>;
}
