import { type AlertContext, type Alerts } from '../alerts/port';
import { type ContainerFlags } from '../archive/port';
import { type Clock } from '../clock';
import {
  type ArchiveView,
  type AuditedContainer,
  type ContainerReading,
  type PolicyAudit,
  type PolicyFindingCode,
  policyFindingCodes,
} from '../contracts/archive-policies';
import { type ErrorCode } from '../contracts/error-codes';
import { type Tier, tiers } from '../contracts/objects';
import { type ContainerPolicies } from '../control-plane/port-container-policies';
import { daysOfRetention, judgeContainer, longestPromise } from '../domain/archive-policies';
import { type Retention } from '../domain/retention';
import { StrongroomError } from '../errors';
import { type SnapshotCatalog } from '../ledger/port';
import { type PolicyAuditLedger } from '../ledger/port-policy-audits';
import { type Asker, audited } from './audited';
import { type Firing } from './firing';

/** What audits of the archive's policies work with. */
export interface ArchiveAuditDeps {
  policyAudits: PolicyAuditLedger;
  snapshots: SnapshotCatalog;
  /** `undefined`: the settings do not say which storage account it is. */
  containerPolicies: ContainerPolicies | undefined;
  containerFlags: ContainerFlags;
  alerts: Alerts;
  clock: Clock;
  retention: Retention;
  archive: { containers: Readonly<Record<Tier, string>>; resourceId?: string };
}

const KIND = 'archive_policy_trouble';
const PAGE = 200;
/** An audit made so lately with the same settings is not made again because another instance of the app has started. */
const FRESH_MS = 10 * 60_000;

/**
 * Compares the containers with the settings and with what is stored, keeps what it found, and raises or clears an alert for each container and finding. May run
 * twice, and beside itself: it only looks, and the later one counts. Throws `ledger_*` only: what cannot be read is a finding.
 */
async function auditArchive(
  deps: ArchiveAuditDeps,
  context: AlertContext,
  correlationId: string,
): Promise<PolicyAudit> {
  const before = await deps.policyAudits.latest();
  const at = deps.clock.now().toISOString();
  const containers: AuditedContainer[] = [];
  for (const tier of tiers) {
    const { container, absent } = await look(deps, tier);
    containers.push(container);
    await tell(deps, context, { container, absent, at, correlationId });
  }
  // Containers that the settings no longer name are nobody's trouble.
  for (const { container: name } of before?.containers ?? [])
    if (!containers.some(({ container }) => container === name))
      await clear(deps, context, name, policyFindingCodes, at);

  const audit = { at, basis: basisOf(deps), containers };
  // Last, so that an audit that broke off is made again.
  await deps.policyAudits.put(audit);
  const findings = containers.flatMap((container) => container.findings).length;
  context.log(findings === 0 ? 'info' : 'warn', 'archive_audited', { findings, correlationId });
  return audit;
}

/**
 * The same by the timer, which also fires whenever an instance of the app starts: unless another one has just done it with the same settings. Two
 * that start together may both do it, which does no harm.
 */
export async function auditArchiveIfDue(
  deps: ArchiveAuditDeps,
  { orchestrations, correlationId, log }: Firing,
): Promise<void> {
  const latest = await deps.policyAudits.latest();
  const age = deps.clock.now().getTime() - Date.parse(latest?.at ?? '');
  if (latest?.basis === basisOf(deps) && age >= 0 && age < FRESH_MS) return;
  await auditArchive(deps, { log, orchestrations: () => orchestrations }, correlationId);
}

/** The archive as the API shows it. */
export interface ArchiveOperations {
  /** What the settings want, and what the last audit found. Looks at the ledger alone. */
  show(): Promise<ArchiveView>;
  /** Looks at the containers now. Audited as `archive.audit`. */
  audit(asker: Asker): Promise<ArchiveView>;
}

/** Makes the operations. They throw `ledger_*`. */
export function createArchiveOperations(deps: ArchiveAuditDeps & Parameters<typeof audited>[0]): ArchiveOperations {
  return {
    show: async () => view(deps, await deps.policyAudits.latest()),
    audit: async (asker) => {
      const change = { action: 'archive.audit', subject: 'archive' };
      return view(deps, await audited(deps, asker, change, () => auditArchive(deps, asker, asker.correlationId)));
    },
  };
}

