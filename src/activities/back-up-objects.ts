import { type Clock } from '../clock';
import { type SnapshotSealer } from '../crypto/port';
import { hasEnded } from '../contracts/runs';
import { snapshotPlace } from '../domain/ids';
import { isExcluded } from '../domain/scopes';
import { type ErrorCode, StrongroomError } from '../errors';
import { type ObjectLedger, type ObjectRow, type RunLedger } from '../ledger/port';
import { type VaultReader } from '../vault/port';
import { backUpObject, type HandledObject } from './back-up-object';
import { type ActivityHandler } from './handler';
import { targetOf } from './read-target';
import { RotationPolicies } from './rotation-policies';
import { type BackupTarget } from './stored-object';

interface Deps {
  reader: VaultReader;
  sealer: SnapshotSealer;
  objects: ObjectLedger;
  runs: RunLedger;
  clock: Clock;
}

/**
 * Backs up a batch of the inventory, all objects at once; then records the outcomes together. What is wrong with one object is that
 * object's outcome. What is wrong with the archive, the ledger or the whole vault fails the batch, which is then tried again.
 *
 * May run twice, even at the same time: objects that have an outcome are not touched again, blobs have random ids, and the ledger lets only the
 * first execution record the batch; what the slower one stored is an orphan.
 *
 * Azure permissions: `{secrets,keys,certificates}/backup/action`, the reads of the inventory, `keyrotationpolicies/read`, for portable payloads `secrets/getSecret/action`; `blobs/add/action` and `blobs/read` on the archive.
 */
export function createBackUpObjects(deps: Deps): ActivityHandler<'backUpObjects'> {
  const { objects, runs } = deps;
  return async ({ runId, vault, tier, inventory, first, end, recipients }) => {
    const run = await runs.get(runId);
    // Ended: another run took the place of one that nobody seemed to execute.
    if (run !== undefined && (run.cancelRequestedAt !== null || hasEnded(run.status)))
      return { cancelled: true, failed: 0 };

    const rows = await objects.read(inventory, first, end);
    if (rows.length !== end - first)
      throw new StrongroomError('ledger_refused', 'The ledger lost rows of this run. Start another run.');
    if (rows.every(isHandled)) return { cancelled: false, failed: countFailed(rows) };

    const { source, scope } = targetOf(run);
    const target: BackupTarget = {
      vault: source,
      place: snapshotPlace(tier, vault, runId),
      recipients,
      scope,
      rotationPolicies: new RotationPolicies(deps.reader, source.url),
    };
    const handled = await settleAll(
      rows.map((row): Promise<HandledObject> => {
        if (isHandled(row)) return Promise.resolve({ row, dataKeys: [] });
        if (isExcluded(scope, row.name)) return Promise.resolve({ row: { ...row, outcome: 'excluded' }, dataKeys: [] });
        return backUpObject(deps, target, row);
      }),
    );
    refuseDeadVault(handled.map(({ row }) => row));
    return { cancelled: false, failed: countFailed(await recordOnce(objects, inventory, { first, end }, handled)) };
  };
}

/** Waits for all before it throws what one of them threw, so that nothing of this execution goes on behind a second one. */
async function settleAll(tasks: readonly Promise<HandledObject>[]): Promise<HandledObject[]> {
  await Promise.allSettled(tasks);
  return Promise.all(tasks);
}

const DEAD_VAULT_CODES: ReadonlySet<string> = new Set<ErrorCode>([
  'vault_unreachable',
  'vault_unavailable',
  'vault_unauthorized',
]);

/** A vault from which several objects were wanted and none came, all for a reason that is the vault's: that is no verdict on the objects. */
function refuseDeadVault(rows: readonly ObjectRow[]): void {
  const asked = rows.filter(({ managed, outcome }) => !managed && outcome !== 'excluded');
  const [code] = asked.map((row) => row.code);
  if (
    asked.length < 2 ||
    code === undefined ||
    code === null ||
    !DEAD_VAULT_CODES.has(code) ||
    asked.some((row) => row.code !== code || row.payloads.length > 0)
  )
    return;
  throw new StrongroomError(code as ErrorCode, 'The vault did not serve a single object of this batch.', {
    retryable: code !== 'vault_unauthorized',
  });
}

/** Records the batch, unless another execution was faster: then that one's outcomes count. Returns what the ledger holds. */
async function recordOnce(
  objects: ObjectLedger,
  inventory: string,
  range: { first: number; end: number },
  handled: readonly HandledObject[],
): Promise<ObjectRow[]> {
  const rows = handled.map(({ row }) => row);
  const dataKeys = new Map(handled.flatMap((object) => object.dataKeys.map((dataKey) => [dataKey.id, dataKey])));
  try {
    await objects.recordBatch(inventory, rows, [...dataKeys.values()]);
    return rows;
  } catch (error) {
    if (!(error instanceof StrongroomError) || error.code !== 'ledger_conflict') throw error;
    const recorded = await objects.read(inventory, range.first, range.end);
    if (!recorded.every(isHandled)) {
      throw new StrongroomError(error.code, 'Another execution has recorded a part of this batch.', {
        retryable: true,
        cause: error,
      });
    }
    return recorded;
  }
}

function isHandled({ outcome }: ObjectRow): boolean {
  return outcome !== null;
}

function countFailed(rows: readonly ObjectRow[]): number {
  return rows.filter(({ outcome }) => outcome === 'failed').length;
}
