import { createWriteStream } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { finished } from 'node:stream/promises';
import { Zip, ZipDeflate } from 'fflate';

/** Entries carry no time of their own, so that the same files give the same archive. */
const ENTRY_TIME = new Date('2000-01-01T00:00:00Z');

/** Writes all files below `folder` into a zip archive, sorted by path; returns how many they are. Symbolic links are left out. */
export async function writeZip(folder: string, archive: string): Promise<number> {
  const paths = (await readdir(folder, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  const out = createWriteStream(archive);
  const zip = new Zip((error, chunk, final) => {
    if (error !== null) out.destroy(error);
    else if (final) out.end(chunk);
    else out.write(chunk);
  });
  for (const path of paths) {
    const entry = new ZipDeflate(relative(folder, path).split(sep).join('/'), { level: 6 });
    entry.mtime = ENTRY_TIME;
    zip.add(entry);
    entry.push(await readFile(path), true);
  }
  zip.end();
  await finished(out);
  return paths.length;
}
