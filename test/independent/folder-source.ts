import { readdir, readFile, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { type ListedBlob, type SnapshotSource } from './source';

/**
 * A container copied into a local folder, such as `azcopy copy` leaves it. Only ordinary files count: a symbolic link
 * could lead out of the folder. Throws if the folder cannot be read.
 */
export function folderSource(root: string): SnapshotSource {
  return {
    list: async (prefix) => {
      const blobs: ListedBlob[] = [];
      for (const entry of await readdir(root, { recursive: true, withFileTypes: true })) {
        const file = join(entry.parentPath, entry.name);
        const path = relative(root, file).split(sep).join('/');
        if (entry.isFile() && path.startsWith(prefix)) blobs.push({ path, bytes: (await stat(file)).size });
      }
      return blobs;
    },
    read: async (path) => {
      if (path.split('/').includes('..')) throw new Error('a path in a container never leads upwards');
      try {
        return await readFile(join(root, path));
      } catch (error) {
        if (typeof error === 'object' && error !== null && 'code' in error && error.code === 'ENOENT') return undefined;
        throw error;
      }
    },
  };
}
