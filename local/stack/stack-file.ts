import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { PROJECT_ROOT } from '../project-root';
import { type StackEndpoints } from './stack';

const FILE = join(PROJECT_ROOT, '.strongroom', 'stack.json');

/** Writes where the stack is, for the command line: `.strongroom/stack.json`, for the owner only, since it holds the keys. */
export function writeStackFile(endpoints: StackEndpoints): void {
  mkdirSync(dirname(FILE), { recursive: true });
  writeFileSync(`${FILE}.new`, JSON.stringify({ ...endpoints, pid: process.pid }, undefined, 2), { mode: 0o600 });
  renameSync(`${FILE}.new`, FILE);
}

/** Removes the file, unless another stack has written it since. */
export function removeStackFile(): void {
  try {
    const { pid } = JSON.parse(readFileSync(FILE, 'utf8')) as { pid?: number };
    if (pid === process.pid) rmSync(FILE, { force: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}
