import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';

/** What is measured. */
export interface BenchOptions {
  objects: number;
  /** How many of the objects are certificates. */
  certificates: number;
  /** The share of calls of the vault that fail. */
  faults: number;
  latency: number;
  batch: number;
  share: number;
  sample: number;
  rounds: number;
  json: boolean;
}

const EXPLANATION = `
Measures on one stack, with one vault and the given latency of every vault call:
  script  list, then one object after another: backup, upload (a sample of the objects)
  floor   the app's calls, sealing, read-back, limiter and concurrency, without durable engine and ledger
  app     POST /api/backups of the compiled app on the local Functions host, until the run has ended
With --faults, so many of the vault's calls are spoiled for all three, half by a 500 and half by a torn connection.
See docs/performance.md.`;

/** Reads the command line; `undefined` if there was nothing to measure, since help was asked for or an option was wrong. */
export function readBenchOptions(argv: readonly string[]): BenchOptions | undefined {
  const command = new Command('bench:backup')
    .description('Compares a backup by the app with the usual script and with the bare cost of the same calls.')
    .addOption(new Option('--objects <n>', 'objects in the vault').argParser(whole(1, 100_000)).default(2_000))
    .addOption(
      new Option('--certificates <n>', 'how many of them are certificates').argParser(whole(0, 100_000)).default(0),
    )
    .addOption(new Option('--faults <s>', 'share of calls of the vault that fail').argParser(share(0, 0.5)).default(0))
    .addOption(new Option('--latency <ms>', 'latency of the vault').argParser(whole(0, 10_000)).default(20))
    .addOption(new Option('--batch <n>', 'objects per activity (BATCH_SIZE)').argParser(whole(1, 90)).default(20))
    .addOption(
      new Option('--share <s>', 'part of the vault budget (VAULT_BUDGET_SHARE)')
        .argParser(share(0.01, 1))
        .default(0.95),
    )
    .addOption(new Option('--sample <n>', 'objects that the script backs up').argParser(whole(1, 100_000)).default(200))
    .addOption(new Option('--rounds <n>', 'times to measure; the fastest counts').argParser(whole(1, 99)).default(2))
    .option('--json', 'one line of JSON on stdout', false)
    .addHelpText('after', EXPLANATION)
    .exitOverride();
  try {
    const options = command.parse(argv, { from: 'user' }).opts<BenchOptions>();
    if (options.certificates > options.objects) command.error('error: there cannot be more certificates than objects');
    return options;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    process.exitCode = error.exitCode === 0 ? 0 : 2;
    return undefined;
  }
}

function whole(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= min && value <= max) return value;
    throw new InvalidArgumentError(`It must be a whole number from ${min} to ${max}.`);
  };
}

function share(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() !== '' && value >= min && value <= max) return value;
    throw new InvalidArgumentError(`It must be a number from ${min} to ${max}.`);
  };
}
