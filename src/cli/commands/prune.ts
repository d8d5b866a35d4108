import { type PruneDecision } from '../../contracts/pruning';
import { hasEnded } from '../../contracts/runs';
import { type ExitCode, exitCodeOf, exitCodes } from '../exit-codes';
import { followRun } from '../follow-run';
import { readPages } from '../pages';
import { renderDecisions, renderPruneCounts } from '../print-prune';
import { printJson, printLines, type Session } from '../session';
import { watchRun } from './watch';

export interface PruneOptions {
  dryRun?: boolean;
  watch?: boolean;
}

/** `prune`: starts a prune, and follows it with `--watch`. With `--dry-run` it waits for the decisions, prints them, and nothing is deleted. */
export async function prune(session: Session, { dryRun = false, watch = false }: PruneOptions): Promise<ExitCode> {
  const started = await session.api.startPrune({ dryRun });
  const { runId } = started;
  if (dryRun) return showDecisions(session, runId);
  if (watch) return watchRun(session, runId);
  if (session.json) printJson(session, started);
  else printLines(session, [`Started run ${runId}: prune`, `Follow it with: strongroom runs watch ${runId}`]);
  return exitCodes.succeeded;
}

async function showDecisions(session: Session, runId: string): Promise<ExitCode> {
  const note = (text: string): void => {
    session.surroundings.stderr.write(`strongroom: ${text}\n`);
  };
  const release = session.surroundings.onInterrupt(() => {
    session.interruption.abort();
  });
  try {
    for await (const { run } of followRun(runId, { api: session.api, signal: session.interruption.signal, note })) {
      if (!hasEnded(run.status)) continue;
      const { items } = await readPages<PruneDecision>(Number.POSITIVE_INFINITY, async (limit, continuation) => {
        const page = await session.api.decisions(runId, { limit, continuation });
        return { items: page.decisions, continuation: page.continuation };
      });
      if (session.json) printJson(session, { run, decisions: items });
      else {
        const style = { paint: session.paint, now: session.surroundings.now() };
        printLines(session, [...renderDecisions(items, style), '', ...renderPruneCounts(run, style.paint)]);
      }
      return exitCodeOf(run.status);
    }
    return exitCodes.failed;
  } finally {
    release();
  }
}