function view({ archive, retention }: ArchiveAuditDeps, audit: PolicyAudit | undefined): ArchiveView {
  return {
    resourceId: archive.resourceId ?? null,
    auditedAt: audit?.at ?? null,
    containers: tiers.map((tier) => {
      const container = archive.containers[tier];
      const known = audit?.containers.find((other) => other.tier === tier && other.container === container);
      const { tier: _tier, container: _container, requiredDays: _days, ...found } = known ?? {};
      return {
        ...{ tier, container, requiredDays: daysOfRetention(tier, retention) },
        found: known === undefined ? null : (found as Omit<AuditedContainer, 'tier' | 'container' | 'requiredDays'>),
      };
    }),
  };
}

interface Look {
  container: AuditedContainer;
  /** What is certainly not wrong. */
  absent: PolicyFindingCode[];
}

async function look(deps: ArchiveAuditDeps, tier: Tier): Promise<Look> {
  const reading = await read(deps, tier);
  const requiredDays = daysOfRetention(tier, deps.retention);
  const storedDays = await promisedDays(deps, tier);
  const { findings, absent } = judgeContainer(reading, { requiredDays, storedDays });
  const container = deps.archive.containers[tier];
  return { container: { tier, container, ...reading, requiredDays, storedDays, findings }, absent };
}

/** From the control plane; if that does not tell, what the data plane knows. */
async function read(
  { containerPolicies, containerFlags, archive }: ArchiveAuditDeps,
  tier: Tier,
): Promise<ContainerReading> {
  let unread: ErrorCode = 'archive_id_not_set';
  try {
    if (containerPolicies !== undefined) {
      const state = await containerPolicies.read(archive.containers[tier]);
      return { ...state, hasPolicy: state.policy !== null, hasLegalHold: state.legalHolds.length > 0 };
    }
  } catch (error) {
    unread = codeOf(error);
  }
  const nothing = { policy: null, legalHolds: null, versioning: null, unread };
  try {
    return { ...nothing, ...(await containerFlags.read(tier)) };
  } catch (error) {
    codeOf(error);
    return { ...nothing, hasPolicy: null, hasLegalHold: null };
  }
}

/** Throws what is no failure of a service. */
function codeOf(error: unknown): ErrorCode {
  if (error instanceof StrongroomError && error.code !== 'internal_error') return error.code;
  throw error;
}

async function promisedDays({ snapshots, clock }: ArchiveAuditDeps, tier: Tier): Promise<number | null> {
  const now = clock.now();
  let longest: number | null = null;
  let continuation: string | undefined;
  do {
    const page = await snapshots.list({ tier }, PAGE, continuation);
    const days = longestPromise(page.items, now);
    if (days !== null) longest = Math.max(longest ?? 0, days);
    continuation = page.continuation ?? undefined;
  } while (continuation !== undefined);
  return longest;
}

async function tell(
  deps: ArchiveAuditDeps,
  context: AlertContext,
  { container: { container, tier, findings }, absent, at, correlationId }: Look & { at: string; correlationId: string },
): Promise<void> {
  for (const { code, severity } of findings) {
    const condition = { kind: KIND, subject: `${container}/${code}`, occurrence: at, tier, code, severity } as const;
    await deps.alerts.raise(context, { ...condition, correlationId });
  }
  await clear(deps, context, container, absent, at);
}

async function clear(
  { alerts }: ArchiveAuditDeps,
  context: AlertContext,
  container: string,
  codes: readonly PolicyFindingCode[],
  at: string,
): Promise<void> {
  for (const code of codes) await alerts.clear(context, { kind: KIND, subject: `${container}/${code}` }, at);
}

/** What an audit is compared with by the settings: with others, it has to be made again. */
function basisOf({ archive, retention }: ArchiveAuditDeps): string {
  const { containers, resourceId = '' } = archive;
  return [resourceId, containers.daily, retention.dailyDays, containers.monthly, retention.monthlyMonths].join(' ');
}
