import { type ArchiveContainerView, type ArchiveView, type RetentionPolicy } from '../contracts/archive-policies';
import { type PrintStyle } from './print-run';
import { renderFacts, renderTable } from './print-table';
import { formatTime } from './print-time';
import { type ContainerState, type LegalHold } from './storage-account';

/** The archive's containers: what is wanted, what is, and what is wrong with that. */
export function renderArchive(view: ArchiveView, { paint, now }: PrintStyle): string[] {
  const rows = view.containers.map((container) => [
    container.tier,
    container.container,
    daysText(container.requiredDays),
    daysText(container.found?.storedDays ?? null),
    policyCell(container),
    container.found?.legalHolds?.join(', ') || (container.found?.hasLegalHold === true ? 'yes' : '-'),
  ]);
  const titles = ['TIER', 'CONTAINER', 'RETENTION', 'LONGEST STORED', 'POLICY', 'LEGAL HOLDS'];
  const findings = view.containers.flatMap(({ container, found }) =>
    (found?.findings ?? []).map(({ code, severity, required, actual, cause }) => {
      const days =
        required === null ? '' : `: ${daysText(required)} wanted, ${actual === null ? 'none' : actual} there`;
      const facts = cause === null ? days : ` (${cause})`;
      return paint.outcome(false, `  ${severity} ${container}: ${code}${facts}`);
    }),
  );
  return [
    ...renderFacts([
      ['account', view.resourceId ?? '- (ARCHIVE_RESOURCE_ID is not set)'],
      ['looked at', view.auditedAt === null ? 'never' : formatTime(view.auditedAt, now)],
    ]),
    '',
    ...renderTable(
      titles.map((title) => ({ title })),
      rows,
    ),
    '',
    ...(findings.length > 0 ? findings : [view.auditedAt === null ? 'Nobody has looked yet.' : 'Nothing is wrong.']),
  ];
}

function policyCell({ found }: ArchiveContainerView): string {
  if (found === null || found.hasPolicy === null) return '?';
  if (found.policy !== null) return policyText(found.policy);
  return found.hasPolicy ? 'there is one' : 'none';
}

/** `locked, 30 days, may be extended 5 times`. */
export function policyText(policy: RetentionPolicy): string {
  const { days, locked, protectedAppend, extensionsLeft } = policy;
  return [
    locked ? 'locked' : 'unlocked',
    daysText(days),
    ...(extensionsLeft === null ? [] : [`may be extended ${timesText(extensionsLeft)}`]),
    ...(protectedAppend ? ['blobs may grow'] : []),
  ].join(', ');
}

/** Everything about one container. */
export function renderContainer(account: string, container: string, { policy, holds }: ContainerState): string[] {
  return renderFacts([
    ['account', account],
    ['container', container],
    ['policy', policy === null ? 'none' : policyText(policy)],
    ['legal holds', holds.length === 0 ? 'none' : holds.map(({ tag }) => tag).join(', ')],
  ]);
}

/** A line per hold. */
export function renderHolds(holds: readonly LegalHold[], { now }: PrintStyle): string[] {
  if (holds.length === 0) return ['No legal holds.'];
  const rows = holds.map(({ tag, since, by }) => [tag, formatTime(since, now), by ?? '-']);
  return renderTable([{ title: 'TAG' }, { title: 'SINCE' }, { title: 'BY' }], rows);
}

/** What locking means, in plain words. */
export function lockWarning(container: string, days: number): string[] {
  return [
    `Locking the policy of ${container} at ${daysText(days)} CANNOT BE UNDONE, by nobody: not by you, not by an owner of the subscription, not by Microsoft.`,
    `  - No blob in the container, of now or of later, can be changed or deleted before it is ${daysText(days)} old.`,
    '  - The policy can never be removed or shortened. It can be lengthened, five times in all.',
    '  - Neither the container nor its storage account can be deleted while blobs are in it.',
    '  - The storage goes on to cost money for that long, whatever becomes of the vaults.',
  ];
}

/** What extending means. */
export function extensionWarning(container: string, from: number, to: number, left: number): string[] {
  return [
    `Extending the policy of ${container} from ${daysText(from)} to ${daysText(to)} CANNOT BE UNDONE.`,
    `  - It holds for the blobs that are there, too: none can be deleted before it is ${daysText(to)} old.`,
    `  - A locked policy can be extended five times in all. Left: ${timesText(left)}; after this one: ${timesText(left - 1)}.`,
  ];
}

/** How many times, in words. */
function timesText(times: number): string {
  if (times <= 0) return 'never again';
  return times === 1 ? 'once' : `${times} times`;
}

function daysText(days: number | null): string {
  return days === null ? '-' : `${days} day${days === 1 ? '' : 's'}`;
}
