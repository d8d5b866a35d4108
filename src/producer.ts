import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

/** The app's version, from the `package.json` that is deployed beside `dist`. Snapshots name it as their producer. */
export function producerVersion(): string {
  const text = readFileSync(join(__dirname, '..', 'package.json'), 'utf8');
  return z.object({ version: z.string() }).parse(JSON.parse(text)).version;
}
