import { z } from 'zod';

import { type FunctionsCore, type RegisteredFunction } from '../core/functions-core';
import { type FunctionKeys } from './function-keys';
import { type HttpAnswer, type HttpCall } from './http-call';

const VERSION = '4.0.0-strongroom';

const manualCall = z.object({ input: z.unknown().optional() });

/** What the admin endpoints can do with the host. */
export interface AdminTarget {
  core: FunctionsCore;
  /** Runs a function by hand; resolves when it has, and rejects if it fails. `undefined`: not one that can be run so. */
  runByHand(fn: RegisteredFunction, input: unknown): Promise<void> | undefined;
  /** Figures of the durable engine. */
  counters(): object;
}

/** The real host's admin endpoints that are of use on one machine: `GET /admin/host/status`, `POST /admin/functions/{name}`. */
export class AdminEndpoints {
  constructor(
    private readonly target: AdminTarget,
    private readonly keys: FunctionKeys,
  ) {}

  /** Answers a call to `path`, the segments behind `/admin`. A function that fails is in the log; its caller gets 202. */
  answer(call: HttpCall, path: readonly string[]): HttpAnswer {
    if (!this.keys.admits(call)) return { status: 401 };
    const [area, name, ...more] = path;
    if (area === 'host' && name === 'status' && more.length === 0) return this.#status();
    if (area === 'functions' && name !== undefined && more.length === 0) return this.#run(call, name);
    return { status: 404 };
  }

  #status(): HttpAnswer {
    const functions = this.target.core.functions.size;
    const json = { state: 'Running', version: VERSION, processUptime: Math.round(process.uptime() * 1000), functions };
    return { status: 200, json: { ...json, durable: this.target.counters() } };
  }

  #run(call: HttpCall, name: string): HttpAnswer {
    if (call.method !== 'POST') return { status: 405 };
    const fn = [...this.target.core.functions.values()].find((one) => one.name.toLowerCase() === name.toLowerCase());
    if (!fn) return { status: 404 };
    const body = manualCall.safeParse(parseJson(call.body.toString('utf8') || '{}'));
    if (!body.success) return { status: 400, json: { Message: 'The body must be {"input": …}.' } };
    const run = this.target.runByHand(fn, body.data.input);
    if (!run) return { status: 400, json: { Message: `A ${fn.trigger.type} cannot be run by hand.` } };
    run.catch(() => undefined);
    return { status: 202 };
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
