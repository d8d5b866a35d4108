import { type ObjectKind, type ObjectOutcome, type Tier } from '../../contracts/objects';
import { type RunKind, type RunStatus } from '../../contracts/runs';
import { usageFailure } from '../cli-failure';
import { exitCodes, type ExitCode } from '../exit-codes';
import { readPages } from '../pages';
import { renderObjects, renderRun, renderRuns } from '../print-run';
import { readRunState } from '../run-state';
import { printJson, printLines, type Session } from '../session';
import { printListing, wanted } from './listing';

export interface ListRunsOptions {
  vault?: string;
  tier?: Tier;
  status?: RunStatus;
  kind?: RunKind;
  /** ISO 8601 with offset; `from` inclusive, `until` exclusive. */
  from?: string;
  until?: string;
  limit?: number;
  all?: boolean;
}

/** `runs list`: newest first. */
export async function listRuns(session: Session, options: ListRunsOptions): Promise<ExitCode> {
  const { vault, tier, status, kind, from, until } = options;
  const page = await readPages(wanted(options), async (limit, continuation) => {
    const answer = await session.api.runs({ vault, tier, status, kind, from, until, limit, continuation });
    return { items: answer.runs, continuation: answer.continuation };
  });
  if (session.json) printJson(session, { runs: page.items, continuation: page.continuation });
  else {
    const style = { paint: session.paint, now: session.surroundings.now() };
    printListing(session, page, 'run', renderRuns(page.items, style));
  }
  return exitCodes.succeeded;
}

export interface ShowRunOptions {
  objects?: boolean;
  outcome?: ObjectOutcome;
  kind?: ObjectKind;
  code?: string;
}

/** `runs show ID`: one run; with `--objects` also what became of each object. */
export async function showRun(session: Session, id: string, options: ShowRunOptions): Promise<ExitCode> {
  const { outcome, kind, code } = options;
  if (options.objects !== true) {
    if (outcome !== undefined || kind !== undefined || code !== undefined) {
      throw usageFailure('invalid_option', '--outcome, --kind and --code choose among objects: they need --objects');
    }
    await printRun(session, id);
    return exitCodes.succeeded;
  }
  const run = await session.api.run(id);
  if (run.runs.length > 0) {
    const hints = run.runs.slice(0, 10).map(({ vault, runId }) => `${vault}: strongroom runs show ${runId} --objects`);
    throw usageFailure(
      'invalid_option',
      'the run of an estate has no objects of its own; ask one of its vaults',
      hints,
    );
  }
  const { items: objects } = await readPages(Number.POSITIVE_INFINITY, async (limit, continuation) => {
    const answer = await session.api.objects(id, { outcome, kind, code, limit, continuation });
    return { items: answer.objects, continuation: answer.continuation };
  });
  if (session.json) printJson(session, { run, objects });
  else {
    const style = { paint: session.paint, now: session.surroundings.now() };
    const table = objects.length === 0 ? ['No such objects.'] : renderObjects(objects, session.paint);
    printLines(session, [...renderRun({ run, backups: [] }, style), '', ...table]);
  }
  return exitCodes.succeeded;
}

/** `runs cancel ID`: asks a run to end, of an estate all its vaults. It leaves no snapshot. May be asked twice. */
export async function cancelRun(session: Session, id: string): Promise<ExitCode> {
  await session.api.cancel(id);
  if (!session.json) printLines(session, [`Asked run ${id} to end: it does so after the batches under way.`]);
  await printRun(session, id);
  return exitCodes.succeeded;
}

async function printRun(session: Session, id: string): Promise<void> {
  if (session.json) {
    printJson(session, await session.api.run(id));
    return;
  }
  const state = await readRunState(session.api, id);
  printLines(session, renderRun(state, { paint: session.paint, now: session.surroundings.now() }));
}
