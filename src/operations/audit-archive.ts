import { type AlertContext, type Alerts } from '../alerts/port';
import { type ContainerFlags } from '../archive/port';
import { type Clock } from '../clock';
import {
  type AuditedContainer,
  type ContainerReading,
  type PolicyAudit,
  policyFindingCodes,
} from '../contracts/archive-policies';
import { type ErrorCode } from '../contracts/error-codes';
import { type Tier, tiers } from '../contracts/objects';
import { type ContainerPolicies } from '../control-plane/port';
import { daysOfRetention, judgeContainer, longestPromise } from '../domain/archive-policies';
import { type Retention } from '../domain/retention';
import { StrongroomError } from '../errors';
import { type PolicyAuditLedger, type SnapshotCatalog, type SnapshotRecord } from '../ledger/port';

/** What an audit of the archive's policies works with. */
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
/** An audit that was made so lately, of the same settings, is not made again because another instance of the app started. */
const FRESH_MS = 10 * 60_000;

/**
 * Compares the containers with the settings and with what is stored, keeps what it found, and raises or clears an alert for each container and finding. May run
 * twice, and beside itself: it only looks, and the later one counts. Throws `ledger_*` only: what cannot be read is a finding.
 */
export async function auditArchive(
  deps: ArchiveAuditDeps,
  context: AlertContext,
  correlationId: string,
): Promise<PolicyAudit> {
  const before = await deps.policyAudits.latest();
  const startedAt = deps.clock.now();
  const at = startedAt.toISOString();
  const audited: AuditedContainer[] = [];
  for (const tier of tiers) audited.push(await look(deps, tier, startedAt));

  for (const { container, tier, findings, absent } of await judged(audited)) {
    for (const { code, severity } of findings) {
      const condition = { kind: KIND, subject: `${container}/${code}`, occurrence: at, tier, code, severity } as const;
      await deps.alerts.raise(context, { ...condition, correlationId });
    }
    for (const code of absent) await deps.alerts.clear(context, { kind: KIND, subject: `${container}/${code}` }, at);
  }
  await clearForgotten(deps, context, before, at);
  const audit = { at, basis: basisOf(deps), containers: audited };
  await deps.policyAudits.put(audit);
  const found = audited.flatMap(({ findings }) => findings).length;
  context.log(found === 0 ? 'info' : 'warn', 'archive_audited', { findings: found, correlationId });
  return audit;
}
