import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The folder of `host.json` above this file, whether it runs compiled (`.build/local`) or from source. */
export const PROJECT_ROOT = ((): string => {
  for (let folder = __dirname; ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'host.json'))) return folder;
    if (folder === dirname(folder)) throw new Error('No host.json above the stack: is the clone complete?');
  }
})();
