import { type OrchestratorState } from './action';
import { compareActions } from './action-comparison';
import { type Decision } from './decision';
import { completedTask, type EventBody, EventType, type HistoryEvent, historyEvent } from './history-event';
import { type InstanceRecord } from './instance';
import { OrchestrationShim, type ShimEnvironment } from './orchestration-shim';
import { type OrchestratorProtocol } from './orchestrator-protocol';
import { jsonText } from './payloads';

const CUSTOM_STATUS_LIMIT_BYTES = 16 * 1024;

/** What is kept in memory of an execution between its turns. */
export interface ExecutionMemory {
  shim: OrchestrationShim;
  state: OrchestratorState;
}

/** How an execution ended. */
export type Ending =
  | { status: 'Completed' | 'Terminated'; output: string | null; details: '' }
  | { status: 'Failed'; output: string; details: string }
  | { status: 'ContinuedAsNew'; input: string | null };

/** What a turn has brought about; nothing of it has happened yet. */
export interface Turn {
  events: HistoryEvent[];
  decisions: Decision[];
  memory: ExecutionMemory | undefined;
  customStatus: string | null;
  suspended: boolean;
  ending: Ending | undefined;
}

/** How turns are done. */
export interface TurnOptions {
  protocol: OrchestratorProtocol;
  shimEnvironment(executionId: string): ShimEnvironment;
  lazy: boolean;
  strict: boolean;
}

/** The orchestration as a turn finds it. */
export interface TurnInput {
  record: InstanceRecord;
  history: readonly HistoryEvent[];
  memory: ExecutionMemory | undefined;
}

/**
 * Does one turn of an orchestration: delivers `bodies`, replays the orchestrator, and finds what is new. Faults of the
 * orchestration end it as `Failed` with their cause; the actions of the failing turn are dispatched nevertheless, as on
 * Azure. Changes nothing but the memory.
 */
export async function runTurn(
  input: TurnInput,
  bodies: readonly EventBody[],
  now: string,
  options: TurnOptions,
): Promise<Turn> {
  const fresh = [{ EventType: EventType.OrchestratorStarted }, ...bodies].map((body) => historyEvent(body, now));
  const terminated = bodies.find((body) => body.EventType === EventType.ExecutionTerminated);
  const turn: Turn = {
    events: fresh,
    decisions: [],
    memory: input.memory,
    customStatus: input.record.customStatus,
    suspended: false,
    ending: undefined,
  };
  if (terminated) {
    turn.ending = { status: 'Terminated', output: JSON.stringify(terminated.Input), details: '' };
  } else {
    try {
      await advance(turn, input, options);
    } catch (error) {
      turn.ending = failed(error as Error);
    }
  }
  const shim = turn.memory?.shim;
  for (const event of fresh) event.IsPlayed = event.EventType !== EventType.OrchestratorStarted;
  if (shim && !terminated) collectDecisions(turn, shim, now);
  if (turn.ending) turn.events.push(historyEvent(endEvent(turn.ending, shim?.nextId ?? 0), now));
  turn.events.push(historyEvent({ EventType: EventType.OrchestratorCompleted }, now));
  return turn;
}

async function advance(turn: Turn, input: TurnInput, options: TurnOptions): Promise<void> {
  const memory = needsReplay(turn.events, input.memory, options.lazy)
    ? await replay(turn, input, options)
    : (input.memory as ExecutionMemory);
  const { shim, state } = memory;
  turn.suspended = shim.suspended;
  // An orchestration does not end while tasks or timers of it are open.
  if (!shim.finished || shim.open.size > 0 || shim.suspended) return;
  if (state.error !== undefined) {
    const message = `Orchestrator function '${input.record.name}' failed: ${state.error}`;
    turn.ending = { status: 'Failed', output: JSON.stringify(message), details: `Message: ${state.error}` };
  } else if (state.isDone) {
    turn.ending = shim.continueAsNew
      ? { status: 'ContinuedAsNew', input: jsonText(shim.continueAsNew.input) }
      : { status: 'Completed', output: jsonText(state.output), details: '' };
  }
}

