import { type Alerts } from '../alerts/port';
import { type ArchivePruner } from '../archive/port';
import { type Ledger } from '../ledger/port';
import { createDecidePruning } from './decide-pruning';
import { createDropLeftovers } from './drop-leftovers';
import { createDropSnapshots } from './drop-snapshots';
import { createFinishPruneRun } from './finish-prune-run';
import { type ActivityHandlers, type PruneActivity } from './handler';
import { createOpenPruneRun } from './open-prune-run';
import { type PruneDeps } from './prune-decisions';

/** The activities of the duty `prune` by name, made from the ports. */
export function createPruneActivities(
  ports: Omit<PruneDeps, 'runs' | 'uses'> & { pruner: ArchivePruner; alerts: Alerts; ledger: Ledger; version: string },
): Pick<ActivityHandlers, PruneActivity> {
  const deps = { ...ports, ...ports.ledger, catalog: ports.ledger.snapshots };
  return {
    openPruneRun: createOpenPruneRun(deps),
    decidePruning: createDecidePruning(deps),
    dropSnapshots: createDropSnapshots(deps),
    dropLeftovers: createDropLeftovers(deps),
    finishPruneRun: createFinishPruneRun(deps),
  };
}
