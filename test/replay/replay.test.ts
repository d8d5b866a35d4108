import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type OrchestrationHandler } from 'durable-functions';
import { DummyOrchestrationContext, createOrchestrator } from 'durable-functions/lib/src/util/testingUtils';
import { backUpEstate } from '../../src/orchestrations/back-up-estate';
import { backUpPage } from '../../src/orchestrations/back-up-page';
import { backUpVault } from '../../src/orchestrations/back-up-vault';

// Recorded histories, replayed by the real durable SDK: an orchestration of this version must go on with what an earlier one has begun.

const orchestrations: Record<string, OrchestrationHandler> = { backUpEstate, backUpVault, backUpPage };

interface HistoryEvent {
  EventType: number;
  EventId: number;
  Name?: string;
  [field: string]: unknown;
}
interface Recorded {
  name: string;
  instanceId: string;
  status: string;
  input: unknown;
  output: unknown;
  history: HistoryEvent[];
}
interface Answer {
  isDone: boolean;
  output?: unknown;
  actions: Action[][];
}
interface Action {
  actionType: number;
  functionName?: string;
  compoundActions?: Action[];
}

const EVENT = {
  taskScheduled: 4,
  subOrchestrationCreated: 7,
  timerCreated: 10,
  orchestratorStarted: 12,
  orchestratorCompleted: 13,
  executionCompleted: 1,
};
const SCHEDULED: ReadonlyMap<number, string> = new Map([
  [EVENT.taskScheduled, 'activity'],
  [EVENT.subOrchestrationCreated, 'orchestration'],
  [EVENT.timerCreated, 'timer'],
]);
const ACTION_KINDS: ReadonlyMap<number, string> = new Map([
  [0, 'activity'],
  [2, 'orchestration'],
  [5, 'timer'],
]);

const folder = join(__dirname, 'histories');
const files = readdirSync(folder);

async function replay({ name, instanceId, input }: Recorded, history: HistoryEvent[]): Promise<Answer> {
  const run = createOrchestrator(orchestrations[name]!);
  const trigger = {
    history: structuredClone(history),
    input,
    instanceId,
    isReplaying: true,
    parentInstanceId: null,
    upperSchemaVersion: 1,
    upperSchemaVersionNew: 2,
    longRunningTimerIntervalDuration: '3.00:00:00',
    maximumShortTimerDuration: '6.00:00:00',
    defaultHttpAsyncRequestSleepTimeMillseconds: 30_000,
  };
  const context = new DummyOrchestrationContext(name, 'replay', () => undefined);
  return JSON.parse(JSON.stringify(await run(trigger, context))) as Answer;
}

/** What the orchestration asked for, in order: a compound action asks for its parts. */
function asked(actions: Action[]): string[] {
  return actions.flatMap((action) =>
    action.compoundActions === undefined
      ? [`${ACTION_KINDS.get(action.actionType) ?? `action ${action.actionType}`} ${action.functionName ?? ''}`]
      : asked(action.compoundActions),
  );
}

/** What the history says was scheduled, in order of the sequence ids. */
function scheduled(history: HistoryEvent[]): string[] {
  return history
    .filter(({ EventType }) => SCHEDULED.has(EventType))
    .sort((a, b) => a.EventId - b.EventId)
    .map(({ EventType, Name }) => `${SCHEDULED.get(EventType) ?? ''} ${Name ?? ''}`);
}

test('there are histories of every orchestration', () => {
  const names = files.map((file) => (JSON.parse(readFileSync(join(folder, file), 'utf8')) as Recorded).name);
  expect(new Set(names)).toEqual(new Set(Object.keys(orchestrations)));
});

describe.each(files)('%s', (file) => {
  const recorded = JSON.parse(readFileSync(join(folder, file), 'utf8')) as Recorded;
  const turns = recorded.history.flatMap(({ EventType }, index) =>
    EventType === EVENT.orchestratorCompleted ? [index + 1] : [],
  );

  test('asks in every turn for what it asked for when it was recorded', async () => {
    for (const end of turns) {
      const past = recorded.history.slice(0, end);
      const answer = await replay(recorded, past);
      expect(asked(answer.actions[0] ?? [])).toEqual(scheduled(past));
    }
    expect(turns.length).toBeGreaterThan(0);
  });

  test('ends as it ended', async () => {
    const answer = await replay(recorded, recorded.history);
    expect(answer.isDone).toBe(true);
    expect(answer.output).toEqual(recorded.output);
  });
});
