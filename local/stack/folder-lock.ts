import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { StackStartError } from '../process/stack-process';

const LOCK_FILE = 'stack.lock';
const PART_MARK = `${sep}.build${sep}local${sep}`;
const LAST_PARTS_POLL_MS = 50;
const LAST_PARTS_LIMIT_MS = 30_000;

const lockSchema = z.object({ pid: z.number(), parts: z.array(z.number()).default([]) });

/**
 * Keeps two stacks from working on one folder. The lock of a stack that was killed is taken over, but not before the last of
 * its parts is gone: they are still writing what they hold.
 */
export class FolderLock {
  readonly #file: string;

  private constructor(file: string) {
    this.#file = file;
  }

  /** @throws {StackStartError} `data_folder_in_use` */
  static async take(folder: string): Promise<FolderLock> {
    const file = join(folder, LOCK_FILE);
    const lock = new FolderLock(file);
    while (!lock.#claim()) {
      const holder = readHolder(file);
      if (!holder) continue;
      if (isAlive(holder.pid)) throw inUse(folder, `by the stack with process id ${holder.pid}. Stop that one first.`);
      await partsGone(folder, holder.parts);
      rmSync(file, { force: true });
    }
    return lock;
  }

  /** Notes the processes that write to the folder. */
  noteParts(pids: number[]): void {
    writeFileSync(this.#file, JSON.stringify({ pid: process.pid, parts: pids }));
  }

  /** Gives the folder free. */
  release(): void {
    rmSync(this.#file, { force: true });
  }

  #claim(): boolean {
    try {
      writeFileSync(this.#file, JSON.stringify({ pid: process.pid, parts: [] }), { flag: 'wx' });
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
      throw error;
    }
  }
}

function readHolder(file: string): z.infer<typeof lockSchema> | undefined {
  try {
    const parsed = lockSchema.safeParse(JSON.parse(readFileSync(file, 'utf8')));
    if (parsed.success) return parsed.data;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
  }
  // Nobody can be told from a damaged lock, so nobody holds it.
  rmSync(file, { force: true });
  return undefined;
}

async function partsGone(folder: string, pids: number[]): Promise<void> {
  const limit = Date.now() + LAST_PARTS_LIMIT_MS;
  for (let alive = pids.filter(isPart); alive.length > 0; alive = alive.filter(isPart)) {
    if (Date.now() > limit) throw inUse(folder, `by what is left of another stack: process ${alive.join(', ')}.`);
    await delay(LAST_PARTS_POLL_MS);
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Process ids are given again; where the system tells the command line, only a part of a stack counts. */
function isPart(pid: number): boolean {
  if (!isAlive(pid)) return false;
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(PART_MARK);
  } catch {
    return isAlive(pid);
  }
}

function inUse(folder: string, by: string): StackStartError {
  return new StackStartError('data_folder_in_use', `The data folder ${folder} is in use ${by}`);
}