/**
 * Feeds the new events to the shim of the last replay and tells whether the orchestrator could see a difference. If not,
 * as for all but the last result of a `Task.all`, the replay can be left out: the history becomes the same.
 */
function needsReplay(fresh: readonly HistoryEvent[], memory: ExecutionMemory | undefined, lazy: boolean): boolean {
  if (!lazy || !memory) return true;
  const { shim, state } = memory;
  if (shim.suspended || fresh.some((event) => event.EventType === EventType.ExecutionSuspended)) return true;
  const ended = state.isDone || state.error !== undefined;
  // It may be waiting for a task that the shim has awaited before, or have seen a failure that the shim has not.
  const unpredictable = (shim.finished && !ended) || shim.behind;
  if (unpredictable) return true;
  shim.progressed = false;
  for (const event of fresh) shim.feed(event);
  return shim.progressed;
}

async function replay(turn: Turn, input: TurnInput, options: TurnOptions): Promise<ExecutionMemory> {
  const { record } = input;
  const events = [...input.history, ...turn.events];
  const state = await options.protocol.replay(record, events);
  if (options.strict && input.memory) compareActions(input.memory.state.actions, state.actions);
  if (state.customStatus !== undefined) turn.customStatus = customStatusText(state.customStatus);
  const shim = new OrchestrationShim(state.actions, options.shimEnvironment(record.executionId));
  turn.memory = { shim, state };
  for (const event of events) shim.feed(event);
  return turn.memory;
}

/**
 * Restores the memory of an execution from its history, after a restart of the host. Its open tasks have to be dispatched
 * again, except those of which `completed` knows.
 * @throws {Error} whatever makes a turn fail
 */
export async function recoverExecution(
  record: InstanceRecord,
  history: readonly HistoryEvent[],
  options: TurnOptions,
): Promise<{ memory: ExecutionMemory; open: Decision[] }> {
  const state = await options.protocol.replay(record, history);
  const shim = new OrchestrationShim(state.actions, options.shimEnvironment(record.executionId));
  for (const event of history) shim.feed(event);
  const done = new Set(history.map(completedTask));
  const open = [...shim.open.keys()].filter((id) => !done.has(id)).flatMap((id) => shim.decisions.get(id) ?? []);
  return { memory: { shim, state }, open };
}

function collectDecisions(turn: Turn, shim: OrchestrationShim, now: string): void {
  turn.decisions = [...shim.pending.values()].sort((a, b) => a.id - b.id);
  shim.pending.clear();
  for (const decision of turn.decisions) turn.events.push(historyEvent(schedulingEvent(decision), now));
}

function schedulingEvent(decision: Decision): EventBody {
  const { id } = decision;
  switch (decision.kind) {
    case 'activity':
      return { EventType: EventType.TaskScheduled, EventId: id, Name: decision.name, Version: '', Input: null };
    case 'sub-orchestration':
      return {
        EventType: EventType.SubOrchestrationInstanceCreated,
        EventId: id,
        Name: decision.name,
        Version: '',
        InstanceId: decision.instanceId,
        Input: null,
      };
    case 'timer':
      return { EventType: EventType.TimerCreated, EventId: id, FireAt: decision.fireAt };
  }
}

function endEvent(ending: Ending, id: number): EventBody {
  const result = ending.status === 'ContinuedAsNew' ? ending.input : ending.output;
  return {
    EventType: EventType.ExecutionCompleted,
    EventId: id,
    OrchestrationStatus: ending.status,
    Result: result,
  };
}

/** The ending of an orchestration that cannot go on. */
export function failed(error: Error): Ending {
  return { status: 'Failed', output: JSON.stringify(error.message), details: error.stack ?? error.message };
}

function customStatusText(status: unknown): string {
  const text = JSON.stringify(status);
  const bytes = Buffer.byteLength(text, 'utf16le');
  if (bytes > CUSTOM_STATUS_LIMIT_BYTES)
    throw new Error(
      `The UTF-16 size of the JSON-serialized custom status must not exceed 16 KB. The current size is ${Math.ceil(bytes / 1024)} KB.`,
    );
  return text;
}
