import { type StartedBackup } from '../../contracts/api';
import { type Tier } from '../../contracts/objects';
import { CliFailure, usageFailure } from '../cli-failure';
import { exitCodes, type ExitCode } from '../exit-codes';
import { renderTable } from '../print-table';
import { printJson, printLines, type Session } from '../session';
import { watchRun } from './watch';

export interface BackupNowOptions {
  /** Short names or URLs; none means every protected vault. */
  vault?: readonly string[];
  tier?: Tier;
  /** Names or globs of objects; everything without it. Needs exactly one vault. */
  name?: readonly string[];
  watch?: boolean;
}

/** `backup now`: starts a backup, and follows it with `--watch`. Each call starts another one, or is refused while one is under way. */
export async function backUpNow(session: Session, options: BackupNowOptions): Promise<ExitCode> {
  if (options.name !== undefined && options.vault?.length !== 1) {
    throw usageFailure('invalid_option', '--name chooses among the objects of one vault: it needs exactly one --vault');
  }
  const started = await start(session, options);
  if (options.watch !== true) {
    if (session.json) printJson(session, started);
    else printLines(session, [...renderStarted(started), `Follow it with: strongroom runs watch ${started.runId}`]);
    return exitCodes.succeeded;
  }
  if (!session.json) printLines(session, renderStarted(started));
  return watchRun(session, started.runId);
}

async function start({ api }: Session, { vault, tier, name }: BackupNowOptions): Promise<StartedBackup> {
  try {
    return await api.startBackup({
      ...(vault === undefined ? {} : { vaults: vault }),
      ...(tier === undefined ? {} : { tier }),
      ...(name === undefined ? {} : { select: name }),
    });
  } catch (error) {
    if (!(error instanceof CliFailure) || error.facts.exit !== exitCodes.unreachable || error.facts.unsent === true) {
      throw error;
    }
    throw error.withHint('a run may have started all the same; see with: strongroom runs list');
  }
}

function renderStarted({ runId, tier, runs }: StartedBackup): string[] {
  const vaults = runs.length === 1 ? '1 vault' : `${runs.length} vaults`;
  const table = renderTable(
    [{ title: '  VAULT' }, { title: 'RUN' }],
    runs.map((run) => [`  ${run.vault}`, run.runId]),
  );
  return [`Started run ${runId}: ${tier} backup of ${vaults}`, ...table];
}
