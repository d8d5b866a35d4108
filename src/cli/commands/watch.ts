import { CliFailure } from '../cli-failure';
import { exitCodeOf, exitCodes, type ExitCode } from '../exit-codes';
import { followRun } from '../follow-run';
import { renderPruneCounts } from '../print-prune';
import { renderOutcome } from '../print-run';
import { createRunDisplay } from '../run-display';
import { type RunState } from '../run-state';
import { printLines, type Session } from '../session';

/**
 * Watches a run to its end and prints how it went. Ctrl-C ends the watching and leaves the run alone. May run as often as one likes.
 * @returns the exit code by the run's outcome.
 */
export async function watchRun(session: Session, id: string): Promise<ExitCode> {
  const display = createRunDisplay(session);
  const release = session.surroundings.onInterrupt(() => {
    session.interruption.abort();
  });
  let last: RunState | undefined;
  try {
    const states = followRun(id, {
      api: session.api,
      signal: session.interruption.signal,
      note: (text) => {
        display.note(text);
      },
    });
    for await (const state of states) {
      last = state;
      display.show(state);
    }
  } catch (error) {
    throw explainEnd(error, id, last !== undefined);
  } finally {
    display.close();
    release();
  }
  if (last === undefined) return exitCodes.failed;
  if (!session.json) {
    const { paint } = session;
    const style = { paint, now: session.surroundings.now() };
    printLines(session, last.run.prune === undefined ? renderOutcome(last, style) : renderPruneCounts(last.run, paint));
  }
  return exitCodeOf(last.run.status);
}

function explainEnd(error: unknown, id: string, seen: boolean): unknown {
  if (!(error instanceof CliFailure)) return error;
  if (error.facts.exit !== exitCodes.interrupted && !(seen && error.facts.exit === exitCodes.unreachable)) return error;
  return error.withHint(`the run goes on; look at it with: strongroom runs watch ${id}`);
}
