import { randomUUID } from 'node:crypto';
import { type Clock } from '../clock';
import { type DeletedPlan, type Plan, type PlanList, type PlanRecord, type PlanView } from '../contracts/plans';
import { changedMembers, keepsTiming, vaultOfPlan } from '../domain/plans';
import { StrongroomError } from '../errors';
import { type AuditTrail, type PlanLedger } from '../ledger/port';
import { type Asker, audited } from './audited';
import { type ProtectedVaults } from './protected-vaults';

/** What a caller knows of the plan that is to be changed: its revision is one of these, or any; or that there is none. */
export interface Expected {
  match?: readonly string[] | 'any' | undefined;
  noneMatch: boolean;
}

/** A change that somebody asks for. */
interface PlanChange {
  /** Short name. */
  vault: string;
  expected: Expected;
  /** Free text of the person who asks; it goes into the audit trail alone. */
  reason: string | undefined;
}

/** Plans as the API reads and changes them. */
export interface Plans {
  list(): Promise<PlanList>;
  /** `plan_not_found` if neither a plan nor the settings name the vault. */
  get(vault: string): Promise<PlanView>;
  /**
   * Makes a plan or changes it. `precondition_required` if there is one and the caller does not say which, `precondition_failed` if it is another one,
   * `invalid_request` if it is of another vault. The same plan again changes nothing.
   */
  put(asker: Asker, change: PlanChange & { plan: Plan }): Promise<PutPlan>;
  /** As `put`; `plan_not_found` if there is none. */
  remove(asker: Asker, change: PlanChange): Promise<DeletedPlan>;
}

/** A plan after it was put, and what that changed. */
interface PutPlan {
  view: PlanView;
  created: boolean;
  /** Names of the members. */
  changed: string[];
}

interface Deps {
  plans: PlanLedger;
  vaults: ProtectedVaults;
  audit: AuditTrail;
  clock: Clock;
}

/** Every change that is asked for leaves its trace in the audit trail, as `plan.put` or `plan.delete`. */
export function createPlans(deps: Deps): Plans {
  const { plans, vaults } = deps;
  return {
    async list() {
      const records = new Map((await plans.list()).map((record) => [record.vault, record]));
      const all = await vaults.all();
      return { plans: all.map(({ vault, plan }) => viewOf(vault.shortName, plan, records.get(vault.shortName))) };
    },

    async get(vault) {
      const planned = await vaults.get(vault);
      if (planned === undefined) throw planNotFound();
      return viewOf(vault, planned.plan, await plans.get(vault));
    },

    put: (asker, { vault, reason, ...change }) =>
      audited(
        deps,
        asker,
        { action: 'plan.put', subject: vault, reason },
        () => put(deps, asker.actor, { vault, ...change }),
        ({ created, changed }) => ({ created, changed: changed.join(',') }),
      ),

    remove: (asker, { vault, expected, reason }) =>
      audited(
        deps,
        asker,
        { action: 'plan.delete', subject: vault, reason },
        () => remove(deps, vault, expected),
        ({ stillProtected }) => ({ stillProtected }),
      ),
  };
}

async function put(
  { plans, clock }: Deps,
  actor: string,
  { vault, plan, expected }: Omit<PlanChange, 'reason'> & { plan: Plan },
): Promise<PutPlan> {
  if (vaultOfPlan(plan) !== vault)
    throw new StrongroomError('invalid_request', 'The `url` of the plan is that of another vault than the path names.');
  const before = await plans.get(vault);
  check(before, expected);
  const changed = changedMembers(before?.plan, plan);
  if (before !== undefined && changed.length === 0)
    return { view: viewOf(vault, plan, before), created: false, changed };
  const changedAt = clock.now().toISOString();
  const plannedSince = before !== undefined && keepsTiming(before.plan, plan) ? before.plannedSince : changedAt;
  const record: PlanRecord = { vault, plan, revision: randomUUID(), plannedSince, changedAt, changedBy: actor };
  if (!(await plans.put(record, before?.revision ?? null))) throw preconditionFailed();
  return { view: viewOf(vault, plan, record), created: before === undefined, changed };
}

async function remove({ plans, vaults }: Deps, vault: string, expected: Expected): Promise<DeletedPlan> {
  const before = await plans.get(vault);
  if (before === undefined) throw planNotFound();
  check(before, expected);
  if (!(await plans.remove(vault, before.revision))) throw preconditionFailed();
  return { vault, stillProtected: (await vaults.get(vault)) !== undefined };
}

function check(before: PlanRecord | undefined, { match, noneMatch }: Expected): void {
  const isOther = match !== undefined && match !== 'any' && !match.includes(before?.revision ?? '');
  const isMissing = match !== undefined && before === undefined;
  const isThere = noneMatch && before !== undefined;
  if (isOther || isMissing || isThere) throw preconditionFailed();
  if (before !== undefined && match === undefined) {
    throw new StrongroomError(
      'precondition_required',
      "There is a plan for this vault. Read it, and send its ETag in If-Match, so that nobody else's change is lost.",
    );
  }
}

function viewOf(vault: string, plan: Plan, record: PlanRecord | undefined): PlanView {
  return {
    vault,
    source: record === undefined ? 'settings' : 'plan',
    plan: record?.plan ?? plan,
    etag: record === undefined ? null : `"${record.revision}"`,
    changedAt: record?.changedAt ?? null,
    changedBy: record?.changedBy ?? null,
  };
}

function planNotFound(): StrongroomError {
  return new StrongroomError('plan_not_found', 'There is no plan for this vault. `strongroom plans list` shows them.');
}

function preconditionFailed(): StrongroomError {
  return new StrongroomError(
    'precondition_failed',
    'The plan is not as the caller expected: somebody else has changed, made or deleted it. Read it again; nothing was changed.',
  );
}
