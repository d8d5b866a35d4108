import { StackStartError } from '../process/stack-process';
import { type CommandOptions, USAGE, UsageError, readCommandLine } from './command-options';
import { requireOwnSettingsFile, writeSettingsFile } from './settings-file';
import { type Stack, type StackOptions } from './stack';
import { removeStackFile, writeStackFile } from './stack-file';
import { type PartName } from './stack-parts';
import { startStack } from './start-stack';

const FAILED = 1;
const WRONG_USAGE = 2;
const ORPHAN_POLL_MS = 1_000;

/**
 * Keeps a stack up until Ctrl-C, SIGTERM or SIGHUP. Exit code 0 after an ordered stop, 1 if it could not start or a part was
 * lost, 2 for a command line that cannot be followed.
 */
export async function runCommand(parameters: string[]): Promise<void> {
  // Whoever reads the output may go away; the stack stays.
  process.stdout.on('error', () => undefined);
  const asked = new StopRequest();
  try {
    const options = readCommandLine(parameters);
    if (options.help) process.stdout.write(`${USAGE}\n`);
    else await keepUp(options, asked);
  } catch (error) {
    process.stderr.write(`${tellable(error)}\n`);
    process.exitCode = error instanceof UsageError ? WRONG_USAGE : FAILED;
  }
  asked.forget();
}

async function keepUp(options: CommandOptions, asked: StopRequest): Promise<void> {
  if (options.foreignHost && !options.force) requireOwnSettingsFile(options.settings);
  const stack = await startStack(stackOptions(options, asked));
  const hasFile = !options.ephemeral && !options.foreignHost;
  try {
    if (hasFile) writeStackFile(stack.endpoints);
    if (options.foreignHost) writeSettingsFile(options.settings, stack.settings);
    process.stdout.write(options.json ? `${JSON.stringify(stack.endpoints)}\n` : `${tableOf(stack, options)}\nready\n`);
    await asked.made;
  } finally {
    if (hasFile) removeStackFile();
    await stack.stop();
  }
  if (asked.lost !== undefined) throw new StackStartError('part_lost', asked.lost);
}

function stackOptions(options: CommandOptions, asked: StopRequest): StackOptions {
  return {
    ephemeral: options.ephemeral,
    ...(options.data === undefined ? {} : { dataDir: options.data }),
    ...(options.seed === undefined ? {} : { seed: options.seed }),
    ...(options.port === undefined ? {} : { ports: { api: options.port } }),
    ...(options.foreignHost ? { host: false } : {}),
    onLost: (part, how) => {
      tellLost(part, how, asked);
    },
  };
}

/** The host may be killed by hand, to see it resume; without vaults or storage there is nothing to keep up. */
function tellLost(part: PartName, how: number | NodeJS.Signals, asked: StopRequest): void {
  if (part === 'host')
    process.stderr.write(
      `The Functions host ended (${how}). To start it again: POST /host/start on the control address.\n`,
    );
  else asked.loseHeart(`The ${part} ended unexpectedly (${how}); the stack was stopped.`);
}

function tableOf({ endpoints }: Stack, options: CommandOptions): string {
  const { api, token, vaultGateway, blob, queue, table, identity, control, data } = endpoints;
  const rows: [string, string][] = [
    ...(api === '' ? [] : ([['API', api]] as [string, string][])),
    // Long enough to fill the screen; so it is shown only where no file holds it.
    ['token', options.ephemeral || options.foreignHost ? token : 'in .strongroom/stack.json'],
    ['vaults', `${vaultGateway}  (by Host header)`],
    ['blobs', blob],
    ['queues', queue],
    ['tables', table],
    ['identity', identity],
    ['control', control],
    ['data', options.ephemeral ? `${data}  (removed at the end)` : data],
    ...(options.foreignHost ? ([['settings', options.settings]] as [string, string][]) : []),
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `  ${name.padEnd(width)}  ${value}`).join('\n');
}

function tellable(error: unknown): string {
  if (error instanceof UsageError) return `${error.message} See --help.`;
  if (error instanceof StackStartError) return error.message;
  return error instanceof Error ? `The stack failed: ${error.message}` : String(error);
}

/** Waits for a signal to stop. Every further signal is ignored: the parts are writing what they hold. */
class StopRequest {
  readonly made: Promise<void>;
  lost: string | undefined;
  #settle: () => void = () => undefined;
  #watch: NodeJS.Timeout | undefined;
  readonly #signals: NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  readonly #onSignal = (): void => {
    this.#settle();
  };

  constructor() {
    this.made = new Promise((resolve) => {
      this.#settle = resolve;
    });
    for (const signal of this.#signals) process.on(signal, this.#onSignal);
    this.#watchParent();
  }

  /** A part that cannot be done without is gone. */
  loseHeart(reason: string): void {
    this.lost ??= reason;
    this.#settle();
  }

  /** Lets the process end. */
  forget(): void {
    clearInterval(this.#watch);
    for (const signal of this.#signals) process.off(signal, this.#onSignal);
  }

  /**
   * npm passes a signal to the shell that it started, and the shell dies without passing it on; so a stack that npm started
   * also stops when its parent is gone.
   */
  #watchParent(): void {
    if (process.env['npm_lifecycle_event'] === undefined) return;
    const parent = process.ppid;
    this.#watch = setInterval(() => {
      if (process.ppid !== parent) this.#settle();
    }, ORPHAN_POLL_MS);
  }
}
