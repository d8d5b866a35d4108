import { isDeepStrictEqual } from 'node:util';

import { type Action } from './action';
import { NonDeterminismError } from './decision';

/**
 * Compares the actions of a replay with those of the replay before, inputs included; Azure compares kinds and names only.
 * The error tells what has changed, and no payload.
 * @throws {NonDeterminismError}
 */
export function compareActions(before: readonly Action[], after: readonly Action[]): void {
  before.forEach((action, index) => {
    const now = after[index];
    if (now && asText(action) === asText(now)) return;
    const difference = now ? differingKey(action, now) : 'it is missing';
    if (difference === undefined) return;
    throw new NonDeterminismError(
      `Non-Deterministic workflow detected (strict): action ${index} (${label(action)}) is not what it was: ${difference}. ` +
        'Does it depend on time, randomness or input and output?',
    );
  });
}

/** Whether a timer is cancelled may change from replay to replay. */
function asText(value: unknown): string | undefined {
  return JSON.stringify(value, (key, part: unknown) => (key === 'isCanceled' ? undefined : part));
}

function differingKey(before: Action, after: Action): string | undefined {
  const key = [...new Set([...Object.keys(before), ...Object.keys(after)])].find(
    (one) => !isDeepStrictEqual(parsed(before[one]), parsed(after[one])) && one !== 'isCanceled',
  );
  return key === undefined ? undefined : `its ${key} has changed`;
}

function parsed(value: unknown): unknown {
  return JSON.parse(asText(value) ?? 'null');
}

function label(action: Action): string {
  const { functionName, externalEventName, actionType } = action;
  if (typeof functionName === 'string') return functionName;
  return typeof externalEventName === 'string' ? externalEventName : `type ${actionType}`;
}
