import { EventType, type HistoryEvent } from './history-event';
import { type InstanceRecord } from './instance';

/** Which parts of an instance a status answer shows. */
export interface StatusOptions {
  showInput: boolean;
  showHistory: boolean;
  showHistoryOutput: boolean;
}

const EVENT_NAMES: ReadonlyMap<number, string> = new Map(Object.entries(EventType).map(([name, type]) => [type, name]));

const SCHEDULING: readonly number[] = [
  EventType.TaskScheduled,
  EventType.TimerCreated,
  EventType.SubOrchestrationInstanceCreated,
];

const HIDDEN: readonly number[] = [...SCHEDULING, EventType.OrchestratorStarted, EventType.OrchestratorCompleted];

/** The body of a status answer, as the durable extension gives it; times are cut to whole seconds. */
export function instanceStatus(
  record: InstanceRecord,
  history: () => HistoryEvent[],
  options: StatusOptions,
): Record<string, unknown> {
  return {
    name: record.name,
    instanceId: record.instanceId,
    runtimeStatus: record.status,
    input: options.showInput ? fromText(record.input) : null,
    customStatus: fromText(record.customStatus),
    output: fromText(record.output),
    createdTime: wholeSeconds(record.createdAt),
    lastUpdatedTime: wholeSeconds(record.updatedAt),
    ...(options.showHistory ? { historyEvents: shownHistory(history(), options.showHistoryOutput) } : {}),
  };
}

/** Completions carry the name and time of what they complete; bookkeeping events are left out. */
function shownHistory(history: readonly HistoryEvent[], output: boolean): Record<string, unknown>[] {
  const scheduled = new Map(
    history.filter((event) => SCHEDULING.includes(event.EventType)).map((event) => [event.EventId, event]),
  );
  return history
    .filter((event) => !HIDDEN.includes(event.EventType))
    .map((event) => {
      const origin = 'TaskScheduledId' in event ? scheduled.get(event.TaskScheduledId) : undefined;
      const name = origin && 'Name' in origin ? origin.Name : 'Name' in event ? event.Name : undefined;
      return {
        EventType: EVENT_NAMES.get(event.EventType),
        Timestamp: event.Timestamp,
        ...(origin ? { ScheduledTime: origin.Timestamp } : {}),
        ...(name === undefined
          ? {}
          : event.EventType === EventType.EventRaised
            ? { Name: name }
            : { FunctionName: name }),
        ...('FireAt' in event ? { FireAt: event.FireAt } : {}),
        ...('OrchestrationStatus' in event ? { OrchestrationStatus: event.OrchestrationStatus } : {}),
        ...(output ? outcome(event) : {}),
      };
    });
}

function outcome(event: HistoryEvent): Record<string, unknown> {
  if ('Result' in event) return { Result: fromText(event.Result) };
  if ('TaskScheduledId' in event) return { Reason: event.Reason, Details: event.Details };
  if (event.EventType === EventType.EventRaised) return { Input: fromText(event.Input) };
  return {};
}

function fromText(text: string | null): unknown {
  return text === null || text === '' ? null : (JSON.parse(text) as unknown);
}

function wholeSeconds(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}
