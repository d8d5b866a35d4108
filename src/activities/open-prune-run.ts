import { type Archive } from '../archive/port';
import { type Clock } from '../clock';
import { type Tier, tiers } from '../contracts/objects';
import { type PruneDecision } from '../contracts/pruning';
import { hasEnded } from '../contracts/runs';
import { isVaultFolder } from '../domain/archive-paths';
import { isDateFolder } from '../domain/ids';
import { newPruneRun } from '../domain/run-records';
import { inParallel } from '../in-parallel';
import { type PruneDecisions, type RunLedger } from '../ledger/port';
import { type ActivityHandler } from './handler';

const LISTED_AT_ONCE = 8;
const RECORDS = 'records';

/**
 * Creates the record of a prune run and looks whose snapshots the archive holds, protected or not; what belongs to no vault is written down and left
 * alone. May run twice: a record that is there is left as it is. Needs `blobs/read`.
 */
export function createOpenPruneRun(deps: {
  runs: RunLedger;
  pruneDecisions: PruneDecisions;
  archive: Archive;
  clock: Clock;
}): ActivityHandler<'openPruneRun'> {
  const { runs, pruneDecisions, archive, clock } = deps;
  return async (input) => {
    await runs.create(newPruneRun(input));
    const run = await runs.get(input.runId);
    if (run === undefined || hasEnded(run.status)) return { proceed: false, targets: [], unattributed: 0 };
    await runs.change(input.runId, { status: 'running', startedAt: run.startedAt ?? clock.now().toISOString() });
    const targets: { vault: string; tier: Tier }[] = [];
    const strange: PruneDecision[] = [];
    for (const tier of tiers) {
      const { vaults, others } = await lookAround(archive, tier);
      targets.push(...vaults.map((vault) => ({ vault, tier })));
      strange.push(
        ...others.map((subject): PruneDecision => ({
          ...{
            vault: null,
            tier,
            subject,
            sequence: null,
            decision: 'keep',
            reason: 'unattributed',
            retainUntil: null,
          },
        })),
      );
    }
    await pruneDecisions.put(input.runId, strange);
    return { proceed: true, targets, unattributed: strange.length };
  };
}

/** The vaults with anything in a tier, and the paths of folders and blobs that belong to none. */
async function lookAround(archive: Archive, tier: Tier): Promise<{ vaults: string[]; others: string[] }> {
  const vaults = new Set<string>();
  const others = await archive.listFiles(tier, '');
  await inParallel(await archive.listFolders(tier, ''), LISTED_AT_ONCE, async (top) => {
    if (top !== RECORDS && !isDateFolder(tier, top)) {
      others.push(`${top}/`);
      return;
    }
    others.push(...(await archive.listFiles(tier, `${top}/`)).map((name) => `${top}/${name}`));
    for (const name of await archive.listFolders(tier, `${top}/`)) {
      if (isVaultFolder(name)) vaults.add(name);
      else others.push(`${top}/${name}/`);
    }
  });
  return { vaults: [...vaults].sort(), others: others.sort() };
}
