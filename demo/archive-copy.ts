import { link, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { type SnapshotSource } from '../test/independent/source';
import { type Tier } from './steps/back-up';

const AT_ONCE = 16;

/** A copy of the archive in a temporary folder, one folder per container, in which anything may be changed. */
export class ArchiveCopy {
  readonly #root: string;

  private constructor(root: string) {
    this.#root = root;
  }

  /** Downloads containers into a new temporary folder. */
  static async download(containers: Readonly<Record<Tier, SnapshotSource>>): Promise<ArchiveCopy> {
    const copy = new ArchiveCopy(await mkdtemp(join(tmpdir(), 'strongroom-demo-')));
    for (const tier of ['daily', 'monthly'] as const) await copy.#fill(tier, containers[tier]);
    return copy;
  }

  /** Another copy of this one. Both share their files by hard links, until either puts another file in place of one. */
  async duplicate(): Promise<ArchiveCopy> {
    const copy = new ArchiveCopy(await mkdtemp(join(tmpdir(), 'strongroom-demo-')));
    for (const entry of await readdir(this.#root, { recursive: true, withFileTypes: true })) {
      const from = join(entry.parentPath, entry.name);
      const to = join(copy.#root, relative(this.#root, from));
      // A folder is listed before what is in it.
      await (entry.isDirectory() ? mkdir(to) : link(from, to));
    }
    return copy;
  }

  /** The folder of a container. */
  folder(tier: Tier): string {
    return join(this.#root, tier);
  }

  /** Deletes a blob, or all blobs below a path, of the daily tier. */
  async delete(path: string): Promise<void> {
    await rm(this.#daily(path), { recursive: true });
  }

  /** Puts each of two blobs in the other's place. */
  async swap(path: string, other: string): Promise<void> {
    const between = this.#daily(`${path}.swapped`);
    await rename(this.#daily(path), between);
    await rename(this.#daily(other), this.#daily(path));
    await rename(between, this.#daily(other));
  }

  /** Changes a blob's bytes. */
  async rewrite(path: string, change: (bytes: Buffer) => Buffer | Promise<Buffer>): Promise<void> {
    const file = this.#daily(path);
    const changed = `${file}.changed`;
    await writeFile(changed, await change(await readFile(file)));
    await rename(changed, file);
  }

  /** Puts a blob where there was none. */
  async add(path: string, bytes: Uint8Array | string): Promise<void> {
    const file = this.#daily(path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, bytes, { flag: 'wx' });
  }

  /** Removes the copy from the disk. May be called twice. */
  async remove(): Promise<void> {
    await rm(this.#root, { recursive: true, force: true });
  }

  #daily(path: string): string {
    return join(this.folder('daily'), path);
  }

  async #fill(tier: Tier, source: SnapshotSource): Promise<void> {
    await mkdir(this.folder(tier));
    const waiting = (await source.list(''))[Symbol.iterator]();
    const worker = async (): Promise<void> => {
      for (const { path } of waiting) {
        const bytes = await source.read(path);
        if (bytes === undefined) throw new Error(`the blob ${path} was listed, and is not there`);
        const file = join(this.folder(tier), path);
        await mkdir(dirname(file), { recursive: true });
        await writeFile(file, bytes);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
  }
}
