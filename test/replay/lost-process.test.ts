import { type Answer, asked, type HistoryEvent, replay } from './replay-history';

// A Functions host fails the activities whose worker process died or whose time was up, and so are orchestrations whose process died during a turn.
// The local host, which dies with its app, cannot show it; these histories are shaped like those of the real one.

const at = (second: number): string => new Date(Date.UTC(2026, 10, 22, 2, 0, second)).toISOString();
const event = (EventType: number, fields: Record<string, unknown> = {}): HistoryEvent => ({
  EventType,
  EventId: -1,
  IsPlayed: false,
  ...fields,
});
const turn = (second: number, ...events: HistoryEvent[]): HistoryEvent[] => [
  event(12, { Timestamp: at(second) }),
  ...events.map((each) => ({ ...each, Timestamp: at(second) })),
  event(13),
];
const started = (Name: string): HistoryEvent => event(0, { Name, Version: '', Input: '{}' });
const activity = (EventId: number, Name: string): HistoryEvent => event(4, { EventId, Name });
const done = (TaskScheduledId: number, result: object): HistoryEvent =>
  event(5, { TaskScheduledId, Result: JSON.stringify(result) });
const lost = (TaskScheduledId: number): HistoryEvent =>
  event(6, { TaskScheduledId, Reason: 'node exited with code 137 (0x89)', Details: '{}' });
const child = (EventId: number, InstanceId: string): HistoryEvent =>
  event(7, { EventId, Name: 'backUpVault', InstanceId });
const childDone = (TaskScheduledId: number, result: object): HistoryEvent =>
  event(8, { TaskScheduledId, Result: JSON.stringify(result) });
const childFailed = (TaskScheduledId: number): HistoryEvent =>
  event(9, { TaskScheduledId, Reason: 'Non-Deterministic workflow detected', Details: '' });
const timer = (EventId: number, second: number): HistoryEvent => event(10, { EventId, FireAt: at(second) });
const fired = (TimerId: number): HistoryEvent => event(11, { TimerId });

const stored = { ok: true, cancelled: false, failed: 0 };
const newest = (answer: Answer, count: number): string[] => asked(answer.actions[0] ?? []).slice(-count);

describe('a page', () => {
  const page = { name: 'backUpPage', instanceId: 'page', input: { first: 0, end: 60, batchSize: 20 } };
  const scheduled = (first: number, count: number): HistoryEvent[] =>
    Array.from({ length: count }, (_, index) => activity(first + index, 'backUpObjects'));
  const crash = [
    ...turn(0, started('backUpPage'), ...scheduled(0, 3)),
    ...turn(1, done(1, stored)),
    ...turn(2, lost(2)),
    ...turn(3, done(0, stored), timer(3, 12)),
  ];

  test('waits before it asks again', async () => {
    const answer = await replay(page, crash);
    expect(newest(answer, 1)).toEqual(['timer ']);
    expect(answer.isDone).toBe(false);
  });

  test('asks again for the lost batch and no other, though the SDK told of the loss before all had ended', async () => {
    const answer = await replay(page, [...crash, ...turn(12, fired(3))]);
    expect(newest(answer, 2)).toEqual(['timer ', 'activity backUpObjects']);
    expect(answer.actions[0]?.at(-1)?.compoundActions).toMatchObject([{ input: { first: 40, end: 60 } }]);
  });

  test('is done once that batch is', async () => {
    const answer = await replay(page, [
      ...crash,
      ...turn(12, fired(3), activity(4, 'backUpObjects')),
      ...turn(13, done(4, stored)),
    ]);
    expect(answer).toMatchObject({ isDone: true, output: { ok: true, cancelled: false } });
  });

  test('gives up in the end, and says that it was the host', async () => {
    const history = turn(0, started('backUpPage'), ...scheduled(0, 3));
    let next = 3;
    let open = [0, 1, 2];
    for (const second of [10, 50, 150]) {
      history.push(...turn(second, ...open.map(lost), timer(next, second)), ...turn(second + 1, fired(next)));
      open = [next + 1, next + 2, next + 3];
      next += 4;
    }
    history.push(...turn(200, ...open.map(lost), timer(next, 200)), ...turn(201, fired(next)));
    const answer = await replay(page, history);
    expect(answer).toMatchObject({ isDone: true, output: { ok: false, code: 'host_unavailable' } });
  });
});

describe('an estate', () => {
  const runs = [
    { vault: 'contoso-prod', runId: 'prod' },
    { vault: 'contoso-web', runId: 'web' },
  ];
  const estate = { name: 'backUpEstate', instanceId: 'estate', input: { runId: 'estate', runs } };
  const crash = [
    ...turn(0, started('backUpEstate'), activity(0, 'openEstateRun')),
    ...turn(1, done(0, { ok: true, proceed: true }), child(1, 'prod'), child(2, 'web')),
    ...turn(2, childFailed(1)),
    ...turn(60, childDone(2, { status: 'succeeded' }), timer(3, 12)),
    ...turn(61, fired(3)),
  ];

  test('begins the run of a vault anew under the same id', async () => {
    const answer = await replay(estate, crash);
    expect(newest(answer, 2)).toEqual(['timer ', 'orchestration backUpVault']);
    expect(answer.actions[0]?.at(-1)?.compoundActions).toMatchObject([{ instanceId: 'prod' }]);
  });

  test('counts a run as failed that cannot be brought to its end', async () => {
    const answer = await replay(estate, [
      ...crash.slice(0, -1),
      child(4, 'prod'),
      event(13),
      ...turn(70, childFailed(4), timer(5, 130)),
      ...turn(131, fired(5), child(6, 'prod')),
      ...turn(140, childFailed(6), timer(7, 141)),
      ...turn(141, fired(7)),
    ]);
    expect(newest(answer, 1)).toEqual(['activity finishEstateRun']);
    expect(answer.actions[0]?.at(-1)?.compoundActions).toMatchObject([{ input: { status: 'partial' } }]);
  });
});
