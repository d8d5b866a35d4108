import { randomBytes } from 'node:crypto';
import { type ListedObject, type ObjectKind, objectKinds, type ProtectedVault } from '../contracts/objects';
import { StrongroomError } from '../errors';
import { type ObjectLedger, type RunLedger } from '../ledger/port';
import { type VaultReader } from '../vault/port';
import { type ActivityHandler } from './handler';

const ROWS_AT_ONCE = 1_000;

/**
 * Lists all objects of the vault into the ledger, sorted by kind and name. Each execution writes rows of its own and only the one that
 * the run's record and the orchestration name counts, so it may run twice, even at the same time.
 *
 * Azure permissions: `secrets/readMetadata/action`, `keys/read`, `certificates/read` on the vault.
 */
export function createTakeInventory(deps: {
  vaults: ReadonlyMap<string, ProtectedVault>;
  reader: VaultReader;
  objects: ObjectLedger;
  runs: RunLedger;
}): ActivityHandler<'takeInventory'> {
  const { vaults, reader, objects, runs } = deps;
  return async ({ runId, vault }) => {
    const listed = await listVault(reader, protectedVault(vaults, vault));
    const inventory = `${runId}-${randomBytes(4).toString('hex')}`;
    for (let first = 0; first < listed.length; first += ROWS_AT_ONCE) {
      await objects.add(inventory, first, listed.slice(first, first + ROWS_AT_ONCE));
    }
    await runs.change(runId, { inventory, total: listed.length });
    return { inventory, total: listed.length };
  };
}

/** The vault of that short name, as the settings have it; `unknown_vault` if it was removed from them since the run was asked for. */
export function protectedVault(vaults: ReadonlyMap<string, ProtectedVault>, shortName: string): ProtectedVault {
  const vault = vaults.get(shortName);
  if (vault === undefined)
    throw new StrongroomError(
      'unknown_vault',
      'This vault is not among PROTECTED_VAULTS. Add it there, or leave it out.',
    );
  return vault;
}

/** The pages of one kind can only be had one after the other; the kinds are listed at the same time. */
async function listVault(reader: VaultReader, vault: ProtectedVault): Promise<ListedObject[]> {
  const found = new Map<string, ListedObject>();
  const list = async (kind: ObjectKind): Promise<void> => {
    for await (const object of reader.listObjects(vault.url, kind)) found.set(sortKey(object), object);
  };
  const listings = objectKinds.map(list);
  // Waits for all before it throws, so that nothing of this execution goes on behind a second one.
  await Promise.allSettled(listings);
  await Promise.all(listings);
  return [...found.keys()].sort().flatMap((key) => found.get(key) ?? []);
}

/** Names are compared without regard to case. No character of a name sorts before the space. */
function sortKey({ kind, name }: ListedObject): string {
  return `${kind} ${name.toLowerCase()}`;
}
