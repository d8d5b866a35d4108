import * as df from 'durable-functions';
import type { OrchestrationContext, Task as DurableTask } from 'durable-functions';

import { note, type Task } from './activities';

type Flow = Generator<DurableTask, unknown, never>;

/** A bit of everything: retries in a fan-out, a child, a timer, an event against a deadline. */
df.app.orchestration('journey', function* (context: OrchestrationContext): Flow {
  const { n, ms = 0 } = context.df.getInput<{ n: number; ms?: number }>();
  const id = context.df.instanceId;
  context.df.setCustomStatus({ stage: 'fan-out', of: n });
  // A restart forgets which activities have failed before: they fail once more in each process.
  const retry = new df.RetryOptions(20, 9);
  retry.backoffCoefficient = 1.5;
  const tasks = Array.from({ length: n }, (_, k) =>
    context.df.callActivityWithRetry('act', retry, { k: `${id}-${k}`, ms, failures: k % 10 === 0 ? 1 : 0 }),
  );
  const results: string[] = yield context.df.Task.all(tasks);
  if (!context.df.isReplaying) note(`fanned ${id}`);
  const child: { sum: number } = yield context.df.callSubOrchestrator('child', { xs: [1, 2, 3] });
  const before = context.df.currentUtcDateTime.getTime();
  yield context.df.createTimer(new Date(before + 300));
  context.df.setCustomStatus({ stage: 'waiting' });
  const deadline = context.df.createTimer(new Date(context.df.currentUtcDateTime.getTime() + 60_000));
  const approval = context.df.waitForExternalEvent('approval');
  const winner: DurableTask = yield context.df.Task.any([approval, deadline]);
  if (winner === deadline) return { approved: false };
  deadline.cancel();
  return { approved: winner.result, done: results.length, sum: child.sum };
});

df.app.orchestration('child', function* (context: OrchestrationContext): Flow {
  note(`child ${context.df.isReplaying ? 'again' : 'first'} ${context.df.instanceId}`);
  let sum = 0;
  for (const x of context.df.getInput<{ xs: number[] }>().xs) {
    const result: { x: number } = yield context.df.callActivity('echo', { x });
    sum += result.x;
  }
  return { sum };
});

df.app.orchestration('fan', function* (context: OrchestrationContext): Flow {
  const { n, ms = 0 } = context.df.getInput<{ n: number; ms?: number }>();
  const tasks = Array.from({ length: n }, (_, k) =>
    context.df.callActivity('act', { k: `${context.df.instanceId}-${k}`, ms }),
  );
  const results: string[] = yield context.df.Task.all(tasks);
  return { done: results.length, inOrder: results.every((text, k) => text.endsWith(`-${k} ok`)) };
});

/** Waits for a task that has been scheduled by an earlier `Task.any`. */
df.app.orchestration('waitsForTheSlower', function* (context: OrchestrationContext): Flow {
  const slow = context.df.callActivity('act', { k: `slow-${context.df.instanceId}`, ms: 200 });
  const fast = context.df.callActivity('act', { k: `fast-${context.df.instanceId}` });
  yield context.df.Task.any([slow, fast]);
  return yield slow;
});

df.app.orchestration('collects', function* (context: OrchestrationContext): Flow {
  const { round, got } = context.df.getInput<{ round: number; got: string[] }>();
  const item: string = yield context.df.waitForExternalEvent('item');
  if (round === 3) return [...got, item];
  context.df.continueAsNew({ round: round + 1, got: [...got, item] });
  return undefined;
});

/** Several waiters of one event name: the newest is served first. */
df.app.orchestration('twoWaiters', function* (context: OrchestrationContext): Flow {
  const first = context.df.waitForExternalEvent('item');
  const second = context.df.waitForExternalEvent('item');
  return yield context.df.Task.all([first, second]);
});

df.app.orchestration('catches', function* (context: OrchestrationContext): Flow {
  const task: Task = { k: `always-${context.df.instanceId}`, failures: 9 };
  try {
    yield context.df.callActivityWithRetry('act', new df.RetryOptions(20, 2), task);
    return 'no error';
  } catch (error) {
    return { message: (error as Error).message };
  }
});

df.app.orchestration('throws', function* (context: OrchestrationContext): Flow {
  yield context.df.callActivity('act2');
  throw new Error('broken on purpose');
});

df.app.orchestration('sleeps', function* (context: OrchestrationContext): Flow {
  const { ms } = context.df.getInput<{ ms: number }>();
  const before = context.df.currentUtcDateTime.getTime();
  yield context.df.createTimer(new Date(before + ms));
  return { slept: context.df.currentUtcDateTime.getTime() - before };
});

df.app.orchestration('forgetsATimer', function* (context: OrchestrationContext): Flow {
  const timer = context.df.createTimer(new Date(context.df.currentUtcDateTime.getTime() + 500));
  yield context.df.Task.any([timer, context.df.callActivity('act2')]);
  return 'returned early';
});

df.app.orchestration('types', function* (context: OrchestrationContext): Flow {
  const values = [{ a: 1, d: '2024-01-01T00:00:00.000Z' }, [1, 2], 'text', '{"j":1}', 5, 1.5, true, null, undefined];
  const arrived: unknown[] = [];
  for (const value of values) {
    const back: unknown = yield context.df.callActivity('echo', value);
    arrived.push(back === undefined ? 'UNDEFINED' : back);
  }
  return arrived;
});

df.app.orchestration('calls', function* (context: OrchestrationContext): Flow {
  const { name, input } = context.df.getInput<{ name: string; input: unknown }>();
  return yield context.df.callActivity(name, input);
});

df.app.orchestration('callsChild', function* (context: OrchestrationContext): Flow {
  const { name, input, id } = context.df.getInput<{ name: string; input: unknown; id?: string }>();
  return yield context.df.callSubOrchestrator(name, input, id);
});

df.app.orchestration('sendsABigint', function* (context: OrchestrationContext): Flow {
  return yield context.df.callActivity('echo', { size: 1n });
});

df.app.orchestration('saysTooMuch', function* (context: OrchestrationContext): Flow {
  context.df.setCustomStatus('x'.repeat(9000));
  return yield context.df.callActivity('act2');
});

df.app.orchestration('usesAnEntity', function* (context: OrchestrationContext): Flow {
  return yield context.df.callEntity(new df.EntityId('counter', 'one'), 'get');
});

df.app.orchestration('callsHttp', function* (context: OrchestrationContext): Flow {
  return yield context.df.callHttp({ method: 'GET', url: 'http://127.0.0.1:1/' });
});
