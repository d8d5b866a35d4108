import { readFileSync } from 'node:fs';

import { HostProcess, type HostOptions, stopAll, temporaryFolder } from './host-process';

afterAll(stopAll);

const count = (lines: string[], start: string): number => lines.filter((line) => line.startsWith(start)).length;

/** Kills the host without warning and starts another one on the same folder. */
async function killAndRestart(host: HostProcess, options: HostOptions = {}): Promise<HostProcess> {
  await host.kill();
  return HostProcess.start({ ...options, dataDir: host.dataDir });
}

describe.each([
  ['lazy', {}],
  ['batch 1', { batch: 1, strict: true, shuffle: true }],
])('kill -9 and restart, %s', (_name, modes) => {
  test('in the middle of a fan-out: activities run at least once, and those that were done not again', async () => {
    const host = await HostProcess.start({ modes });
    const id = await host.begin('fan', { n: 60, ms: 20 });
    while (count(host.runs(), 'end') < 20) await host.status(id);
    const next = await killAndRestart(host, { modes });
    const before = count(next.runs(), 'begin');
    expect((await next.until(id)).output).toEqual({ done: 60, inOrder: true });
    expect(count(next.runs(), 'end')).toBeGreaterThanOrEqual(60);
    // At most those that were running when the host was killed ran twice.
    expect(count(next.runs(), 'begin')).toBeLessThanOrEqual(60 + 2 * 8);
    expect(before).toBeLessThan(60 + 8);
  });

  test('again and again, through retries, a child, a timer and an event', async () => {
    let host = await HostProcess.start({ modes });
    const id = await host.begin('journey', { n: 20, ms: 10 });
    for (const [what, times] of [
      ['begin', 5],
      ['end', 15],
      ['child', 1],
    ] as const) {
      while (count(host.runs(), what) < times) await host.status(id);
      host = await killAndRestart(host, { modes });
    }
    await host.until(id, ({ customStatus }) => (customStatus as { stage?: string } | null)?.stage === 'waiting');
    expect(await host.raise(id, 'approval', 'late')).toBe(202);
    host = await killAndRestart(host, { modes });
    expect((await host.until(id)).output).toEqual({ approved: 'late', done: 20, sum: 6 });
    const all = (await (await host.durable('instances')).json()) as { name: string; runtimeStatus: string }[];
    expect(all.map(({ name, runtimeStatus }) => `${name} ${runtimeStatus}`).sort()).toEqual([
      ...['child Completed', 'journey Completed'],
    ]);
  });
});

test('what was acknowledged is not lost: a start and an event, each followed by a kill at once', async () => {
  let host = await HostProcess.start();
  const id = await host.begin('H5');
  host = await killAndRestart(host);
  expect(await host.raise(id, 'Approval', 'kept')).toBe(202);
  host = await killAndRestart(host);
  expect((await host.until(id)).output).toBe('kept');
});

test('a timer is armed again, and fires at once if its time has passed meanwhile', async () => {
  const day = 86_400_000;
  let host = await HostProcess.start();
  const id = await host.begin('sleeps', { ms: day });
  await host.until(id, ({ runtimeStatus }) => runtimeStatus === 'Running');
  host = await killAndRestart(host);
  expect((await host.status(id)).runtimeStatus).toBe('Running');
  host = await killAndRestart(host, { clockOffsetMs: day });
  const { slept } = (await host.until(id)).output as { slept: number };
  expect(slept).toBeGreaterThanOrEqual(day);
});

test('a moved clock fires durable timers at once, those longer than six days in slices', async () => {
  const day = 86_400_000;
  const host = await HostProcess.start();
  const id = await host.begin('sleeps', { ms: 10 * day });
  const slices = async (): Promise<number> =>
    (await host.status(id, 'showHistory=true')).historyEvents?.filter(({ EventType }) => EventType === 'TimerFired')
      .length ?? 0;
  await host.until(id, ({ runtimeStatus }) => runtimeStatus === 'Running');
  for (let days = 3; days <= 9; days += 3) {
    await host.moveClock(days * day);
    while ((await slices()) < days / 3) await host.status(id);
  }
  expect((await host.status(id)).runtimeStatus).toBe('Running');
  await host.moveClock(10 * day);
  const { slept } = (await host.until(id)).output as { slept: number };
  expect(slept).toBeGreaterThanOrEqual(10 * day);
});

test('ended instances stay to be seen after a restart, until they are purged', async () => {
  let host = await HostProcess.start();
  const { instanceId } = await host.run('throws');
  expect(await host.stop()).toBe(0);
  host = await HostProcess.start({ dataDir: host.dataDir });
  expect(await host.status(instanceId)).toMatchObject({ name: 'throws', runtimeStatus: 'Failed' });
  const purge = await host.durable(`instances/${instanceId}`, { method: 'DELETE' });
  expect(await purge.json()).toEqual({ instancesDeleted: 1 });
  host = await killAndRestart(host);
  expect((await host.durable(`instances/${instanceId}`)).status).toBe(404);
});

test('a graceful stop lets running activities finish and keeps their results', async () => {
  let host = await HostProcess.start();
  const id = await host.begin('fan', { n: 8, ms: 300 });
  while (count(host.runs(), 'begin') < 8) await host.status(id);
  expect(await host.stop()).toBe(0);
  expect(count(host.runs(), 'end')).toBe(8);
  host = await HostProcess.start({ dataDir: host.dataDir });
  expect((await host.until(id)).output).toEqual({ done: 8, inOrder: true });
  expect(count(host.runs(), 'begin')).toBe(8);
});

test('two hosts never run on one folder, nor on one port', async () => {
  const host = await HostProcess.start();
  await expect(HostProcess.start({ dataDir: host.dataDir })).rejects.toThrow(/^data_in_use: .*stop that first/);
  const port = Number(new URL(host.api).port);
  await expect(HostProcess.start({ port, dataDir: temporaryFolder() })).rejects.toThrow(
    /^port_in_use: Port \d+ is in use/,
  );
});

test('what the state holds is plain text, and no activity input is in it', async () => {
  const host = await HostProcess.start();
  await host.run('calls', { name: 'act', input: { k: 'known-input' } });
  await host.stop();
  const state = readFileSync(`${host.dataDir}/host.db`, 'latin1');
  // The orchestration's own input and the activity's result are there; the scheduling event has no input.
  expect(state).toContain('known-input ok');
  expect(state).toMatch(
    /"EventId":0,"IsPlayed":false,"Timestamp":"[^"]+","EventType":4,"Name":"act","Version":"","Input":null/,
  );
});
