import { type EventBody, EventType } from './history-event';
import { type InstanceRecord, type ParentLink } from './instance';
import { type Ending } from './orchestration-turn';

/** The event that begins an execution. */
export function startedEvent(record: InstanceRecord): EventBody {
  const { parent } = record;
  return {
    EventType: EventType.ExecutionStarted,
    OrchestrationInstance: { InstanceId: record.instanceId, ExecutionId: record.executionId },
    ParentInstance: parent && {
      TaskScheduleId: parent.taskId,
      OrchestrationInstance: { InstanceId: parent.instanceId, ExecutionId: parent.executionId },
    },
    Name: record.name,
    Version: '',
    Input: record.input,
    Tags: null,
    Correlation: null,
    ScheduledStartTime: null,
    Generation: 0,
  };
}

/** What a parent learns of the end of a sub-orchestration. */
export function subOrchestrationOutcome(
  parent: ParentLink,
  ending: Exclude<Ending, { status: 'ContinuedAsNew' }>,
): EventBody {
  if (ending.status === 'Completed')
    return {
      EventType: EventType.SubOrchestrationInstanceCompleted,
      TaskScheduledId: parent.taskId,
      Result: ending.output,
    };
  const reason = ending.output === null ? '' : String(JSON.parse(ending.output));
  return subOrchestrationFailure(parent.taskId, reason, ending.details);
}

/** The failure of a sub-orchestration, also of one that could not be started. */
export function subOrchestrationFailure(taskId: number, reason: string, details: string): EventBody {
  return {
    EventType: EventType.SubOrchestrationInstanceFailed,
    TaskScheduledId: taskId,
    Reason: reason,
    Details: details,
    FailureDetails: null,
  };
}
