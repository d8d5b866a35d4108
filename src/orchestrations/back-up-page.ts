import { type OrchestrationContext } from 'durable-functions';
import { type OrchestrationInputs, type OrchestrationResults } from '../contracts/orchestrations';
import { callAll, type Flow, rangesOf } from './calls';

/**
 * Backs up one page of a vault's inventory in small batches, an activity each: an activity costs the engine some 25 ms whatever it does, so
 * one per object would cap a run at 40 objects a second (docs/adr/0002).
 */
export function* backUpPage(context: OrchestrationContext): Flow<OrchestrationResults['backUpPage']> {
  const { first, end, batchSize, ...page } = context.df.getInput<OrchestrationInputs['backUpPage']>();
  try {
    const batches = rangesOf(first, end, batchSize).map((range) => ({ ...page, ...range }));
    const outcomes = yield* callAll(context, 'backUpObjects', batches);
    const failure = outcomes.find((outcome) => !outcome.ok);
    if (failure !== undefined) return failure;
    return { ok: true, cancelled: outcomes.some((outcome) => outcome.ok && outcome.cancelled) };
  } catch {
    return { ok: false, code: 'internal_error', retryable: false };
  }
}
