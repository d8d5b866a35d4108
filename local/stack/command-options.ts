import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { PROJECT_ROOT } from '../project-root';

/** What the command line asks for. */
export interface CommandOptions {
  help: boolean;
  json: boolean;
  port: number | undefined;
  data: string | undefined;
  ephemeral: boolean;
  seed: number | undefined;
  /** Without the Functions host; then `settings` is the file to write. */
  foreignHost: boolean;
  settings: string;
  force: boolean;
}

/** A command line that cannot be followed. */
export class UsageError extends Error {}

/** How the command is used. */
export const USAGE = `Usage: npm start -- [options]                       the stack, until Ctrl-C
       npm run settings:foreign-host -- [options]   the stack without a Functions host, for another one

  --port N         port of the app's API; default: that of the last start, or a free one
  --data DIR       where everything is kept; default: .strongroom/data
  --ephemeral      keep nothing: a temporary folder, removed at the end
  --seed N         what the sample estate is generated from; default: 1
  --json           print one line of JSON instead of the table
  --settings FILE  with settings:foreign-host: the file to write; default: local.settings.json
  --force          with settings:foreign-host: overwrite a file that it did not write
  --help`;

const FLAGS = {
  help: { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
  port: { type: 'string' },
  data: { type: 'string' },
  ephemeral: { type: 'boolean', default: false },
  seed: { type: 'string' },
  'foreign-host': { type: 'boolean', default: false },
  settings: { type: 'string' },
  force: { type: 'boolean', default: false },
} as const;

/** Reads the command line. @throws {UsageError} */
export function readCommandLine(parameters: string[]): CommandOptions {
  const values = parse(parameters);
  const foreignHost = values['foreign-host'];
  if (!foreignHost && (values.settings !== undefined || values.force))
    throw new UsageError('--settings and --force belong to npm run settings:foreign-host.');
  if (foreignHost && values.port !== undefined)
    throw new UsageError('Without a Functions host there is no API to give a --port.');
  if (values.ephemeral && values.data !== undefined) throw new UsageError('Give --data or --ephemeral, not both.');
  return {
    help: values.help,
    json: values.json,
    port: wholeNumber('--port', values.port, 65_535),
    data: values.data === undefined ? undefined : fromCaller(values.data),
    ephemeral: values.ephemeral,
    seed: wholeNumber('--seed', values.seed, Number.MAX_SAFE_INTEGER),
    foreignHost,
    settings: values.settings === undefined ? join(PROJECT_ROOT, 'local.settings.json') : fromCaller(values.settings),
    force: values.force,
  };
}

function parse(parameters: string[]): ReturnType<typeof parseArgs<{ options: typeof FLAGS }>>['values'] {
  try {
    return parseArgs({ args: parameters, options: FLAGS, allowPositionals: false }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

/** npm runs scripts in the project's folder; a relative path means the folder in which npm was called. */
function fromCaller(path: string): string {
  return resolve(process.env['INIT_CWD'] ?? process.cwd(), path);
}

function wholeNumber(name: string, value: string | undefined, most: number): number | undefined {
  if (value === undefined) return undefined;
  const number = Number(value);
  if (!/^\d+$/.test(value) || number > most)
    throw new UsageError(`${name} takes a whole number from 0 to ${most}, not "${value}".`);
  return number;
}
