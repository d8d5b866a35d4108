const NEEDED_NODE = 22;

async function main(): Promise<void> {
  if (Number(process.versions.node.split('.')[0]) < NEEDED_NODE) {
    process.stderr.write(
      `Node ${NEEDED_NODE} or later is needed, this is ${process.versions.node}. \`npm start\` brings its own.\n`,
    );
    process.exitCode = 1;
    return;
  }
  // Loaded only now: an older Node could not even read it.
  const { runCommand } = await import('./run-command.js');
  await runCommand(process.argv.slice(2));
}

void main();
