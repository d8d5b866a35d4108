import { type OrchestrationContext, type Task } from 'durable-functions';
import { type ActivityInput, type ActivityName, type ActivityResults, type Outcome } from '../contracts/activities';
import {
  type OrchestrationInputs,
  type OrchestrationName,
  type OrchestrationResults,
} from '../contracts/orchestrations';
import { secondsAfter } from '../domain/times';

/** What an orchestration's generator yields and gets back. */
export type Flow<T> = Generator<Task, T, unknown>;

/**
 * Seconds to wait before an activity whose failure may cure itself is asked again; the activity itself has already tried for half a minute.
 * `BRIEF` where somebody should soon know that a vault does not answer; `PATIENT`, almost an hour, where a day's backup would be lost for the lack
 * of a last step.
 */
const BRIEF = [10, 30, 90];
export const PATIENT = [...BRIEF, 300, 600, 900, 1_200];
/** Seconds after a last try in which a process was lost. */
const SETTLING = 1;
/** Seconds after each try of a sub-orchestration that was failed. */
const RESTART_PAUSES = [10, 60, SETTLING];

/**
 * Calls one activity per input at once, and again after a pause those that failed in a way that may cure itself. Plain `callActivity`
 * inside `Task.all`, retries outside of it: the SDK's own retries lose track of their tasks there (docs/adr/0003). An activity whose process was
 * lost, or whose time was up, counts as `host_unavailable` and is asked again like any other.
 */
export function* callAll<N extends ActivityName>(
  context: OrchestrationContext,
  name: N,
  inputs: readonly ActivityInput<N>[],
  pauses: readonly number[] = BRIEF,
): Flow<Outcome<ActivityResults[N]>[]> {
  const outcomes: Outcome<ActivityResults[N]>[] = [];
  let pending = inputs.map((_, index) => index);
  for (let attempt = 0; pending.length > 0; attempt += 1) {
    const tasks = pending.map((index) => context.df.callActivity(name, inputs[index]));
    const pause = pauses[attempt];
    const whole = yield* settle(context, tasks, pause ?? SETTLING);
    pending.forEach((index, position) => {
      outcomes[index] = outcomeOf(tasks[position]);
    });
    if (pause === undefined) break;
    pending = pending.filter((index) => mayCureItself(outcomes[index]));
    if (whole && pending.length > 0) yield* wait(context, pause);
  }
  return outcomes;
}

/**
 * Waits for all tasks; true if none threw. Activities do not throw, but a Functions host fails those whose worker process died or whose time was
 * up. Then the SDK resumes at the first failure, while the engine begins nothing new before it has heard of all: after a pause all have ended.
 */
function* settle(context: OrchestrationContext, tasks: Task[], pause: number): Flow<boolean> {
  try {
    yield context.df.Task.all(tasks);
    return true;
  } catch {
    yield* wait(context, pause);
    return false;
  }
}

function outcomeOf<T extends object>(task: Task | undefined): Outcome<T> {
  return task?.isCompleted === true
    ? (task.result as Outcome<T>)
    : { ok: false, code: 'host_unavailable', retryable: true };
}

/** Calls one activity; a failure that may cure itself is tried again after a pause. */
export function* call<N extends ActivityName>(
  context: OrchestrationContext,
  name: N,
  input: ActivityInput<N>,
  pauses?: readonly number[],
): Flow<Outcome<ActivityResults[N]>> {
  const [outcome] = yield* callAll(context, name, [input], pauses);
  return outcome ?? { ok: false, code: 'internal_error', retryable: false };
}

/**
 * Starts sub-orchestrations at once and waits for all. They return outcomes and do not throw; but one whose worker process died during a turn is
 * failed by the engine as non-deterministic. It is begun anew, under the same id, and after a few tries given up: `undefined`.
 */
export function* callSubOrchestrations<N extends OrchestrationName>(
  context: OrchestrationContext,
  name: N,
  children: readonly { instanceId: string; input: OrchestrationInputs[N] }[],
): Flow<(OrchestrationResults[N] | undefined)[]> {
  const results = new Map<string, OrchestrationResults[N]>();
  let pending = [...children];
  for (const pause of RESTART_PAUSES) {
    if (pending.length === 0) break;
    const tasks = pending.map(({ instanceId, input }) => context.df.callSubOrchestrator(name, input, instanceId));
    yield* settle(context, tasks, pause);
    pending.forEach(({ instanceId }, position) => {
      const task = tasks[position];
      if (task?.isCompleted === true) results.set(instanceId, task.result as OrchestrationResults[N]);
    });
    pending = pending.filter(({ instanceId }) => !results.has(instanceId));
  }
  return children.map(({ instanceId }) => results.get(instanceId));
}

/** Waits by a durable timer. It may fire up to a second early. */
export function* wait(context: OrchestrationContext, seconds: number): Flow<void> {
  yield context.df.createTimer(secondsAfter(context.df.currentUtcDateTime, seconds));
}

/** Cuts `items` into consecutive parts of at most `size`. */
export function inPartsOf<T>(items: readonly T[], size: number): T[][] {
  const parts: T[][] = [];
  for (let first = 0; first < items.length; first += size) parts.push(items.slice(first, first + size));
  return parts;
}

/** Cuts the half-open range `[first, end)` into consecutive ranges of at most `size`. */
export function rangesOf(first: number, end: number, size: number): { first: number; end: number }[] {
  const ranges: { first: number; end: number }[] = [];
  for (let start = first; start < end; start += size) ranges.push({ first: start, end: Math.min(start + size, end) });
  return ranges;
}

function mayCureItself(outcome: Outcome<object> | undefined): boolean {
  return outcome !== undefined && !outcome.ok && outcome.retryable;
}
