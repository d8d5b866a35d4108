import * as df from 'durable-functions';
import type { OrchestrationContext, Task as DurableTask } from 'durable-functions';

import type { Task } from './activities';

type Flow = Generator<DurableTask, unknown, never>;

const act = (context: OrchestrationContext, task: Task): DurableTask => context.df.callActivity('act', task);

const retried = (context: OrchestrationContext, firstMs: number, attempts: number, task: Task): DurableTask =>
  context.df.callActivityWithRetry('act', new df.RetryOptions(firstMs, attempts), task);

const after = (context: OrchestrationContext, ms: number): ReturnType<typeof context.df.createTimer> =>
  context.df.createTimer(new Date(context.df.currentUtcDateTime.getTime() + ms));

/** H1: one child of a `Task.all` fails for good while another still retries, and the failure is caught. */
df.app.orchestration('H1', function* (context: OrchestrationContext): Flow {
  const id = context.df.instanceId;
  const failing = act(context, { k: `a-${id}`, failures: 9 });
  const retrying = retried(context, 100, 3, { k: `b-${id}`, ms: 60, failures: 1 });
  try {
    yield context.df.Task.all([failing, retrying]);
  } catch {
    // handled
  }
  const cleanup: unknown = yield act(context, { k: `cleanup-${id}`, ms: 5 });
  return { cleanup: cleanup ?? 'UNDEFINED' };
});

/** Retries in a sub-orchestration that never throws; what H1 and H2 should be written like. */
df.app.orchestration('withRetries', function* (context: OrchestrationContext): Flow {
  try {
    const value: unknown = yield retried(context, 30, 3, context.df.getInput<Task>());
    return { ok: true, value };
  } catch (error) {
    return { ok: false, error: (error as Error).message.split('\n')[0] };
  }
});

df.app.orchestration('H1ok', function* (context: OrchestrationContext): Flow {
  const id = context.df.instanceId;
  const children = [
    context.df.callSubOrchestrator('withRetries', { k: `a-${id}`, failures: 9 }),
    context.df.callSubOrchestrator('withRetries', { k: `b-${id}`, failures: 1 }),
  ];
  const results: unknown = yield context.df.Task.all(children);
  const cleanup: unknown = yield act(context, { k: `cleanup-${id}` });
  return { results, cleanup };
});

/** H2: a retried activity wins against a timer that is then cancelled. */
df.app.orchestration('H2', function* (context: OrchestrationContext): Flow {
  const id = context.df.instanceId;
  const timer = after(context, 30_000);
  const work = retried(context, 30, 3, { k: `r-${id}`, failures: 1 });
  const winner: DurableTask = yield context.df.Task.any([work, timer]);
  if (winner === work) timer.cancel();
  return yield act(context, { k: `next-${id}` });
});

df.app.orchestration('H2ok', function* (context: OrchestrationContext): Flow {
  const id = context.df.instanceId;
  const timer = after(context, 30_000);
  const work = context.df.callSubOrchestrator('withRetries', { k: `r-${id}`, failures: 1 });
  const winner: DurableTask = yield context.df.Task.any([work, timer]);
  if (winner === work) timer.cancel();
  const next: unknown = yield act(context, { k: `next-${id}` });
  return { winner: winner.result, next };
});

/** H3: `retryTimeoutInMilliseconds` makes the SDK wait for a timer that never comes. */
df.app.orchestration('H3', function* (context: OrchestrationContext): Flow {
  const options = new df.RetryOptions(50, 10);
  options.retryTimeoutInMilliseconds = 20;
  const task: Task = { k: `x-${context.df.instanceId}`, ms: 40, failures: 99 };
  try {
    yield context.df.callActivityWithRetry('act', options, task);
  } catch {
    return 'caught';
  }
  return 'done';
});

/** H4: an external event whose name is a number completes the task of that number. */
df.app.orchestration('H4', function* (context: OrchestrationContext): Flow {
  const result: unknown = yield act(context, { k: `slow-${context.df.instanceId}`, ms: 400 });
  return { result };
});

/** H5: the SDK compares event names with case, the extension without. */
df.app.orchestration('H5', function* (context: OrchestrationContext): Flow {
  return yield context.df.waitForExternalEvent('Approval');
});

/** H6: a string given to `continueAsNew` comes back quoted; a `Timestamp` of the input becomes a Date. */
df.app.orchestration('H6', function* (context: OrchestrationContext): Flow {
  const input = context.df.getInput<unknown>();
  yield context.df.callActivity('act2');
  if (typeof input !== 'object') return { input };
  context.df.continueAsNew('round-2');
  return undefined;
});

df.app.orchestration('H6b', function* (context: OrchestrationContext): Flow {
  const input = context.df.getInput<{ Timestamp: unknown; nested: { Timestamp: unknown } }>();
  yield context.df.callActivity('act2');
  return { top: input.Timestamp instanceof Date, nested: input.nested.Timestamp instanceof Date };
});

/** H7: the losing activity of a `Task.any` holds the instance until it ends. */
df.app.orchestration('H7', function* (context: OrchestrationContext): Flow {
  const id = context.df.instanceId;
  const slow = act(context, { k: `slow-${id}`, ms: 400 });
  const fast = act(context, { k: `fast-${id}` });
  yield context.df.Task.any([slow, fast]);
  return 'done early';
});

/** H8: events that were received but not awaited are lost by `continueAsNew`. */
df.app.orchestration('H8', function* (context: OrchestrationContext): Flow {
  if (context.df.getInput<{ round: number }>().round === 0) {
    yield context.df.waitForExternalEvent('go');
    context.df.continueAsNew({ round: 1 });
    return undefined;
  }
  const timer = after(context, 200);
  const item = context.df.waitForExternalEvent('item');
  const winner: DurableTask = yield context.df.Task.any([item, timer]);
  if (winner === item) timer.cancel();
  return winner === item ? 'kept' : 'lost';
});

/** Not a task: the SDK refuses it. */
df.app.orchestration('yieldsAPromise', function* (): Generator<never, unknown, never> {
  yield Promise.resolve(1) as never;
  return 'never';
});

/** Asks for another activity in each replay. */
let replays = 0;
df.app.orchestration('changesItsMind', function* (context: OrchestrationContext): Flow {
  replays++;
  const name = replays % 2 === 1 ? 'act2' : 'act';
  yield context.df.callActivity(name, { k: `changed-${context.df.instanceId}` });
  yield context.df.callActivity('act2');
  return 'never';
});

/** Gives its first activity another input in each replay, which Azure lets pass. */
df.app.orchestration('readsTheClock', function* (context: OrchestrationContext): Flow {
  yield context.df.callActivity('echo', { at: process.hrtime.bigint().toString() });
  yield context.df.callActivity('echo', { second: true });
  return 'done';
});
