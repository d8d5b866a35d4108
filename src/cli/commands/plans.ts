import { stringify } from 'yaml';
import { planSchema, type PlanView } from '../../contracts/plans';
import { vaultOfPlan } from '../../domain/plans';
import { CliFailure } from '../cli-failure';
import { exitCodes, type ExitCode } from '../exit-codes';
import { readPlanFile } from '../plan-file';
import { renderTable } from '../print-table';
import { formatTime } from '../print-time';
import { printJson, printLines, type Session } from '../session';

/** `plans list`: every protected vault and what holds for it. */
export async function listPlans(session: Session): Promise<ExitCode> {
  const answer = await session.api.plans();
  if (session.json) printJson(session, answer);
  else if (answer.plans.length === 0) printLines(session, ['No vault is protected yet.']);
  else printLines(session, renderPlans(answer.plans, session));
  return exitCodes.succeeded;
}

/** `plans show VAULT`: the plan as YAML, which `plans set` takes again. */
export async function showPlan(session: Session, vault: string): Promise<ExitCode> {
  const view = await session.api.plan(vault);
  if (session.json) printJson(session, view);
  else printLines(session, renderPlan(view, session));
  return exitCodes.succeeded;
}

/** `plans set -f FILE`: makes or changes the plan of the vault that the file names. A change that somebody else makes meanwhile is not lost: it is refused. */
export async function setPlan(session: Session, options: { file: string; reason?: string }): Promise<ExitCode> {
  const plan = readPlanFile(session, options.file, planSchema);
  const vault = vaultOfPlan(plan);
  const etag = await etagOf(session, vault);
  const view = await session.api.putPlan(vault, plan, { etag, reason: options.reason });
  if (session.json) printJson(session, view);
  else if (etag === null) printLines(session, [`Made a plan for ${vault}.`]);
  else
    printLines(session, [view.etag === etag ? `The plan of ${vault} is so already.` : `Changed the plan of ${vault}.`]);
  return exitCodes.succeeded;
}

/** `plans delete VAULT`. A vault that the settings name stays protected, whole. */
export async function deletePlan(session: Session, vault: string, options: { reason?: string }): Promise<ExitCode> {
  const { etag } = await session.api.plan(vault);
  const deleted = await session.api.deletePlan(vault, { etag, reason: options.reason });
  if (session.json) printJson(session, deleted);
  else {
    const left = deleted.stillProtected
      ? 'PROTECTED_VAULTS still names it: it is backed up whole.'
      : 'It is not backed up any more.';
    printLines(session, [`Deleted the plan of ${vault}. ${left}`]);
  }
  return exitCodes.succeeded;
}

/** The state of the vault's plan, `null` if there is none. */
async function etagOf(session: Session, vault: string): Promise<string | null> {
  try {
    return (await session.api.plan(vault)).etag;
  } catch (error) {
    if (error instanceof CliFailure && error.code === 'plan_not_found') return null;
    throw error;
  }
}

function renderPlans(plans: readonly PlanView[], { paint }: Session): string[] {
  const rows = plans.map(({ vault, source, plan }) => [
    vault,
    source,
    paint.outcome(plan.enabled, plan.enabled ? 'enabled' : 'disabled'),
    plan.tiers.map((tier) => [tier, plan.schedules[tier]].filter((text) => text !== undefined).join(' ')).join(', '),
    plan.kinds.join(', '),
    String(plan.exclude.length),
    `secret ${plan.payloads.secret.join('+')}, certificate ${plan.payloads.certificate.join('+')}`,
  ]);
  return renderTable(
    [
      { title: 'VAULT' },
      { title: 'FROM' },
      { title: 'STATE' },
      { title: 'TIERS' },
      { title: 'KINDS' },
      { title: 'EXCLUDES', align: 'right' },
      { title: 'PAYLOADS' },
    ],
    rows,
  );
}

function renderPlan({ vault, source, plan, changedAt, changedBy }: PlanView, session: Session): string[] {
  const origin =
    source === 'settings'
      ? 'PROTECTED_VAULTS names it, and there is no plan: everything is backed up'
      : `changed ${formatTime(changedAt, session.surroundings.now())} by ${changedBy ?? '-'}`;
  return [`# ${vault}: ${origin}`, ...stringify(plan).trimEnd().split('\n')];
}
