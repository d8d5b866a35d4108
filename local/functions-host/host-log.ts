import { closeSync, openSync, writeSync } from 'node:fs';

import { type StackClock } from '../clock/stack-clock';

const LEVELS = ['trace', 'debug', 'information', 'warning', 'error', 'critical', 'none'];

/** Where host and app write their logs. */
export interface HostLog {
  /** Writes one line; `category` is a function's name or a part of the host. */
  write(level: string, category: string, message: string, invocationId?: string): void;
}

/**
 * The log file of one host: a line of JSON for every entry, written at once, so that a killed process leaves a whole log.
 * Warnings and errors are shown on stderr too.
 */
export class HostLogFile implements HostLog {
  readonly #file: number;
  readonly #clock: StackClock;
  readonly #least: number;

  constructor(path: string, clock: StackClock, leastLevel: string) {
    this.#file = openSync(path, 'a');
    this.#clock = clock;
    this.#least = Math.max(0, LEVELS.indexOf(leastLevel.toLowerCase()));
  }

  write(level: string, category: string, message: string, invocationId?: string): void {
    const rank = LEVELS.indexOf(level);
    if (rank < this.#least) return;
    const time = new Date(this.#clock.now()).toISOString();
    writeSync(this.#file, `${JSON.stringify({ time, level, category, invocationId, message })}\n`);
    if (rank >= LEVELS.indexOf('warning')) process.stderr.write(`${time} ${level} ${category}: ${message}\n`);
  }

  close(): void {
    closeSync(this.#file);
  }
}
