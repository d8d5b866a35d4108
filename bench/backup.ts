import { StackStartError } from '../local/process/stack-process';
import { readBenchOptions } from './bench-options';
import { runRace } from './race';
import { figures, table } from './report';

// npm run bench:backup: what the app's machinery costs, against the usual script and against the bare calls.

async function main(): Promise<void> {
  const options = readBenchOptions(process.argv.slice(2));
  if (options === undefined) return;
  const result = await runRace(options, (text) => process.stderr.write(`bench: ${text}\n`));
  process.stdout.write(options.json ? `${JSON.stringify(figures(options, result))}\n` : table(options, result));
}

main().catch((error: unknown) => {
  const isForPeople = error instanceof StackStartError;
  process.stderr.write(
    `${isForPeople ? error.message : error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
  );
  process.exitCode = 1;
});
