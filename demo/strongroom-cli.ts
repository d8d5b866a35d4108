import { type ChildProcess, type ChildProcessByStdio, spawn } from 'node:child_process';
import { join } from 'node:path';
import { type Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { type z } from 'zod';
import { PROJECT_ROOT } from '../local/project-root';
import { expectThat } from './expectation';

const PROGRAM = join(PROJECT_ROOT, 'dist', 'cli', 'main.js');
// What a program needs of the person's shell, and what decides how it draws.
const INHERITED = ['PATH', 'HOME', 'TERM', 'NO_COLOR', 'LANG'];

/** The compiled command line, called as a person would, in a process of its own. */
export class StrongroomCli {
  readonly #environment: Record<string, string>;
  readonly #folder: string;

  /** @param folder where it is called. */
  constructor(api: string, token: string, folder = PROJECT_ROOT) {
    this.#folder = folder;
    const inherited = INHERITED.flatMap((name) => {
      const value = process.env[name];
      return value === undefined ? [] : [[name, value] as const];
    });
    this.#environment = {
      ...Object.fromEntries(inherited),
      STRONGROOM_API: api,
      STRONGROOM_TOKEN: token,
    };
  }

  /**
   * Runs one command and resolves with what it prints. Its stderr is the demo's own, so that a progress bar is seen on a
   * terminal. Any exit code but 0 ends the demo.
   */
  async run(...command: string[]): Promise<string> {
    const child = this.#start(command, 'inherit');
    const [printed, code] = await Promise.all([text(child.stdout), exitOf(child)]);
    if (code !== '0') process.stderr.write(printed);
    expectExit(command, code, '0');
    return printed;
  }

  /** Runs one command that must end with that exit code, and resolves with what it prints, and with what it says on stderr. */
  async finish(expected: number, ...command: string[]): Promise<{ printed: string; told: string }> {
    const child = this.#start(command, 'pipe');
    const [printed, told, code] = await Promise.all([
      text(child.stdout),
      child.stderr === null ? '' : text(child.stderr),
      exitOf(child),
    ]);
    expectExit(command, code, String(expected));
    return { printed, told };
  }

  /** Runs one command with `--json`, and reads what it prints. */
  async ask<Schema extends z.ZodType>(schema: Schema, ...command: string[]): Promise<z.output<Schema>> {
    return schema.parse(JSON.parse(await this.run(...command, '--json')));
  }

  #start(command: readonly string[], stderr: 'inherit' | 'pipe'): ChildProcessByStdio<null, Readable, Readable | null> {
    return spawn(process.execPath, [PROGRAM, ...command], {
      cwd: this.#folder,
      env: this.#environment,
      stdio: ['ignore', 'pipe', stderr],
    }) as ChildProcessByStdio<null, Readable, Readable | null>;
  }
}

/** The exit code, or the signal that ended the program. */
function exitOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      resolve(code === null ? String(signal) : String(code));
    });
  });
}

function expectExit(command: readonly string[], code: string, expected: string): void {
  expectThat(
    code === expected,
    `"strongroom ${command.join(' ')}" to end with exit code ${expected}`,
    `it ended with ${code}`,
  );
}
