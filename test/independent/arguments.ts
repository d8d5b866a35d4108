import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { containerSourceOf } from './container-source';
import { folderSource } from './folder-source';
import { DIGEST, SNAPSHOT_ID } from './layout';
import { offlineOpener, type OfflineOpener } from './openers';
import { type SnapshotSource } from './source';
import { type VerifyOptions } from './verify';

/** What the command line prints when it is not understood. */
export const USAGE = `Usage: main.js verify|list|open --folder DIR | --container-url URL --vault NAME --tier daily|monthly --key FILE [--key FILE]
  --folder DIR               a container copied into a local folder
  --container-url URL        a blob container; the URL holds a SAS with the rights to list and read
  --key FILE                 a trusted public signing key, JWK or PEM; may be repeated
  --prune-key FILE           a trusted public prune key; without one nothing counts as pruned; may be repeated
  --expect-head ID:DIGEST    the newest snapshot must be this one or follow it
  --now TIME                 judge at this time (ISO 8601) whether the next snapshot is overdue; verify takes the present otherwise
  --other-folder DIR, --other-container-url URL    the container of the other tier, which has seen this one
  --json                     print one JSON object
open:
  --recipient-key FILE       the private key of an offline recipient, JWK or PEM
  --snapshot ID              the newest if absent
  --extract DIR              write every payload into this folder, readable for its owner only: backups, secrets as JSON, certificates as PFX or PEM
Exit: 0 all is well, 1 something is wrong with the snapshots, 2 not understood, 3 could not be carried out
`;

/** What was asked for on the command line. */
export type Request = VerifyRequest | OpenRequest;

/** `verify` or `list`. */
interface VerifyRequest {
  readonly command: 'verify' | 'list';
  readonly verify: VerifyOptions;
  readonly json: boolean;
}

/** `open`. */
export interface OpenRequest {
  readonly command: 'open';
  readonly verify: VerifyOptions;
  readonly json: boolean;
  readonly opener: OfflineOpener;
  /** The snapshot's id; the newest one if absent. */
  readonly snapshot?: string;
  /** The folder for the backups; none are written if absent. */
  readonly extractInto?: string;
}

/** The command line cannot be understood; the message says why and carries no secret. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/**
 * Reads the arguments, and the key files that they name. `present` is the time now. Throws a `UsageError`, or an
 * `UnusableKeyError` for the recipient's key.
 */
export function readArguments(args: readonly string[], present: Date): Request {
  const { values, positionals } = parse(args);
  const [command, ...more] = positionals;
  if ((command !== 'verify' && command !== 'list' && command !== 'open') || more.length > 0) {
    throw new UsageError('say one of verify, list, open');
  }
  const json = values.json ?? false;
  const { snapshot, extract, 'recipient-key': recipientKey } = values;
  if (command !== 'open') {
    if (snapshot !== undefined || extract !== undefined || recipientKey !== undefined) {
      throw new UsageError('--recipient-key, --snapshot and --extract go with open only');
    }
    return { command, verify: verifyOptions(values, command === 'verify' ? present : undefined), json };
  }
  return {
    command,
    verify: verifyOptions(values, undefined),
    json,
    opener: offlineOpener(readKeyFile(needed(recipientKey, '--recipient-key'))),
    ...(snapshot === undefined ? {} : { snapshot }),
    ...(extract === undefined ? {} : { extractInto: extract }),
  };
}

const ONE = { type: 'string' } as const;
const OPTIONS = {
  folder: ONE,
  'container-url': ONE,
  'other-folder': ONE,
  'other-container-url': ONE,
  vault: ONE,
  tier: ONE,
  key: { type: 'string', multiple: true },
  'prune-key': { type: 'string', multiple: true },
  'expect-head': ONE,
  now: ONE,
  json: { type: 'boolean' },
  'recipient-key': ONE,
  snapshot: ONE,
  extract: ONE,
} as const;

type Parsed = ReturnType<typeof parseArgs<{ options: typeof OPTIONS; allowPositionals: true }>>;

function parse(args: readonly string[]): Parsed {
  try {
    return parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : 'the arguments are not understood');
  }
}

function verifyOptions(values: Parsed['values'], present: Date | undefined): VerifyOptions {
  const source = sourceOf(values.folder, values['container-url']);
  if (source === undefined) throw new UsageError('say either --folder or --container-url');
  const otherTierSource = sourceOf(values['other-folder'], values['other-container-url']);
  const { tier } = values;
  if (tier !== 'daily' && tier !== 'monthly') throw new UsageError('--tier is daily or monthly');
  const now = values.now === undefined ? present : readTime(values.now);
  const head = values['expect-head'];
  return {
    source,
    vault: needed(values.vault, '--vault').toLowerCase(),
    tier,
    pinnedKeys: (values.key ?? []).map(readKeyFile),
    pruneKeys: (values['prune-key'] ?? []).map(readKeyFile),
    ...(now === undefined ? {} : { now }),
    ...(head === undefined ? {} : { expectedHead: readHead(head) }),
    ...(otherTierSource === undefined ? {} : { otherTierSource }),
  };
}

function sourceOf(folder: string | undefined, containerUrl: string | undefined): SnapshotSource | undefined {
  if (folder !== undefined && containerUrl !== undefined) throw new UsageError('a folder or a container, not both');
  if (folder !== undefined) return folderSource(folder);
  if (containerUrl === undefined) return undefined;
  if (!URL.canParse(containerUrl)) throw new UsageError('a container URL is not a URL');
  return containerSourceOf(containerUrl);
}

function readHead(text: string): { snapshot: string; digest: string } {
  const [snapshot, digest] = text.split(':');
  if (snapshot === undefined || digest === undefined || !SNAPSHOT_ID.test(snapshot) || !DIGEST.test(digest)) {
    throw new UsageError('--expect-head is a snapshot id, a colon, and 64 hex digits');
  }
  return { snapshot, digest };
}

function readTime(text: string): Date {
  const time = new Date(text);
  if (Number.isNaN(time.getTime())) throw new UsageError('--now is not a time');
  return time;
}

function readKeyFile(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    throw new UsageError(`${file} cannot be read`);
  }
}

function needed(value: string | undefined, name: string): string {
  if (value === undefined) throw new UsageError(`${name} is needed`);
  return value;
}
