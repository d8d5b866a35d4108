import { HostProcess, KEY, stopAll } from './host-process';

afterAll(stopAll);

interface Tick {
  isPastDue: boolean;
  scheduleStatus: { last: string; next: string; lastUpdated: string } | null;
  now: string;
}

const DAY = 86_400_000;
const settings = { TICK_SCHEDULE: '0 0 2 * * *' };

const runsOf = (host: HostProcess, name: string): Tick[] =>
  host
    .runs()
    .filter((line) => line.startsWith(`${name} `))
    .map((line) => JSON.parse(line.slice(name.length + 1)) as Tick);

async function untilTicks(host: HostProcess, count: number): Promise<Tick[]> {
  while (runsOf(host, 'tick').length < count) await host.fetch('/');
  return runsOf(host, 'tick');
}

/** By how much the clock has to run ahead for it to be `time` now. */
const offsetTo = (time: string): number => Date.parse(time) - Date.now();

test('a moved clock fires the timer once, and shows the app the time of the stack', async () => {
  const host = await HostProcess.start({ app: 'triggers', settings, clockOffsetMs: offsetTo('2031-03-04T01:59:00Z') });
  await host.moveClock(offsetTo('2031-03-04T02:00:00Z'));
  const [tick] = await untilTicks(host, 1);
  expect(tick).toMatchObject({ isPastDue: false, scheduleStatus: { next: '2031-03-04T02:00:00.000+00:00' } });
  expect(tick?.now).toMatch(/^2031-03-04T02:00:/);
  await host.moveClock(offsetTo('2031-03-07T02:00:01Z'));
  const ticks = await untilTicks(host, 2);
  expect(ticks[1]?.scheduleStatus).toMatchObject({ next: '2031-03-05T02:00:00.000+00:00' });
  expect(ticks[1]?.scheduleStatus?.last).toMatch(/^2031-03-04T02:00:/);
  await host.moveClock(offsetTo('2031-03-07T23:00:00Z'));
  await host.stop();
  expect(runsOf(host, 'tick')).toHaveLength(2);
});

test('what was missed while no host ran is made good once, as past due, also if the timer had never fired', async () => {
  const start = offsetTo('2031-03-04T01:00:00Z');
  const first = await HostProcess.start({ app: 'triggers', settings, clockOffsetMs: start });
  await first.kill();
  const options = { app: 'triggers', settings, dataDir: first.dataDir };
  const second = await HostProcess.start({ ...options, clockOffsetMs: start + 3 * DAY });
  const [tick] = await untilTicks(second, 1);
  expect(tick).toMatchObject({ isPastDue: true });
  await second.stop();
  const third = await HostProcess.start({ ...options, clockOffsetMs: start + 3 * DAY + 60_000 });
  await third.stop();
  expect(runsOf(third, 'tick')).toHaveLength(1);
  const fourth = await HostProcess.start({ ...options, clockOffsetMs: start + 4 * DAY + 3_600_000 });
  expect((await untilTicks(fourth, 2))[1]).toMatchObject({ isPastDue: true });
});

test('a schedule that was changed meanwhile is not past due', async () => {
  const start = offsetTo('2031-03-04T01:00:00Z');
  const first = await HostProcess.start({ app: 'triggers', settings, clockOffsetMs: start });
  await first.kill();
  const second = await HostProcess.start({
    app: 'triggers',
    settings: { TICK_SCHEDULE: '0 30 4 * * *' },
    dataDir: first.dataDir,
    clockOffsetMs: start + DAY,
  });
  await second.stop();
  expect(runsOf(second, 'tick')).toEqual([]);
});

test('a run that fails is logged, and the schedule goes on', async () => {
  const host = await HostProcess.start({
    app: 'triggers',
    settings: { ...settings, TICK_FAILS: '1' },
    clockOffsetMs: offsetTo('2031-03-04T01:59:00Z'),
  });
  await host.moveClock(offsetTo('2031-03-04T02:00:00Z'));
  await untilTicks(host, 1);
  await host.moveClock(offsetTo('2031-03-05T02:00:00Z'));
  await untilTicks(host, 2);
  await host.stop();
  const failures = host.log().filter(({ category, level }) => category === 'tick' && level === 'error');
  expect(failures.map(({ message }) => message?.split('\n')[0])).toEqual(['Error: tick failed', 'Error: tick failed']);
});

test('a stop waits for a running occurrence, and its schedule is kept', async () => {
  const host = await HostProcess.start({
    app: 'triggers',
    settings: { ...settings, TICK_MS: '300' },
    clockOffsetMs: offsetTo('2031-03-04T01:59:00Z'),
  });
  await host.moveClock(offsetTo('2031-03-04T02:00:00Z'));
  await untilTicks(host, 1);
  await host.stop();
  const again = { app: 'triggers', settings, dataDir: host.dataDir, clockOffsetMs: offsetTo('2031-03-04T03:00:00Z') };
  const next = await HostProcess.start(again);
  await next.stop();
  expect(runsOf(next, 'tick')).toHaveLength(1);
});

test('runOnStartup runs at once, and a frequent or unmonitored timer has no schedule status', async () => {
  const host = await HostProcess.start({
    app: 'triggers',
    settings: { ...settings, STARTUP_SCHEDULE: '*/10 * * * * *' },
  });
  while (runsOf(host, 'startup').length === 0) await host.fetch('/');
  expect(runsOf(host, 'startup')[0]).toMatchObject({ isPastDue: false, scheduleStatus: null });
});

test('timers can be left out, and run by hand', async () => {
  const host = await HostProcess.start({
    app: 'triggers',
    settings: { TICK_SCHEDULE: '* * * * * *' },
    modes: { timers: false },
  });
  const run = (name: string, headers: Record<string, string>): Promise<Response> =>
    host.post(`/admin/functions/${name}`, { input: '' }, headers);
  expect((await run('tick', { 'x-functions-key': KEY })).status).toBe(202);
  expect(await untilTicks(host, 1)).toHaveLength(1);
  expect((await run('literal', { 'x-functions-key': KEY })).status).toBe(400);
  expect((await run('nobody', { 'x-functions-key': KEY })).status).toBe(404);
  await host.stop();
  expect(runsOf(host, 'tick')).toHaveLength(1);
});

test.each([
  [{}, /^missing_setting: .*'%TICK_SCHEDULE%'.*set TICK_SCHEDULE/],
  [{ TICK_SCHEDULE: '0 0 25 * * *' }, /^bad_schedule: .*"0 0 25 \* \* \*" of tick.*"25" is not a hour/],
  [{ TICK_SCHEDULE: '0 0 0 31 2 *' }, /^bad_schedule: .*never comes/],
  [{ TICK_SCHEDULE: 'every day' }, /^bad_schedule: /],
])('the host does not start with %j', async (bad, text) => {
  await expect(HostProcess.start({ app: 'triggers', settings: bad })).rejects.toThrow(text);
});
