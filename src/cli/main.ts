#!/usr/bin/env node
import { type terminalAsk as terminalAskType } from './confirmation';
import { type runCommandLine } from './program';
import { type CredentialSource } from './sign-in';
import { type StorageAccountSource } from './storage-account';

/** 128 and the number of SIGPIPE, as a shell would report it. */
const BROKEN_PIPE = 141;

/** The process around the command line. The program is loaded after the check, since an older Node cannot load what it needs. */
async function main(): Promise<void> {
  if (!process.features.require_module) {
    process.stderr.write(`strongroom needs Node 22 or later; this is ${process.version}.\n`);
    process.exitCode = 2;
    return;
  }
  // A reader that has seen enough (`| head`) closes the pipe. Nobody is left to be told, and nothing was seen to succeed.
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      process.exit(error.code === 'EPIPE' ? BROKEN_PIPE : 1);
    });
  }
  const program = (await import('./program.js')) as { runCommandLine: typeof runCommandLine };
  const { azureCredential } = (await import('./azure-credential.js')) as { azureCredential: CredentialSource };
  const { terminalAsk } = (await import('./confirmation.js')) as { terminalAsk: typeof terminalAskType };
  process.exitCode = await program.runCommandLine(process.argv.slice(2), {
    stdout: process.stdout,
    stderr: process.stderr,
    environment: process.env,
    workingDirectory: process.cwd(),
    now: () => new Date(),
    ask: terminalAsk(process.stdin, process.stderr),
    credentials: azureCredential,
    openStorageAccount: async (...account) => {
      const azure = (await import('./azure-storage-account.js')) as { openStorageAccount: StorageAccountSource };
      return azure.openStorageAccount(...account);
    },
    onInterrupt: (listener) => {
      process.once('SIGINT', listener);
      return () => {
        process.off('SIGINT', listener);
      };
    },
  });
}

main().catch(() => {
  process.stderr.write('strongroom: this installation is damaged: install it again.\n');
  process.exitCode = 1;
});
