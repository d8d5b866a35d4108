import { runCommand } from './command-line';

/** The command line of the independent reader: `node .build/test/independent/main.js verify|list|open …`. */
async function main(): Promise<void> {
  process.exitCode = await runCommand(
    process.argv.slice(2),
    { out: (text) => process.stdout.write(text), err: (text) => process.stderr.write(text) },
    new Date(),
  );
}

void main();
