import { type FunctionsCore } from '../core/functions-core';
import { FunctionFailure, type InvocationResult, type Invoker } from '../core/invoker';
import { type OrchestratorState, parseOrchestratorState } from './action';
import { type HistoryEvent } from './history-event';
import { type InstanceRecord } from './instance';
import { TIMER_LIMITS } from './orchestration-shim';

const FAILURE_LABEL = '\n\n$OutOfProcData$:';
const SCHEMA_V3 = 2;

/** How much the orchestrators were replayed since the start of the process. */
export interface ReplayCounters {
  replays: number;
  bytes: number;
}

/** Speaks the wire protocol of `durable-functions` 3: one replay of an orchestrator is one invocation. */
export class OrchestratorProtocol {
  readonly counters: ReplayCounters = { replays: 0, bytes: 0 };

  constructor(
    private readonly core: FunctionsCore,
    private readonly invoker: Invoker,
  ) {}

  /**
   * Replays the orchestrator of `instance` over `history`.
   * @throws {Error} if the app has no such orchestrator, or its answer is none; what the orchestrator itself throws comes
   *   back as `error` of the state
   */
  async replay(instance: InstanceRecord, history: readonly HistoryEvent[]): Promise<OrchestratorState> {
    const fn = this.core.find('orchestrationTrigger', instance.name);
    if (!fn) throw new Error(`The app has no orchestrator function '${instance.name}'.`);
    const input = JSON.stringify({
      history,
      input: instance.input === null ? null : (JSON.parse(instance.input) as unknown),
      instanceId: instance.instanceId,
      isReplaying: history.some((event) => event.IsPlayed),
      parentInstanceId: instance.parent?.instanceId ?? null,
      upperSchemaVersion: 1,
      upperSchemaVersionNew: SCHEMA_V3,
      longRunningTimerIntervalDuration: timeSpan(TIMER_LIMITS.longTimerMs),
      maximumShortTimerDuration: timeSpan(TIMER_LIMITS.maximumTimerMs),
      defaultHttpAsyncRequestSleepTimeMillseconds: 30000,
    });
    this.counters.replays++;
    this.counters.bytes += Buffer.byteLength(input);
    try {
      return readState(await this.invoker.invoke(fn, { string: input }, {}, { logFailure: false }));
    } catch (error) {
      if (!(error instanceof FunctionFailure)) throw error;
      return readFailure(error);
    }
  }
}

function readState(result: InvocationResult): OrchestratorState {
  const json = result.returnValue?.json;
  if (json === undefined) throw new Error('The orchestrator function returned no state.');
  return parseOrchestratorState(JSON.parse(json));
}

function readFailure(failure: FunctionFailure): OrchestratorState {
  const at = failure.message.indexOf(FAILURE_LABEL);
  if (at < 0) return { isDone: false, actions: [], error: failure.message };
  const state = parseOrchestratorState(JSON.parse(failure.message.slice(at + FAILURE_LABEL.length)));
  return { ...state, error: state.error ?? 'Unknown error' };
}

function timeSpan(ms: number): string {
  const day = 86_400_000;
  return `${Math.floor(ms / day)}.${new Date(ms % day).toISOString().slice(11, 19)}`;
}
