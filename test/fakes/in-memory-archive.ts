import { createHash } from 'node:crypto';
import {
  type Archive,
  type ArchivedBlob,
  type ArchivePruner,
  type Deletion,
  type StoredBytes,
} from '../../src/archive/port';
import { type Tier, tiers } from '../../src/contracts/objects';
import { StrongroomError } from '../../src/errors';

/** An archive in memory that is write-once as the real one is. Its blobs are open to tests, to look at and to damage. */
export class InMemoryArchive implements Archive, ArchivePruner {
  readonly blobs: Record<Tier, Map<string, Uint8Array>> = { daily: new Map(), monthly: new Map() };
  /** Thrown by the next calls of `put`, one each, before anything is stored. */
  readonly failures: StrongroomError[] = [];
  /** When blobs that are stored from now on are made. */
  now = new Date();
  /** Whether a policy or a legal hold protects a blob. */
  isProtected: (path: string, createdAt: Date) => boolean = () => false;
  private readonly created: Record<Tier, Map<string, Date>> = { daily: new Map(), monthly: new Map() };

  put(tier: Tier, path: string, content: Uint8Array): Promise<StoredBytes> {
    return attempt(() => {
      const failure = this.failures.shift();
      if (failure) throw failure;
      const known = this.blobs[tier].get(path);
      if (known && !Buffer.from(known).equals(content))
        throw new StrongroomError('archive_conflict', 'The archive has a blob of this name with other content.');
      if (!known) {
        this.blobs[tier].set(path, Uint8Array.from(content));
        this.created[tier].set(path, this.now);
      }
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

  listFiles(tier: Tier, prefix: string): Promise<string[]> {
    return attempt(() => {
      const below = [...this.blobs[tier].keys()].filter((path) => path.startsWith(prefix));
      return below
        .map((path) => path.slice(prefix.length))
        .filter((name) => !name.includes('/'))
        .sort();
    });
  }

  listBlobs(tier: Tier, prefix: string): Promise<ArchivedBlob[]> {
    return attempt(() => {
      const paths = [...this.blobs[tier].keys()].filter((path) => path.startsWith(prefix)).sort();
      return paths.map((path) => ({ path, createdAt: this.createdAt(tier, path) }));
    });
  }

  remove(tier: Tier, path: string): Promise<Deletion> {
    return attempt(() => {
      if (!this.blobs[tier].has(path)) return 'gone';
      if (this.isProtected(path, this.createdAt(tier, path))) return 'retained';
      this.blobs[tier].delete(path);
      return 'deleted';
    });
  }

  private createdAt(tier: Tier, path: string): Date {
    return this.created[tier].get(path) ?? new Date(0);
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
