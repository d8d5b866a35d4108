import { type ApiClient } from './api-client';
import { createPaint, type Paint } from './paint';
import { type CredentialSource } from './sign-in';
import { type AccountId, type StorageAccount, type StorageAccountSource } from './storage-account';

/** A stream that may be a terminal. */
export type OutputStream = NodeJS.WritableStream & { isTTY?: boolean; columns?: number; rows?: number };

/** Asks the person at the terminal; `undefined` if the input ended without an answer. */
export type Ask = (question: string, signal: AbortSignal) => Promise<string | undefined>;

/** The process around the command line, as far as commands see it. */
export interface Surroundings {
  stdout: OutputStream;
  stderr: OutputStream;
  environment: Readonly<Record<string, string | undefined>>;
  workingDirectory: string;
  now(): Date;
  /** Asks the person; without, there is nobody to ask. */
  ask?: Ask | undefined;
  /** Whom to ask for tokens. */
  credentials: CredentialSource;
  openStorageAccount: StorageAccountSource;
  /** Calls once at Ctrl-C, in place of the process's end. Returns how to take that back. */
  onInterrupt(listener: () => void): () => void;
}

/** What one command works with. */
export interface Session {
  api: ApiClient;
  /** A storage account of Azure, as the person who runs the command, never as the app. */
  storageAccount(id: AccountId): Promise<StorageAccount>;
  surroundings: Surroundings;
  /** Whether stdout gets JSON and nothing else. */
  json: boolean;
  /** For stdout. */
  paint: Paint;
  /** Ends every request and pause of the command; whoever watches connects it with Ctrl-C. */
  interruption: AbortController;
}

/** Writes lines for people to stdout. */
export function printLines(session: Session, lines: readonly string[]): void {
  for (const line of lines) session.surroundings.stdout.write(`${line}\n`);
}

/** Writes one JSON document on one line to stdout. */
export function printJson(session: Session, document: unknown): void {
  session.surroundings.stdout.write(`${JSON.stringify(document)}\n`);
}

/** Colour only on a terminal, and only if neither `--no-color` nor `NO_COLOR` (https://no-color.org) forbids it. */
export function paintFor(stream: OutputStream, surroundings: Surroundings, wanted: boolean): Paint {
  const forbidden = (surroundings.environment['NO_COLOR'] ?? '') !== '';
  return createPaint(wanted && !forbidden && stream.isTTY === true);
}
