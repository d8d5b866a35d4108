import { type OpenRequest, readArguments, USAGE, UsageError } from './arguments';
import { extract } from './extract';
import { type Finding, Refusal } from './findings';
import { openSnapshot } from './open';
import { UnusableKeyError } from './pinned-keys';
import { type IndexObject } from './snapshot-index';
import { type Verification, type VerifiedSnapshot, verifySnapshots } from './verify';

/** Where the command line prints to. */
export interface Terminal {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
}

/**
 * Runs `verify`, `list` or `open` and resolves with the exit code: 0 all is well, 1 something is wrong with the
 * snapshots, 2 the arguments are not understood, 3 the command could not be carried out. Prints names and kinds of
 * objects with `open` only, and a payload never.
 */
export async function runCommand(args: readonly string[], terminal: Terminal, present: Date): Promise<number> {
  try {
    const request = readArguments(args, present);
    if (request.command === 'open') return await open(request, terminal);
    const verification = await verifySnapshots(
      request.command === 'list' ? { ...request.verify, readBlobsOf: () => false } : request.verify,
    );
    if (request.json) terminal.out(`${JSON.stringify(summaryOf(verification))}\n`);
    else printVerification(verification, terminal);
    return exitCode(verification.findings);
  } catch (error) {
    if (error instanceof UsageError || error instanceof UnusableKeyError) {
      terminal.err(`${error.message}\n${USAGE}`);
      return 2;
    }
    const refusal =
      error instanceof Refusal ? ` (${error.code}${error.blob === undefined ? '' : ` ${error.blob}`})` : '';
    terminal.err(`${messageOf(error)}${refusal}\n`);
    return error instanceof Refusal ? 1 : 3;
  }
}

function messageOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'message' in error ? String(error.message) : 'it failed';
}

function exitCode(findings: readonly Finding[]): number {
  return findings.some(({ severity }) => severity === 'fault') ? 1 : 0;
}

function summaryOf({ findings, snapshots }: Verification): object {
  return { ok: exitCode(findings) === 0, findings, snapshots: snapshots.map(describe) };
}

function describe({ id, digest, manifest, blobs }: VerifiedSnapshot): Record<string, string | number> {
  const { sequence, outcome, closedAt, retainUntil } = manifest;
  return { snapshot: id, sequence, outcome, blobs, objects: manifest.counts.objects, closedAt, retainUntil, digest };
}

function printVerification({ findings, snapshots }: Verification, { out }: Terminal): void {
  for (const snapshot of snapshots) out(`${Object.values(describe(snapshot)).join('  ')}\n`);
  for (const finding of findings) out(`${findingLine(finding)}\n`);
  const faults = findings.filter(({ severity }) => severity === 'fault').length;
  out(`${snapshots.length} snapshots, ${faults} faults, ${findings.length - faults} notes\n`);
}

function findingLine({ severity, code, snapshot, blob, detail }: Finding): string {
  return [severity, code, snapshot, blob, detail].filter((part) => part !== undefined).join('  ');
}

async function open(request: OpenRequest, terminal: Terminal): Promise<number> {
  const manifests = await verifySnapshots({ ...request.verify, readBlobsOf: () => false });
  const snapshot = manifests.snapshots.find(({ id }) => request.snapshot === undefined || id === request.snapshot);
  for (const finding of manifests.findings) terminal.err(`${findingLine(finding)}\n`);
  if (snapshot === undefined) {
    terminal.err('there is no such snapshot with a valid manifest\n');
    return 1;
  }
  const opened = await openSnapshot({ source: request.verify.source, snapshot, opener: request.opener });
  if (request.extractInto !== undefined) await extract(opened, request.extractInto);
  if (request.json) terminal.out(`${JSON.stringify({ snapshot: snapshot.id, objects: opened.objects })}\n`);
  else for (const object of opened.objects) terminal.out(`${objectLine(object)}\n`);
  return exitCode(manifests.findings);
}

function objectLine({ kind, name, outcome, code, notes, versions }: IndexObject): string {
  const codes = [...(code === undefined ? [] : [code]), ...notes];
  return [kind, name, outcome, ...codes, `${versions.length} versions`].join('  ');
}
