import { Writable } from 'node:stream';
import { openStorageAccount } from '../../../src/cli/azure-storage-account';
import { runCommandLine } from '../../../src/cli/program';
import { type CredentialSource } from '../../../src/cli/sign-in';
import { type Ask, type OutputStream, type Surroundings } from '../../../src/cli/session';

/** What a command line left behind. */
export interface CommandResult {
  exit: number;
  stdout: string;
  stderr: string;
}

export interface CommandSetting {
  environment?: Record<string, string>;
  workingDirectory?: string;
  now?: Date;
  terminal?: boolean;
  /** The person at the terminal; without, there is nobody to ask. */
  ask?: Ask;
  /** Who hands out tokens; without, nobody can sign in. */
  credentials?: CredentialSource;
}

const noCredentials: CredentialSource = () => Promise.reject(new Error('Nobody is to sign in here.'));

/** Runs a command line in this process, with streams of its own. */
export async function runInProcess(argv: readonly string[], setting: CommandSetting = {}): Promise<CommandResult> {
  const stdout = capture(setting.terminal ?? false);
  const stderr = capture(false);
  const surroundings: Surroundings = {
    stdout: stdout.stream,
    stderr: stderr.stream,
    environment: setting.environment ?? {},
    workingDirectory: setting.workingDirectory ?? '/',
    credentials: setting.credentials ?? noCredentials,
    openStorageAccount,
    ask: setting.ask,
    now: () => setting.now ?? new Date('2026-11-22T05:00:30Z'),
    onInterrupt: () => () => undefined,
  };
  const exit = await runCommandLine(argv, surroundings);
  return { exit, stdout: stdout.text(), stderr: stderr.text() };
}

/** A stream that keeps what is written to it, and says of itself whether it is a terminal. */
export function capture(
  isTTY: boolean,
  size: { columns?: number; rows?: number } = {},
): { stream: OutputStream; text(): string } {
  const chunks: string[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      chunks.push(chunk.toString());
      done();
    },
  });
  return { stream: Object.assign(stream, { isTTY, ...size }), text: () => chunks.join('') };
}
