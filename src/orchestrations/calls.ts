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

/**
 * Calls one activity per input at once, and again after a pause those that failed in a way that may cure itself. Plain `callActivity`
 * inside `Task.all`, retries outside of it: the SDK's own retries lose track of their tasks there (docs/adr/0003).
 */
export function* callAll<N extends ActivityName>(
  context: OrchestrationContext,
  name: N,
  inputs: readonly ActivityInput<N>[],
  pauses: readonly number[] = BRIEF,
): Flow<Outcome<ActivityResults[N]>[]> {
  const outcomes = new Map<number, Outcome<ActivityResults[N]>>();
  let pending = inputs.map((_, index) => index);
  for (let attempt = 0; pending.length > 0; attempt += 1) {
    const tasks = pending.map((index) => context.df.callActivity(name, inputs[index]));
    const answers = (yield context.df.Task.all(tasks)) as Outcome<ActivityResults[N]>[];
    pending.forEach((index, position) => {
      const answer = answers[position];
      if (answer !== undefined) outcomes.set(index, answer);
    });
    const pause = pauses[attempt];
    if (pause === undefined) break;
    pending = pending.filter((index) => mayCureItself(outcomes.get(index)));
    if (pending.length > 0) yield* wait(context, pause);
  }
  return [...outcomes.entries()].sort(([a], [b]) => a - b).map(([, outcome]) => outcome);
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

/** Starts sub-orchestrations at once and waits for all. They return outcomes and do not throw. */
export function* callSubOrchestrations<N extends OrchestrationName>(
  context: OrchestrationContext,
  name: N,
  children: readonly { instanceId: string; input: OrchestrationInputs[N] }[],
): Flow<OrchestrationResults[N][]> {
  if (children.length === 0) return [];
  const tasks = children.map(({ instanceId, input }) => context.df.callSubOrchestrator(name, input, instanceId));
  return (yield context.df.Task.all(tasks)) as OrchestrationResults[N][];
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
