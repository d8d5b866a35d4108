import { randomBytes } from 'node:crypto';
import { type ListedObject, type ObjectKind, type ProtectedVault } from '../contracts/objects';
import { type BackupScope } from '../contracts/scopes';
import { isExcluded, isSelected } from '../domain/scopes';
import { StrongroomError } from '../errors';
import { type ObjectLedger, type RunLedger } from '../ledger/port';
import { type VaultReader } from '../vault/port';
import { type ActivityHandler } from './handler';
import { readTarget } from './read-target';

const ROWS_AT_ONCE = 1_000;

/**
 * Lists the objects of the vault that the run is to take, and those that its plan leaves out, into the ledger, sorted by kind and name. Each execution writes rows of its own and only the one that
 * the run's record and the orchestration name counts, so it may run twice, even at the same time.
 *
 * Azure permissions: `secrets/readMetadata/action`, `keys/read`, `certificates/read` on the vault.
 */
export function createTakeInventory(deps: {
  reader: VaultReader;
  objects: ObjectLedger;
  runs: RunLedger;
}): ActivityHandler<'takeInventory'> {
  const { reader, objects, runs } = deps;
  return async ({ runId }) => {
    const { source, scope } = await readTarget(runs, runId);
    const listed = await listVault(reader, source, scope);
    if (scope.select !== null && !listed.some(({ name }) => !isExcluded(scope, name))) {
      throw new StrongroomError(
        'nothing_selected',
        'No object of the vault that its plan lets through fits the names that were given for this run.',
      );
    }
    const inventory = `${runId}-${randomBytes(4).toString('hex')}`;
    for (let first = 0; first < listed.length; first += ROWS_AT_ONCE) {
      await objects.add(inventory, first, listed.slice(first, first + ROWS_AT_ONCE));
    }
    await runs.change(runId, { inventory, total: listed.length });
    return { inventory, total: listed.length };
  };
}

/** The pages of one kind can only be had one after the other; the kinds are listed at the same time. */
async function listVault(reader: VaultReader, vault: ProtectedVault, scope: BackupScope): Promise<ListedObject[]> {
  const found = new Map<string, ListedObject>();
  const list = async (kind: ObjectKind): Promise<void> => {
    for await (const object of reader.listObjects(vault.url, kind)) {
      if (isSelected(scope, object.name)) found.set(sortKey(object), object);
    }
  };
  const listings = scope.kinds.map(list);
  // Waits for all before it throws, so that nothing of this execution goes on behind a second one.
  await Promise.allSettled(listings);
  await Promise.all(listings);
  return [...found.keys()].sort().flatMap((key) => found.get(key) ?? []);
}

/** Names are compared without regard to case. No character of a name sorts before the space. */
function sortKey({ kind, name }: ListedObject): string {
  return `${kind} ${name.toLowerCase()}`;
}
