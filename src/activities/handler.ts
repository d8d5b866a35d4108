import { type ActivityInput, type ActivityName, type ActivityResults } from '../contracts/activities';
import { type OrchestrationClient } from '../contracts/orchestration-client';
import { type Log } from '../log';

/** What an activity gets beside its input. */
export interface ActivityContext {
  log: Log;
  /** The durable client, for activities that are registered with it. */
  orchestrations: () => OrchestrationClient;
}

/**
 * One unit of outside work. It resolves to its results, or throws `StrongroomError`; the registration turns that into a `Failure`, logs it,
 * and lets nothing else into the durable history.
 */
export type ActivityHandler<N extends ActivityName> = (
  input: ActivityInput<N>,
  context: ActivityContext,
) => Promise<ActivityResults[N]>;

/** A handler for every activity. */
export type ActivityHandlers = { [N in ActivityName]: ActivityHandler<N> };

/** The activities of the duty `prune`. */
export const pruneActivities = [
  'openPruneRun',
  'decidePruning',
  'dropSnapshots',
  'dropLeftovers',
  'finishPruneRun',
] as const satisfies readonly ActivityName[];
export type PruneActivity = (typeof pruneActivities)[number];
