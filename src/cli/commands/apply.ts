import { estateFileSchema } from '../../contracts/plans';
import { CliFailure } from '../cli-failure';
import { compareEstate, type PlanDifference } from '../estate-diff';
import { exitCodes, type ExitCode } from '../exit-codes';
import { readPlanFile } from '../plan-file';
import { printJson, printLines, type Session } from '../session';

export interface ApplyOptions {
  file: string;
  dryRun?: boolean;
  /** Delete plans that the file does not have. */
  prune?: boolean;
  reason?: string;
}

/** `diff -f FILE`: how the app's plans differ from those of the file. The exit code tells whether they do. Changes nothing. */
export async function diffEstate(session: Session, { file }: Pick<ApplyOptions, 'file'>): Promise<ExitCode> {
  const differences = await compare(session, file);
  const isSame = differences.every(({ change }) => change === 'none');
  if (session.json) printJson(session, { differences: differences.map(shown) });
  else printLines(session, isSame ? ['No difference.'] : differences.filter(isChange).map(describe));
  return isSame ? exitCodes.succeeded : exitCodes.different;
}

/**
 * `apply -f FILE`: makes and changes plans until they are as in the file. Each change is made only in the state that was compared; if somebody else has changed a
 * plan meanwhile, it ends there, and what was done before stays. May run again.
 */
export async function applyEstate(session: Session, options: ApplyOptions): Promise<ExitCode> {
  const { file, dryRun = false, prune = false, reason } = options;
  const differences = await compare(session, file);
  const due = differences.filter(
    ({ change }) => change === 'create' || change === 'change' || (prune && change === 'extra'),
  );
  let done = 0;
  for (const difference of dryRun ? [] : due) {
    try {
      await make(session, difference, reason);
      done += 1;
    } catch (error) {
      if (!(error instanceof CliFailure)) throw error;
      throw error.withHint(
        `at ${difference.vault}; ${done} of ${due.length} changes were made: run it again after a look`,
      );
    }
  }
  if (session.json) printJson(session, { dryRun, prune, changes: due.map(shown), differences: differences.map(shown) });
  else printLines(session, renderApplied(differences, { due, dryRun }));
  return exitCodes.succeeded;
}

async function compare(session: Session, file: string): Promise<PlanDifference[]> {
  const { vaults } = readPlanFile(session, file, estateFileSchema);
  return compareEstate(vaults, (await session.api.plans()).plans);
}

async function make(
  session: Session,
  { vault, plan, etag }: PlanDifference,
  reason: string | undefined,
): Promise<void> {
  if (plan === undefined) await session.api.deletePlan(vault, { etag, reason });
  else await session.api.putPlan(vault, plan, { etag, reason });
}

function renderApplied(
  differences: readonly PlanDifference[],
  { due, dryRun }: { due: readonly PlanDifference[]; dryRun: boolean },
): string[] {
  const left = differences.filter((difference) => difference.change === 'extra' && !due.includes(difference));
  const what = due.length === 1 ? '1 change' : `${due.length} changes`;
  return [
    ...due.map(describe),
    ...left.map(({ vault }) => `  ${vault}: has a plan and is not in the file; --prune deletes it`),
    due.length === 0 ? 'Nothing to change.' : `${what} ${dryRun ? 'would be made' : 'made'}.`,
  ];
}

function isChange({ change }: PlanDifference): boolean {
  return change !== 'none';
}

function describe({ vault, change, members }: PlanDifference): string {
  const signs = { create: '+', change: '~', extra: '-', none: ' ' };
  const texts = { create: 'new plan', change: members.join(', '), extra: 'not in the file', none: '' };
  return `${signs[change]} ${vault}: ${texts[change]}`;
}

function shown({ vault, change, members }: PlanDifference): Pick<PlanDifference, 'vault' | 'change' | 'members'> {
  return { vault, change, members };
}
