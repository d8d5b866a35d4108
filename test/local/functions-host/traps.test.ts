import { HostProcess, type Status, stopAll } from './host-process';

afterAll(stopAll);

/** What `durable-functions` and the durable extension do between them, as measured on the real host. */
describe.each([
  ['lazy', {}],
  ['batch 1, strict', { batch: 1, strict: true }],
  ['every turn replayed', { lazy: false }],
])('traps of durable-functions 3, %s', (_name, modes) => {
  let host: HostProcess | undefined;

  const start = async (): Promise<HostProcess> => (host ??= await HostProcess.start({ modes }));

  test('H1: after a failed Task.all the next action completes with what is not its result', async () => {
    const { output, instanceId } = await (await start()).run('H1');
    expect(output).not.toEqual({ cleanup: `cleanup-${instanceId} ok` });
  });

  test('H1ok: results instead of exceptions, and retries in a sub-orchestration', async () => {
    const { output, instanceId } = await (await start()).run('H1ok');
    expect(output).toMatchObject({
      results: [{ ok: false }, { ok: true, value: `b-${instanceId} ok` }],
      cleanup: `cleanup-${instanceId} ok`,
    });
  });

  test('H2: cancelling a timer that lost against a retried activity breaks determinism', async () => {
    const status = await (await start()).run('H2');
    expect(status.runtimeStatus).toBe('Failed');
    expect(status.output).toMatch(/^Non-Deterministic workflow detected: /);
  });

  test('H2ok: with the retries in a sub-orchestration the timer can be cancelled', async () => {
    const { output, instanceId } = await (await start()).run('H2ok');
    expect(output).toEqual({ winner: { ok: true, value: `r-${instanceId} ok` }, next: `next-${instanceId} ok` });
  });

  test('H3: a retry timeout leaves the instance waiting for ever', async () => {
    const started = await start();
    const id = await started.begin('H3');
    const failed = (status: Status): boolean =>
      status.historyEvents?.some(({ EventType }) => EventType === 'TaskFailed') === true;
    for (let seen = false; !seen;) seen = failed(await started.status(id, 'showHistory=true'));
    await started.raise(id, 'wakeUp');
    const raised = (status: Status): boolean =>
      status.historyEvents?.some(({ EventType }) => EventType === 'EventRaised') === true;
    for (let seen = false; !seen;) seen = raised(await started.status(id, 'showHistory=true'));
    expect((await started.status(id)).runtimeStatus).toBe('Running');
  });

  test('H4: an event named like a task id completes that task', async () => {
    const started = await start();
    const id = await started.begin('H4');
    while (!started.runs().includes(`begin slow-${id}`)) await started.status(id);
    await started.raise(id, '0', 'not the result');
    expect((await started.until(id)).output).toEqual({ result: 'not the result' });
  });

  test('H5: an event that differs in case is taken by the host and not seen by the orchestrator', async () => {
    const started = await start();
    const id = await started.begin('H5');
    await started.raise(id, 'approval', 'yes');
    await started.raise(id, 'Approval', 'really');
    expect((await started.until(id)).output).toBe('really');
  });

  test('H6: strings and keys named Timestamp do not come through as they were', async () => {
    const started = await start();
    expect((await started.run('H6', { a: 1 })).output).toEqual({ input: '"round-2"' });
    const input = { Timestamp: '2024-01-01T00:00:00Z', nested: { Timestamp: '2024-01-01T00:00:00Z' } };
    expect((await started.run('H6b', input)).output).toEqual({ top: true, nested: true });
  });

  test('H7: an abandoned activity holds the instance', async () => {
    const started = await start();
    const { output, instanceId } = await started.run('H7');
    expect(output).toBe('done early');
    expect(started.runs()).toContain(`end slow-${instanceId}`);
  });

  test('H8: an event that was not awaited is lost by continueAsNew', async () => {
    const started = await start();
    const id = await started.begin('H8', { round: 0 });
    await started.raise(id, 'item', 1);
    await started.raise(id, 'go', 1);
    expect((await started.until(id)).output).toBe('lost');
  });
});

test('the actions of a turn that fails by nondeterminism are carried out, as on Azure', async () => {
  const host = await HostProcess.start();
  const status = await host.run('changesItsMind');
  expect(status).toMatchObject({
    runtimeStatus: 'Failed',
    output: expect.stringMatching(
      /^Non-Deterministic workflow detected: .*'act2' with sequence number 0.*'act' there/,
    ) as string,
  });
  while (!host.runs().includes(`end changed-${status.instanceId}`)) await host.status(status.instanceId);
  const again = await host.status(status.instanceId, 'showHistory=true');
  expect(again.historyEvents?.at(-1)).toMatchObject({ EventType: 'ExecutionCompleted', OrchestrationStatus: 'Failed' });
});

test('only strict mode notices an activity input that changes from replay to replay', async () => {
  const lenient = await HostProcess.start();
  expect((await lenient.run('readsTheClock')).output).toBe('done');
  const strict = await HostProcess.start({ modes: { strict: true } });
  const status = await strict.run('readsTheClock');
  expect(status).toMatchObject({
    runtimeStatus: 'Failed',
    output: expect.stringContaining('(strict): action 0 (echo) is not what it was: its input has changed') as string,
  });
});
