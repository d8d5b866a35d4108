import { CliFailure, usageFailure } from '../cli-failure';
import { confirmByName } from '../confirmation';
import { exitCodes, type ExitCode } from '../exit-codes';
import { extensionWarning, lockWarning, policyText, renderContainer } from '../print-archive';
import { printJson, printLines, type Session } from '../session';
import { type TaggedPolicy } from '../storage-account';
import { type ArchiveTarget, findTarget, type TargetOptions } from './archive-target';

/** Options of `lock`. */
export type LockOptions = TargetOptions & { days?: number; confirm?: string };

/** `lock`: locks a container's policy for good, after setting one that is long enough if need be. Repeated, it says that it is locked. */
export async function lockPolicy(session: Session, options: LockOptions): Promise<ExitCode> {
  const target = await findTarget(session, options);
  const { policy, holds } = await target.account.container(target.container);
  if (policy?.locked === true) return alreadyLocked(session, target, policy);

  const days = Math.max(policy?.days ?? 0, wantedDays(target, options.days, policy));
  tell(session, renderContainer(target.id.resourceId, target.container, { policy, holds }));
  const isFit = policy !== null && policy.days === days && !policy.protectedAppend;
  if (!isFit) tell(session, [`Before it is locked, the policy is set to ${days} days, and no blob may grow.`]);
  tell(session, ['', ...lockWarning(target.container, days), '']);
  await confirmByName(session, target.container, options.confirm);

  const set = isFit ? policy : await target.account.setPolicy(target.container, days, policy?.etag);
  const locked = await target.account.lockPolicy(target.container, set.etag);
  return report(session, target, locked, `${target.container} is locked: ${policyText(locked)}.`);
}

/** `lock extend`: lengthens a locked policy. */
export async function extendPolicy(session: Session, options: LockOptions & { days: number }): Promise<ExitCode> {
  const target = await findTarget(session, options);
  const { days, confirm } = options;
  const { policy, holds } = await target.account.container(target.container);
  if (policy?.locked !== true) {
    throw new CliFailure(
      'policy_not_locked',
      `the policy of ${target.container} is not locked, so there is nothing to extend`,
      {
        exit: exitCodes.refused,
        hints: ['`strongroom lock` locks it; a policy that is not locked can be changed as one likes'],
      },
    );
  }
  const left = policy.extensionsLeft ?? 0;
  if (policy.days === days)
    return report(session, target, policy, `${target.container} has ${days} days already.`, false);
  if (days < policy.days) {
    throw usageFailure(
      'invalid_option',
      `a locked policy cannot be shortened: it has ${policy.days} days, not ${days}`,
    );
  }
  if (left === 0) {
    throw new CliFailure(
      'extensions_used_up',
      `the policy of ${target.container} was extended five times, and cannot be once more`,
      {
        exit: exitCodes.refused,
        hints: [
          'for a longer retention, back up into a new container: set the container of the tier, and lock the new one',
        ],
      },
    );
  }
  tell(session, renderContainer(target.id.resourceId, target.container, { policy, holds }));
  tell(session, ['', ...extensionWarning(target.container, policy.days, days, left), '']);
  await confirmByName(session, target.container, confirm);
  const extended = await target.account.extendPolicy(target.container, days, policy.etag);
  return report(session, target, extended, `${target.container} is extended: ${policyText(extended)}.`);
}

/** At least what the tier's retention needs; more by `--days`. */
function wantedDays({ requiredDays }: ArchiveTarget, days: number | undefined, policy: TaggedPolicy | null): number {
  const least = requiredDays ?? policy?.days;
  if (days === undefined && least === undefined) {
    throw usageFailure('invalid_option', 'with --account-id, --days must say how long a policy is to be', [
      'as long as the retention of the tier can last: `strongroom archive show` tells',
    ]);
  }
  if (days !== undefined && requiredDays !== null && days < requiredDays) {
    throw usageFailure('invalid_option', `--days ${days} is less than the retention of the tier, ${requiredDays} days`);
  }
  return Math.max(days ?? 0, least ?? 0);
}

function alreadyLocked(session: Session, target: ArchiveTarget, policy: TaggedPolicy): ExitCode {
  const { container, requiredDays, tier } = target;
  const isShort = requiredDays !== null && policy.days < requiredDays;
  const hint = isShort
    ? ` That is less than the retention of the tier, ${requiredDays} days: strongroom lock extend --tier ${tier} --days ${requiredDays}`
    : '';
  return report(session, target, policy, `${container} is locked already: ${policyText(policy)}.${hint}`, false);
}

function report(session: Session, target: ArchiveTarget, policy: TaggedPolicy, line: string, changed = true): ExitCode {
  const { id, tier, container } = target;
  const { etag: _, ...shown } = policy;
  if (session.json) printJson(session, { account: id.resourceId, tier, container, policy: shown, changed });
  else
    printLines(session, [line, ...(changed ? ['The app looks at it daily; at once: strongroom archive audit'] : [])]);
  return exitCodes.succeeded;
}

/** What a person has to know before the answer: stderr, since stdout has the result. */
function tell({ surroundings }: Session, lines: readonly string[]): void {
  for (const line of lines) surroundings.stderr.write(`${line}\n`);
}
