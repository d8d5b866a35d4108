import { setTimeout as delay } from 'node:timers/promises';

import { HostProcess, stopAll } from './host-process';

afterAll(stopAll);

const MODES: [string, Record<string, unknown>][] = [
  ['lazy', {}],
  ['batch 1, strict, shuffle, early timers', { batch: 1, strict: true, shuffle: true, earlyTimers: true, seed: 7 }],
];

describe.each(MODES)('orchestrations, %s', (_name, modes) => {
  let host: HostProcess;
  beforeAll(async () => {
    host = await HostProcess.start({ modes });
  });

  test('fan-out with retries, sub-orchestration, timer and event', async () => {
    const id = await host.begin('journey', { n: 30 });
    await host.until(id, ({ customStatus }) => (customStatus as { stage?: string } | null)?.stage === 'waiting');
    expect(await host.raise(id, 'approval', { by: 'alice' })).toBe(202);
    const { output, customStatus } = await host.until(id);
    expect(output).toEqual({ approved: { by: 'alice' }, done: 30, sum: 6 });
    expect(customStatus).toEqual({ stage: 'waiting' });
    expect(host.runs().filter((line) => line === `fanned ${id}`)).toHaveLength(1);
  });

  test('results of a fan-out keep their order', async () => {
    expect((await host.run('fan', { n: 60 })).output).toEqual({ done: 60, inOrder: true });
  });

  test('a task that lost a Task.any can be awaited afterwards', async () => {
    const { output, instanceId } = await host.run('waitsForTheSlower');
    expect(output).toBe(`slow-${instanceId} ok`);
  });

  test('continueAsNew carries its input on, one event a round', async () => {
    const id = await host.begin('collects', { round: 0, got: [] });
    for (const item of ['a', 'b', 'c', 'd']) {
      await host.raise(id, 'item', item);
      const taken = (input: unknown): boolean => JSON.stringify(input).includes(`"${item}"`);
      await host.until(id, ({ input, runtimeStatus }) => taken(input) || runtimeStatus === 'Completed');
    }
    expect((await host.until(id)).output).toEqual(['a', 'b', 'c', 'd']);
  });

  test('an abandoned timer holds the instance until it fires', async () => {
    const { output, historyEvents } = await host
      .run('forgetsATimer')
      .then(({ instanceId }) => host.status(instanceId, 'showHistory=true'));
    expect(output).toBe('returned early');
    expect(historyEvents?.map(({ EventType }) => EventType)).toContain('TimerFired');
  });

  test('after the last retry one more timer is made, and the error text is that of the extension', async () => {
    const { instanceId, output } = await host.run('catches');
    expect((output as { message: string }).message).toMatch(
      new RegExp(`^Activity function 'act' failed: {2}always-${instanceId} failed \n \\{"\\$type"`),
    );
    const { historyEvents = [] } = await host.status(instanceId, 'showHistory=true');
    expect(historyEvents.map(({ EventType }) => EventType)).toEqual([
      ...['ExecutionStarted', 'TaskFailed', 'TimerFired', 'TaskFailed', 'TimerFired', 'ExecutionCompleted'],
    ]);
  });

  test('an orchestrator that throws has failed, with the text of the extension', async () => {
    expect(await host.run('throws')).toMatchObject({
      runtimeStatus: 'Failed',
      output: "Orchestrator function 'throws' failed: broken on purpose",
    });
  });

  test('values change on their way through an activity as on Azure', async () => {
    expect((await host.run('types')).output).toEqual([
      ...[{ a: 1, d: '2024-01-01T00:00:00.000Z' }, [1, 2], 'text', '{"j":1}', 5, 1.5, 'True', null, null],
    ]);
  });

  test('the newest waiter of an event is served first', async () => {
    const id = await host.begin('twoWaiters');
    await host.raise(id, 'item', 'one');
    await host.until(id, ({ runtimeStatus }) => runtimeStatus === 'Running');
    await delay(50);
    await host.raise(id, 'item', 'two');
    expect((await host.until(id)).output).toEqual(['two', 'one']);
  });
});

