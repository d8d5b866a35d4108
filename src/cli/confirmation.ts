import { createInterface } from 'node:readline/promises';
import { interrupted } from './api-client';
import { usageFailure } from './cli-failure';
import { type Ask, type Session } from './session';

/** Asks on a terminal. Questions go to stderr, since stdout has the command's result. */
export function terminalAsk(input: NodeJS.ReadStream, output: NodeJS.WriteStream): Ask | undefined {
  if (!input.isTTY || !output.isTTY) return undefined;
  return async (question, signal) => {
    const terminal = createInterface({ input, output });
    const ended = new Promise<undefined>((resolve) => {
      terminal.once('close', () => {
        resolve(undefined);
      });
    });
    try {
      return await Promise.race([terminal.question(question, { signal }), ended]);
    } finally {
      terminal.close();
    }
  };
}

/**
 * Has a name typed before something that cannot be undone. Where nobody can be asked, `--confirm` must have it; there is no other way around.
 * Throws `not_confirmed`.
 */
export async function confirmByName(session: Session, name: string, given: string | undefined): Promise<void> {
  const { ask } = session.surroundings;
  if (given === undefined && ask === undefined) {
    throw usageFailure('not_confirmed', 'nothing was done: this cannot be undone, and nobody is there to be asked', [
      `if it is what you want, repeat the command with --confirm ${name}`,
    ]);
  }
  const typed = given ?? (await answered(session, ask, `Type the container's name to go on (${name}): `));
  if (typed?.trim() === name) return;
  throw usageFailure('not_confirmed', `nothing was done: what was typed is not ${name}`);
}

async function answered(session: Session, ask: Ask | undefined, question: string): Promise<string | undefined> {
  const { signal } = session.interruption;
  const release = session.surroundings.onInterrupt(() => {
    session.interruption.abort();
  });
  try {
    return await ask?.(question, signal);
  } catch (error) {
    if (signal.aborted) throw interrupted();
    throw error;
  } finally {
    release();
  }
}
