import { StackStartError } from '../local/process/stack-process';
import { Closing } from './closing';
import { UnmetExpectation } from './expectation';
import { Narrator } from './narrator';
import { tellAll } from './story';

/** 128 and the number of the signal, as a shell would report it. */
const INTERRUPTED = { SIGINT: 130, SIGTERM: 143 } as const;

/** The demo was asked to end. */
class Interruption extends Error {
  constructor(readonly signal: keyof typeof INTERRUPTED) {
    super(`ended by ${signal}`);
  }
}

/** Runs the demo to its end, or to the first thing that is not as it should be; resolves with the exit code. */
async function main(): Promise<number> {
  const narrator = new Narrator(process.stdout, process.env);
  const closing = new Closing();
  const interrupted = new Promise<never>((_, reject) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.on(signal, () => {
        reject(new Interruption(signal));
      });
    }
  });
  try {
    await Promise.race([tellAll(narrator, closing), interrupted]);
    return 0;
  } catch (error) {
    process.stderr.write(`\ndemo: ${describe(error)}\n`);
    return error instanceof Interruption ? INTERRUPTED[error.signal] : 1;
  } finally {
    await closing.close();
  }
}

/** One sentence for what was foreseen; the whole story of what was not. */
function describe(error: unknown): string {
  if (error instanceof UnmetExpectation) return `NOT as it should be. ${error.message}`;
  if (error instanceof StackStartError || error instanceof Interruption) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

void main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    process.stderr.write(`demo: the stack could not be stopped: ${describe(error)}\n`);
    process.exit(1);
  },
);
