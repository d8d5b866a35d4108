import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { cleanEnvironment, startPart } from '../../local/stack/part-process';
import { type AppOnStack } from './app-on-stack';

/** Another host of the same app beside the stack's own: the same archive, ledger and vaults; a task hub and a clock of its own. */
export interface SecondHost {
  app: AppOnStack;
  /** Fires a timer trigger, as the host's schedule would. */
  fire(timer: string): Promise<void>;
  stop(): Promise<void>;
}

/** `behindMs`: how far its clock is behind that of the stack. */
export async function startSecondHost(
  first: AppOnStack,
  { hostJson, behindMs = 0 }: { hostJson: string; behindMs?: number },
): Promise<SecondHost> {
  const { stack } = first;
  const dataDir = join(stack.endpoints.data, `second-host-${Date.now()}`);
  mkdirSync(dataDir);
  const { functionKey } = stack.endpoints;
  const part = await startPart({
    name: 'second host',
    main: 'functions-host/main.js',
    // Nothing but what the test fires.
    config: {
      entry: join(__dirname, '..', '..', 'dist', 'main.js'),
      ...{ hostJson, port: 0, dataDir, functionKey, modes: { timers: false } },
    },
    clockOffsetMs: stack.now().getTime() - Date.now() - behindMs,
    environment: { ...stack.settings, ...cleanEnvironment() },
    logFile: join(dataDir, 'output.log'),
    onTripwire: () => undefined,
  });
  const api = part.endpoints['api'] ?? '';
  return {
    app: first.at(api),
    fire: (timer) => fireTimer(api, functionKey, timer),
    stop: () => part.stop(),
  };
}

/** Fires a timer trigger of a host. */
export async function fireTimer(api: string, functionKey: string, timer: string): Promise<void> {
  const headers = { 'x-functions-key': functionKey, 'content-type': 'application/json' };
  const answer = await fetch(`${api}/admin/functions/${timer}`, { method: 'POST', headers, body: '{"input":""}' });
  expect(answer.status).toBe(202);
}
