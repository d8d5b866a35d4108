import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { PROJECT_ROOT } from '../project-root';
import { makeFolder } from '../process/make-folder';
import { StackStartError } from '../process/stack-process';
import { FolderLock } from './folder-lock';

const stateSchema = z.object({
  functionKey: z.string().min(1),
  clockOffsetMs: z.number(),
  ports: z.record(z.string(), z.number()),
  estate: z.object({ kekThumbprint: z.string(), vaults: z.array(z.string()) }).optional(),
});

/** What a stack remembers from one start to the next, beside its parts' own data. */
export type StackState = z.infer<typeof stateSchema>;

const STATE_FILE = 'stack-state.json';
const OWNER_ONLY = 0o600;

/** The folder of one stack: locked while the stack runs, and removed at the end if it is a temporary one. */
export class DataFolder {
  #state: StackState;

  private constructor(
    readonly path: string,
    readonly isTemporary: boolean,
    readonly lock: FolderLock,
  ) {
    this.#state = readState(path);
  }

  /**
   * Opens a folder and locks it; without one, a temporary folder if `ephemeral`, else `.strongroom/data` of the project.
   * @throws {StackStartError} `data_folder_unwritable`, `data_folder_in_use`
   */
  static async open(dataDir: string | undefined, ephemeral: boolean): Promise<DataFolder> {
    if (ephemeral && dataDir !== undefined)
      throw new StackStartError('bad_option', 'An ephemeral stack chooses its own folder; leave --data out.');
    const path = ephemeral
      ? mkdtempSync(join(tmpdir(), 'strongroom-'))
      : resolve(dataDir ?? join(PROJECT_ROOT, '.strongroom', 'data'));
    requireWritable(path);
    return new DataFolder(path, ephemeral, await FolderLock.take(path));
  }

  /** What is remembered. */
  get state(): Readonly<StackState> {
    return this.#state;
  }

  /** Remembers more; on disk when it returns. */
  remember(change: Partial<StackState>): void {
    this.#state = { ...this.#state, ...change };
    const file = join(this.path, STATE_FILE);
    writeFileSync(`${file}.new`, JSON.stringify(this.#state, undefined, 2), { mode: OWNER_ONLY, flush: true });
    renameSync(`${file}.new`, file);
  }

  /** A folder for one part, made if need be. */
  folder(name: string): string {
    const path = join(this.path, name);
    makeFolder(path);
    return path;
  }

  /** Gives the folder free, and removes it if it is temporary. */
  close(): void {
    this.lock.release();
    if (this.isTemporary) rmSync(this.path, { recursive: true, force: true });
  }
}

function readState(folder: string): StackState {
  let text: string;
  try {
    text = readFileSync(join(folder, STATE_FILE), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return { functionKey: randomBytes(32).toString('base64url'), clockOffsetMs: 0, ports: {} };
  }
  return stateSchema.parse(JSON.parse(text));
}

function requireWritable(path: string): void {
  try {
    makeFolder(path);
    const probe = join(path, `.writable-${process.pid}`);
    writeFileSync(probe, '');
    rmSync(probe);
  } catch (cause) {
    const reason = (cause as NodeJS.ErrnoException).code ?? 'unknown reason';
    const message = `The data folder ${path} cannot be written to (${reason}). Choose another one with --data, or change its rights.`;
    throw new StackStartError('data_folder_unwritable', message, { cause });
  }
}
