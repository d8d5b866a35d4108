import { type OrchestrationContext } from 'durable-functions';
import { type Outcome } from '../contracts/activities';
import { type HousePart, type HouseResult } from '../contracts/housekeeping';
import { type OrchestrationInputs, type OrchestrationResults } from '../contracts/orchestrations';
import { call, type Flow, PATIENT } from './calls';

type House = Omit<OrchestrationInputs['keepHouse'], 'parts'>;

/** Portions of a part in one housekeeping: a history stays small. What is left goes the next time, and an alert says so. */
const MOST_PORTIONS = 250;

/** Removes part by part what has had its time; one that fails stops no other. Begun anew, or twice, it removes what is left. */
export function* keepHouse(context: OrchestrationContext): Flow<OrchestrationResults['keepHouse']> {
  const { parts, ...house } = context.df.getInput<OrchestrationInputs['keepHouse']>();
  const results: HouseResult[] = [];
  for (const part of parts) results.push(yield* clear(context, house, part));
  return yield* call(context, 'finishHousekeeping', { ...house, results }, PATIENT);
}

function* clear(context: OrchestrationContext, house: House, part: HousePart): Flow<HouseResult> {
  let removed = 0;
  let after = '';
  for (let portion = 0; portion < MOST_PORTIONS; portion += 1) {
    const cleared: Outcome<{ removed: number; next: string | null }> = yield* call(context, 'clearAway', {
      ...house,
      part,
      after,
    });
    if (!cleared.ok) return { part, removed, code: cleared.code };
    removed += cleared.removed;
    if (cleared.next === null) return { part, removed, code: null };
    after = cleared.next;
  }
  return { part, removed, code: 'housekeeping_behind' };
}
