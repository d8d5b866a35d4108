import { odata } from '@azure/data-tables';
import { type Tier } from '../contracts/objects';
import { StrongroomError } from '../errors';
import { untilUncontended } from './contention';
import { type LedgerTable, type NewRow, type RowWrite, type StoredRow } from './ledger-table';
import { type Claim, type Claims } from './port';

const PARTITION = 'claims';
const BLOCK = 100;

/** A claim, and what the table holds for it. */
interface Wanted {
  rowKey: string;
  claim: Claim;
  row: StoredRow | undefined;
}

/**
 * Claims in the table `state`: one row per vault and tier, for ever; a claim that was given back is a row without a run. The SDK can make a
 * deletion in a transaction depend on nothing, a replacement on what was read.
 */
export function createClaims(table: LedgerTable): Claims {
  const release = async (claims: readonly Claim[]): Promise<void> => {
    for (const block of blocksOf(claims)) {
      await untilUncontended('state', async () => {
        const held = (await look(table, block)).filter(isHeld);
        const writes = held.map(({ claim, row }): RowWrite => ({
          replace: rowOf({ ...claim, runId: '' }, ''),
          etag: row.etag,
        }));
        return writes.length === 0 || (await table.transact(writes)) ? true : undefined;
      });
    }
  };

  return {
    release,

    async take(claims, now, until) {
      const blocks = blocksOf(claims);
      const before = await look(table, blocks.flat());
      const inTheWay = before.flatMap((wanted) => obstacle(wanted, now));
      if (inTheWay.length > 0) return inTheWay;
      const heldBefore = new Set(before.filter(isHeld).map(({ rowKey }) => rowKey));
      const taken: Claim[] = [];
      try {
        for (const block of blocks) {
          taken.push(...block.filter((claim) => !heldBefore.has(rowKeyOf(claim))));
          const obstacles = await takeBlock(table, block, now, until);
          if (obstacles.length === 0) continue;
          await release(taken);
          return obstacles;
        }
      } catch (error) {
        // What cannot be given back either expires.
        await release(taken).catch(() => undefined);
        throw error;
      }
      return [];
    },
  };
}

/** Takes up to 100 claims together, or tells who is in the way. Of several that try at once, the table lets one through; the others look again. */
function takeBlock(table: LedgerTable, block: readonly Claim[], now: string, until: string): Promise<Claim[]> {
  return untilUncontended('state', async () => {
    const wanted = await look(table, block);
    const obstacles = wanted.flatMap((one) => obstacle(one, now));
    if (obstacles.length > 0) return obstacles;
    const writes = wanted.map(({ claim, row }): RowWrite =>
      row === undefined
        ? { create: rowOf(claim, until) }
        : { replace: rowOf(claim, laterOf(claim, until, row)), etag: row.etag },
    );
    return (await table.transact(writes)) ? [] : undefined;
  });
}

/** What the table holds for these claims now. */
async function look(table: LedgerTable, claims: readonly Claim[]): Promise<Wanted[]> {
  const keys = claims.map(rowKeyOf);
  const [first, last] = [keys[0], keys.at(-1)];
  if (first === undefined || last === undefined) return [];
  const rows = await table.all(odata`PartitionKey eq ${PARTITION} and RowKey ge ${first} and RowKey le ${last}`);
  const found = new Map(rows.map((row) => [row.rowKey, row]));
  return claims.map((claim) => ({ rowKey: rowKeyOf(claim), claim, row: found.get(rowKeyOf(claim)) }));
}

/** In blocks by row key: whoever takes several blocks takes them in the same order as everybody else, so that of two one gets through. */
function blocksOf(claims: readonly Claim[]): Claim[][] {
  const byKey = new Map(claims.map((claim) => [rowKeyOf(claim), claim]));
  if (claims.some((claim) => byKey.get(rowKeyOf(claim))?.runId !== claim.runId)) {
    throw new StrongroomError('internal_error', 'Two runs cannot claim the same vault and tier together.');
  }
  const sorted = [...byKey.keys()].sort().flatMap((key) => byKey.get(key) ?? []);
  return Array.from({ length: Math.ceil(sorted.length / BLOCK) }, (_, index) =>
    sorted.slice(index * BLOCK, (index + 1) * BLOCK),
  );
}

function isHeld(wanted: Wanted): wanted is Wanted & { row: StoredRow } {
  return wanted.row?.['runId'] === wanted.claim.runId;
}

function obstacle({ claim, row }: Wanted, now: string): Claim[] {
  const runId = row?.['runId'];
  const isFree = typeof runId !== 'string' || runId === '' || runId === claim.runId;
  return isFree || hasPassed(row?.['until'], now) ? [] : [{ vault: claim.vault, tier: claim.tier, runId }];
}

function hasPassed(until: unknown, now: string): boolean {
  return !(typeof until === 'string' && Date.parse(until) > Date.parse(now));
}

/** A run that takes its claim again prolongs it, and never shortens it. */
function laterOf({ runId }: Claim, until: string, row: StoredRow): string {
  const before = row['until'];
  return row['runId'] === runId && typeof before === 'string' && !hasPassed(before, until) ? before : until;
}

function rowOf({ vault, tier, runId }: Claim, until: string): NewRow {
  return { partitionKey: PARTITION, rowKey: rowKeyOf({ vault, tier }), vault, tier, runId, until };
}

function rowKeyOf({ vault, tier }: { vault: string; tier: Tier }): string {
  return `${vault}-${tier}`;
}
