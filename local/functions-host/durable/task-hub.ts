import { type StackClock } from '../../clock/stack-clock';
import { type FunctionsCore } from '../core/functions-core';
import { EventType, type HistoryEvent } from './history-event';
import { type HubStore, type InstanceFilter } from './hub-store';
import { checkInstanceId, hasEnded, type InstanceRecord, TaskHubError } from './instance';
import { newId, type OrchestrationEngine } from './orchestration-engine';

/** Requests that change the course of a running instance. */
export type ControlRequest = 'terminate' | 'suspend' | 'resume';

/** What became of a request to an instance. */
export type RequestOutcome = 'accepted' | 'unknown' | 'ended';

const CONTROL_EVENTS = {
  suspend: EventType.ExecutionSuspended,
  resume: EventType.ExecutionResumed,
} as const;

/** The task hub as its clients see it. What is accepted here is kept: a killed host goes on with it. */
export class TaskHub {
  constructor(
    private readonly core: FunctionsCore,
    private readonly store: HubStore,
    private readonly engine: OrchestrationEngine,
    private readonly clock: StackClock,
  ) {}

  /**
   * Starts an orchestration; `input` is JSON text. An ended instance of the same id is replaced.
   * @throws {TaskHubError} `invalid` for an unknown orchestrator or a bad id, `conflict` if that instance is running
   */
  start(name: string, input: string | null, instanceId = newId()): InstanceRecord {
    const fn = this.core.find('orchestrationTrigger', name);
    if (!fn)
      throw new TaskHubError(
        'invalid',
        `The function '${name}' doesn't exist, is disabled, or is not an orchestrator function.`,
      );
    checkInstanceId(instanceId);
    const existing = this.store.instance(instanceId);
    if (existing && !hasEnded(existing.status))
      throw new TaskHubError(
        'conflict',
        `An Orchestration instance with the status ${existing.status} already exists.`,
      );
    const now = this.clock.now();
    const record: InstanceRecord = {
      instanceId,
      executionId: newId(),
      name: fn.name,
      input,
      parent: null,
      status: 'Pending',
      output: null,
      customStatus: null,
      createdAt: now,
      updatedAt: now,
    };
    this.engine.begin(record);
    return record;
  }

  /** Raises an external event; `input` is JSON text. */
  raise(instanceId: string, eventName: string, input: string | null): RequestOutcome {
    return this.#request(instanceId, () => {
      this.engine.post(instanceId, null, { EventType: EventType.EventRaised, Name: eventName, Input: input });
    });
  }

  /** Terminates, suspends or resumes an instance; terminating does not reach its sub-orchestrations, as on Azure. */
  control(instanceId: string, request: ControlRequest, reason: string): RequestOutcome {
    return this.#request(instanceId, () => {
      if (request === 'terminate')
        this.engine.post(instanceId, null, { EventType: EventType.ExecutionTerminated, Input: reason });
      else this.engine.post(instanceId, null, { EventType: CONTROL_EVENTS[request], Reason: reason });
    });
  }

  instance(instanceId: string): InstanceRecord | undefined {
    return this.store.instance(instanceId);
  }

  instances(filter: InstanceFilter, limit: number, after?: string): InstanceRecord[] {
    return this.store.instances(filter, limit, after);
  }

  history(instanceId: string): HistoryEvent[] {
    return this.store.history(instanceId);
  }

  /** Removes an instance that has ended, with its history; tells whether it did. */
  purge(instanceId: string): boolean {
    const record = this.store.instance(instanceId);
    if (!record || !hasEnded(record.status)) return false;
    this.store.transaction(() => {
      this.store.purge(instanceId);
    });
    return true;
  }

  /** Removes all ended instances that the filter means; tells how many. */
  purgeAll(filter: InstanceFilter): number {
    return this.store.instances(filter, -1).filter(({ instanceId }) => this.purge(instanceId)).length;
  }

  #request(instanceId: string, accept: () => void): RequestOutcome {
    const record = this.store.instance(instanceId);
    if (!record) return 'unknown';
    if (hasEnded(record.status)) return 'ended';
    accept();
    return 'accepted';
  }
}
