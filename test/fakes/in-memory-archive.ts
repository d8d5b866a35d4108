import { createHash } from 'node:crypto';
import { type Archive, type StoredBytes } from '../../src/archive/port';
import { type Tier, tiers } from '../../src/contracts/objects';
import { StrongroomError } from '../../src/errors';

/** An archive in memory that is write-once as the real one is. Its blobs are open to tests, to look at and to damage. */
export class InMemoryArchive implements Archive {
  readonly blobs: Record<Tier, Map<string, Uint8Array>> = { daily: new Map(), monthly: new Map() };
  /** Thrown by the next calls of `put`, one each, before anything is stored. */
  readonly failures: StrongroomError[] = [];

  put(tier: Tier, path: string, content: Uint8Array): Promise<StoredBytes> {
    return attempt(() => {
      const failure = this.failures.shift();
      if (failure) throw failure;
      const known = this.blobs[tier].get(path);
      if (known && !Buffer.from(known).equals(content))
        throw new StrongroomError('archive_conflict', 'The archive has a blob of this name with other content.');
      if (!known) this.blobs[tier].set(path, Uint8Array.from(content));
      return { digest: createHash('sha256').update(content).digest('hex'), bytes: content.byteLength };
    });
  }

  get(tier: Tier, path: string): Promise<Uint8Array> {
    return attempt(() => {
      const blob = this.blobs[tier].get(path);
      if (!blob) throw new StrongroomError('archive_blob_missing', 'The archive has no such blob.');
      return Uint8Array.from(blob);
    });
  }

  listFolders(tier: Tier, prefix: string): Promise<string[]> {
    return attempt(() => {
      const below = [...this.blobs[tier].keys()].filter((path) => path.startsWith(prefix));
      const names = below.map((path) => path.slice(prefix.length).split('/')).filter((parts) => parts.length > 1);
      return [...new Set(names.map(([name = '']) => name))].sort();
    });
  }

  check(tier: Tier): Promise<void> {
    return attempt(() => {
      if (!tiers.includes(tier)) throw new StrongroomError('archive_container_missing', 'No container.');
    });
  }
}

/** What `action` gives or throws, as a promise and never at once, as with anything behind a network. */
async function attempt<T>(action: () => T): Promise<T> {
  await Promise.resolve();
  return action();
}
