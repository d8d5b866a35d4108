import { appendFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

import * as df from 'durable-functions';

/** What the activity `act` is asked to do: take `ms`, and throw in its first `failures` runs in this process. */
export interface Task {
  k: string;
  ms?: number;
  failures?: number;
}

const runs = new Map<string, number>();

/** Notes in the file `RUN_LOG` that something ran, for tests that kill the process. */
export function note(text: string): void {
  const file = process.env['RUN_LOG'];
  if (file !== undefined) appendFileSync(file, `${text}\n`);
}

df.app.activity('act', {
  handler: async ({ k, ms = 0, failures = 0 }: Task): Promise<string> => {
    const run = (runs.get(k) ?? 0) + 1;
    runs.set(k, run);
    note(`begin ${k}`);
    if (ms > 0) await delay(ms);
    if (run <= failures) throw new Error(`${k} failed`);
    note(`end ${k}`);
    return `${k} ok`;
  },
});

df.app.activity('act2', { handler: (): string => 'act2' });

df.app.activity('echo', { handler: (input: unknown): unknown => input });

df.app.activity('metadata', {
  handler: (_input: unknown, context): unknown => ({ metadata: context.triggerMetadata, name: context.functionName }),
});

df.app.activity('answer', {
  handler: ({ kind }: { kind: string }): unknown => {
    switch (kind) {
      case 'bigint':
        return { size: 1n };
      case 'circular': {
        const ring: Record<string, unknown> = {};
        ring['self'] = ring;
        return ring;
      }
      case 'function':
        return () => kind;
      case 'nan':
        return Number.NaN;
      case 'undefined inside':
        return { here: 1, gone: undefined };
      default:
        return undefined;
    }
  },
});
