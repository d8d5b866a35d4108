/** Event types of a durable history, as numbers of the wire protocol (DTFx `EventType`). */
export const EventType = {
  ExecutionStarted: 0,
  ExecutionCompleted: 1,
  ExecutionTerminated: 3,
  TaskScheduled: 4,
  TaskCompleted: 5,
  TaskFailed: 6,
  SubOrchestrationInstanceCreated: 7,
  SubOrchestrationInstanceCompleted: 8,
  SubOrchestrationInstanceFailed: 9,
  TimerCreated: 10,
  TimerFired: 11,
  OrchestratorStarted: 12,
  OrchestratorCompleted: 13,
  EventRaised: 15,
  ExecutionSuspended: 19,
  ExecutionResumed: 20,
} as const;

interface Scheduling {
  EventId: number;
}

interface Completion {
  TaskScheduledId: number;
}

interface Failure extends Completion {
  Reason: string;
  Details: string;
  FailureDetails: null;
}

/** The first event of an execution. */
interface ExecutionStarted {
  EventType: typeof EventType.ExecutionStarted;
  Name: string;
  Version: string;
  Input: string | null;
  OrchestrationInstance: { InstanceId: string; ExecutionId: string };
  ParentInstance: object | null;
  Tags: null;
  Correlation: null;
  ScheduledStartTime: null;
  Generation: number;
}

/** What an event says, without when. Payloads (`Input`, `Result`) are JSON texts. */
export type EventBody =
  | ExecutionStarted
  | { EventType: typeof EventType.OrchestratorStarted | typeof EventType.OrchestratorCompleted }
  | ({
      EventType: typeof EventType.ExecutionCompleted;
      OrchestrationStatus: string;
      Result: string | null;
    } & Scheduling)
  | { EventType: typeof EventType.ExecutionTerminated; Input: string }
  | ({ EventType: typeof EventType.TaskScheduled; Name: string; Version: string; Input: null } & Scheduling)
  | ({
      EventType: typeof EventType.SubOrchestrationInstanceCreated;
      Name: string;
      Version: string;
      InstanceId: string;
      Input: null;
    } & Scheduling)
  | ({ EventType: typeof EventType.TimerCreated; FireAt: string } & Scheduling)
  | ({
      EventType: typeof EventType.TaskCompleted | typeof EventType.SubOrchestrationInstanceCompleted;
      Result: string | null;
    } & Completion)
  | ({ EventType: typeof EventType.TaskFailed | typeof EventType.SubOrchestrationInstanceFailed } & Failure)
  | { EventType: typeof EventType.TimerFired; TimerId: number; FireAt: string }
  | { EventType: typeof EventType.EventRaised; Name: string; Input: string | null }
  | { EventType: typeof EventType.ExecutionSuspended | typeof EventType.ExecutionResumed; Reason: string };

/** One event of a history: -1 as `EventId` unless it schedules something. */
export type HistoryEvent = EventBody & { EventId: number; IsPlayed: boolean; Timestamp: string };

/** Makes an event of a turn that happened at `timestamp` (ISO). */
export function historyEvent(body: EventBody, timestamp: string): HistoryEvent {
  return { EventId: -1, IsPlayed: false, Timestamp: timestamp, ...body };
}

/** The id of the task or timer that an event completes, if it completes one. */
export function completedTask(event: EventBody): number | undefined {
  if ('TaskScheduledId' in event) return event.TaskScheduledId;
  return event.EventType === EventType.TimerFired ? event.TimerId : undefined;
}