test('a Task.all of many is replayed twice in lazy mode', async () => {
  const host = await HostProcess.start();
  await host.run('fan', { n: 200, ms: 1 });
  const response = await host.fetch('/admin/host/status', { headers: { 'x-functions-key': 'the-key-of-these-tests' } });
  expect(await response.json()).toMatchObject({ state: 'Running', durable: { replays: 2, activities: 200 } });
});

test('an activity learns its instance and its input from the trigger metadata', async () => {
  const host = await HostProcess.start();
  const { instanceId, output } = await host.run('calls', { name: 'metadata', input: { row: 7 } });
  expect(output).toEqual({ metadata: { instanceId, row: 7, data: { row: 7 } }, name: 'metadata' });
});

test('early timers come up to a second early, and the others never', async () => {
  const exact = await HostProcess.start();
  expect((await exact.run('sleeps', { ms: 300 })).output).toMatchObject({ slept: expect.any(Number) as number });
  const { slept } = (await exact.run('sleeps', { ms: 1100 })).output as { slept: number };
  expect(slept).toBeGreaterThanOrEqual(1100);
  const early = await HostProcess.start({ modes: { earlyTimers: true } });
  const { historyEvents = [] } = await early
    .run('sleeps', { ms: 1900 })
    .then(({ instanceId }) => early.status(instanceId, 'showHistory=true'));
  const fired = historyEvents.find(({ EventType }) => EventType === 'TimerFired') as Record<string, string>;
  expect(Date.parse(fired['Timestamp'] ?? '')).toBeLessThan(Date.parse(fired['FireAt'] ?? ''));
});

describe('what Azure leaves in silence fails here with its cause', () => {
  let host: HostProcess;
  beforeAll(async () => {
    host = await HostProcess.start();
  });

  const failure = async (name: string, input: unknown = {}): Promise<string> => {
    const status = await host.run(name, input);
    expect(status.runtimeStatus).toBe('Failed');
    return String(status.output);
  };

  test('an unknown activity', async () => {
    expect(await failure('calls', { name: 'nobody' })).toMatch(/The function 'nobody' doesn't exist/);
  });

  test('an unknown sub-orchestrator', async () => {
    expect(await failure('callsChild', { name: 'nobody' })).toMatch(/'nobody'.* is not an orchestrator function/);
  });

  test('a sub-orchestration whose id is in use', async () => {
    const id = await host.begin('H5', {}, 'taken');
    expect(await failure('callsChild', { name: 'H5', id })).toMatch(/'taken' is already (Pending|Running)/);
  });

  test.each([
    ['bigint', /Do not know how to serialize a BigInt/],
    ['circular', /circular structure/],
    ['function', /Activity function 'answer' returned a value that JSON cannot hold/],
    ['nan', /Activity function 'answer' returned a value that JSON cannot hold/],
  ])('an activity that answers with a %s', async (kind, text) => {
    expect(await failure('calls', { name: 'answer', input: { kind } })).toMatch(text);
  });

  test('but nothing, or undefined inside, is fine', async () => {
    expect((await host.run('calls', { name: 'answer', input: { kind: 'undefined inside' } })).output).toEqual({
      here: 1,
    });
    expect((await host.run('calls', { name: 'answer', input: { kind: '' } })).output).toBeNull();
  });

  test('an activity input without JSON form', async () => {
    expect(await failure('sendsABigint')).toMatch(/Do not know how to serialize a BigInt/);
  });

  test('a custom status beyond 16 KB', async () => {
    expect(await failure('saysTooMuch')).toMatch(/must not exceed 16 KB. The current size is 18 KB/);
  });

  test('entities and durable HTTP, which this host does not have', async () => {
    expect(await failure('usesAnEntity')).toMatch(/does not support callEntity/);
    expect(await failure('callsHttp')).toMatch(/does not support callHttp/);
  });

  test('a yield of something else than a task', async () => {
    expect(await failure('yieldsAPromise')).toMatch(/programming constraint violation/);
  });

  test('and the log names the instance', () => {
    const failures = host.log().filter(({ level, message }) => level === 'error' && message?.startsWith('Instance '));
    expect(failures.length).toBeGreaterThan(8);
  });
});
