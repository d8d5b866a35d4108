import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { asked, type HistoryEvent, orchestrations, type Recorded, replay } from './replay-history';

// Recorded histories, replayed by the real durable SDK: an orchestration of this version must go on with what an earlier one has begun.

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
const folder = join(__dirname, 'histories');
const files = readdirSync(folder);

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
