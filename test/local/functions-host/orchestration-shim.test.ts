import * as fc from 'fast-check';

import type { Action } from '../../../local/functions-host/durable/action';
import { type Decision, NonDeterminismError } from '../../../local/functions-host/durable/decision';
import {
  type EventBody,
  EventType,
  type HistoryEvent,
  historyEvent,
} from '../../../local/functions-host/durable/history-event';
import { OrchestrationShim, TIMER_LIMITS } from '../../../local/functions-host/durable/orchestration-shim';

const DAY = 86_400_000;
const START = Date.parse('2026-11-22T00:00:00Z');
const env = { executionId: 'e1', ...TIMER_LIMITS, requireFunction: (): void => undefined };

const at = (body: EventBody, ms = START): HistoryEvent => historyEvent(body, new Date(ms).toISOString());
const started = (ms = START): HistoryEvent => at({ EventType: EventType.OrchestratorStarted }, ms);
const completed = (id: number): HistoryEvent =>
  at({ EventType: EventType.TaskCompleted, TaskScheduledId: id, Result: null });
const failed = (id: number): HistoryEvent =>
  at({ EventType: EventType.TaskFailed, TaskScheduledId: id, Reason: '', Details: '', FailureDetails: null });
const fired = (id: number): HistoryEvent => at({ EventType: EventType.TimerFired, TimerId: id, FireAt: '' });
const raised = (name: string): HistoryEvent => at({ EventType: EventType.EventRaised, Name: name, Input: null });

const recorded = (decision: Decision): HistoryEvent => {
  const { id } = decision;
  if (decision.kind === 'timer') return at({ EventType: EventType.TimerCreated, EventId: id, FireAt: decision.fireAt });
  const common = { EventId: id, Name: decision.name, Version: '', Input: null };
  return decision.kind === 'activity'
    ? at({ EventType: EventType.TaskScheduled, ...common })
    : at({ EventType: EventType.SubOrchestrationInstanceCreated, InstanceId: decision.instanceId, ...common });
};

/** Feeds events one by one, as turns do, and gives the decisions of each. */
function play(actions: Action[], ...events: HistoryEvent[]): { shim: OrchestrationShim; decided: string[] } {
  const shim = new OrchestrationShim(actions, env);
  const decided: string[] = [];
  for (const event of [started(), ...events]) {
    shim.feed(event);
    for (const decision of [...shim.pending.values()]) {
      decided.push(`${decision.kind}#${decision.id}`);
      shim.feed(recorded(decision));
    }
  }
  return { shim, decided };
}

const activity = (functionName: string): Action => ({ actionType: 0, functionName });
const retryOptions = { firstRetryIntervalInMilliseconds: 1000, maxNumberOfAttempts: 2 };
const timer = (ms: number, isCanceled = false): Action => ({
  actionType: 5,
  fireAt: new Date(START + ms).toISOString(),
  isCanceled,
});

test('retries take ids, and one more timer follows the last failure', () => {
  const retried: Action = { actionType: 1, functionName: 'a', retryOptions };
  const { shim, decided } = play([retried, activity('b')], failed(0), fired(1), failed(2), fired(3));
  expect(decided).toEqual(['activity#0', 'timer#1', 'activity#2', 'timer#3', 'activity#4']);
  expect(shim.finished).toBe(false);
});

test('retry delays grow by the coefficient, up to the maximum', () => {
  const options = {
    firstRetryIntervalInMilliseconds: 1000,
    maxNumberOfAttempts: 5,
    backoffCoefficient: 3,
    maxRetryIntervalInMilliseconds: 5000,
  };
  const { shim } = play(
    [{ actionType: 1, functionName: 'a', retryOptions: options }],
    ...[failed(0), fired(1), failed(2), fired(3), failed(4)],
  );
  const times = [1, 3, 5].map((id) => Date.parse((shim.decisions.get(id) as { fireAt: string }).fireAt) - START);
  expect(times).toEqual([1000, 3000, 5000]);
});

test('Task.all waits for all, also after a failure that the orchestrator has seen', () => {
  const { shim } = play([{ actionType: 12, compoundActions: [activity('a'), activity('b')] }], failed(0));
  expect([shim.progressed, shim.behind, shim.finished]).toEqual([true, true, false]);
  shim.feed(completed(1));
  expect([shim.behind, shim.finished]).toEqual([false, true]);
});

test('Task.any ends with the first; the other stays open', () => {
  const { shim } = play([{ actionType: 11, compoundActions: [activity('a'), timer(1000)] }], completed(0));
  expect([shim.finished, [...shim.open.keys()]]).toEqual([true, [1]]);
});

test('a cancelled timer takes its id and is not open', () => {
  const { shim, decided } = play([
    { actionType: 11, compoundActions: [activity('a'), timer(1000, true)] },
    activity('b'),
  ]);
  expect(decided).toEqual(['activity#0', 'timer#1', 'activity#2']);
  expect([...shim.open.keys()]).toEqual([0, 2]);
});

test('a timer of more than six days is made of slices of three', () => {
  const shim = new OrchestrationShim([timer(7 * DAY)], env);
  const fireAt = (id: number): number =>
    (Date.parse((shim.decisions.get(id) as { fireAt: string }).fireAt) - START) / DAY;
  for (const [slice, days] of [3, 6, 7].entries()) {
    shim.feed(started(START + [0, 3, 6][slice]! * DAY));
    if (slice > 0) shim.feed(fired(slice - 1));
    expect(fireAt(slice)).toBe(days);
  }
  shim.feed(started(START + 7 * DAY));
  shim.feed(fired(2));
  expect(shim.finished).toBe(true);
});

test('events are kept until somebody waits, whatever the case of their names', () => {
  const wait: Action = { actionType: 6, externalEventName: 'Item' };
  const { shim } = play([activity('a'), wait, wait], raised('item'), completed(0));
  expect(shim.finished).toBe(false);
  shim.feed(raised('ITEM'));
  expect(shim.finished).toBe(true);
});

test('while suspended nothing goes on; afterwards everything that came meanwhile does', () => {
  const suspended = at({ EventType: EventType.ExecutionSuspended, Reason: '' });
  const { shim } = play([activity('a')], suspended, completed(0));
  expect([shim.suspended, shim.finished]).toEqual([true, false]);
  shim.feed(at({ EventType: EventType.ExecutionResumed, Reason: '' }));
  expect([shim.suspended, shim.finished]).toEqual([false, true]);
});

test('a child without id is named after its execution and its number', () => {
  const { shim } = play([activity('a'), { actionType: 2, functionName: 'child' }], completed(0));
  expect(shim.decisions.get(1)).toMatchObject({ kind: 'sub-orchestration', instanceId: 'e1:1' });
});

describe('any list of actions', () => {
  const leaf = fc.oneof(
    fc.constantFrom('a', 'b').map(activity),
    fc.constantFrom<Action>({ actionType: 2, functionName: 'c' }, timer(1000)),
  );
  const compound = fc.tuple(fc.constantFrom<11 | 12>(11, 12), fc.array(leaf, { minLength: 1, maxLength: 4 }));
  const anyAction = fc.oneof(
    leaf,
    compound.map(([actionType, compoundActions]): Action => ({ actionType, compoundActions })),
  );

  /** Completes the oldest open task until nothing is left; gives the whole history. */
  function toTheEnd(actions: Action[]): HistoryEvent[] {
    const shim = new OrchestrationShim(actions, env);
    const history: HistoryEvent[] = [];
    const turn = (event: HistoryEvent): void => {
      shim.feed(event);
      const scheduling = [...shim.pending.values()].map(recorded);
      for (const one of scheduling) shim.feed(one);
      history.push(event, ...scheduling);
    };
    turn(started());
    for (let [id] = shim.open.keys(); id !== undefined; [id] = shim.open.keys())
      turn(shim.decisions.get(id)?.kind === 'timer' ? fired(id) : completed(id));
    return history;
  }

  test('gives ids without gaps, and the same ones in every replay', () => {
    fc.assert(
      fc.property(fc.array(anyAction, { minLength: 1, maxLength: 6 }), (actions) => {
        const history = toTheEnd(actions);
        const ids = history.map(({ EventId }) => EventId).filter((id) => id >= 0);
        expect(ids).toEqual(ids.map((_id, index) => index));
        const replayed = new OrchestrationShim(actions, env);
        for (const event of history) replayed.feed(event);
        expect([replayed.finished, replayed.pending.size, replayed.open.size]).toEqual([true, 0, 0]);
      }),
    );
  });

  test('does not fit a history in which one task has another name', () => {
    fc.assert(
      fc.property(fc.array(anyAction, { minLength: 1, maxLength: 6 }), fc.nat(), (actions, pick) => {
        const history = toTheEnd([activity('first'), ...actions]);
        const named = history.filter((event) => event.EventType === EventType.TaskScheduled);
        const changed = named[pick % named.length]!;
        const shim = new OrchestrationShim([activity('first'), ...actions], env);
        expect(() => {
          for (const event of history) shim.feed(event === changed ? { ...changed, Name: 'other' } : event);
        }).toThrow(NonDeterminismError);
      }),
    );
  });
});
