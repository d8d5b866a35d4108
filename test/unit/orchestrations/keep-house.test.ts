import { type OrchestrationContext } from 'durable-functions';
import { type HousePart } from '../../../src/contracts/housekeeping';
import { keepHouse } from '../../../src/orchestrations/keep-house';

const INPUT = { houseId: 'house-20261122T050000Z', correlationId: 'c-1', asOf: '2026-11-22T05:00:00.000Z' };

/** Runs the flow to its end with activities that answer at once; their names and inputs in order. */
function play(
  parts: HousePart[],
  answer: (part: string, after: string) => object,
): { name: string; input: Record<string, unknown> }[] {
  const called: { name: string; input: Record<string, unknown> }[] = [];
  const context = {
    df: {
      getInput: () => ({ ...INPUT, parts }),
      callActivity: (name: string, input: Record<string, unknown>) => {
        called.push({ name, input });
        const result =
          name === 'clearAway' ? answer(String(input['part']), String(input['after'])) : { ok: true, failed: 0 };
        return { isCompleted: true, result };
      },
      Task: { all: (tasks: unknown[]) => tasks },
    },
  } as unknown as OrchestrationContext;
  const flow = keepHouse(context);
  while (flow.next().done !== true);
  return called;
}

test('a part that has more than one housekeeping can do is left for the next, and stops no other', () => {
  const called = play(['object_rows', 'runs', 'audit'], (part, after) => {
    if (part === 'object_rows') return { ok: true, removed: 2, next: `${Number(after) + 1}` };
    if (part === 'runs') return { ok: false, code: 'ledger_refused', retryable: false };
    return { ok: true, removed: 7, next: null };
  });
  const portions = called.filter(({ input }) => input['part'] === 'object_rows').map(({ input }) => input['after']);
  expect(portions.slice(0, 3)).toEqual(['', '1', '2']);
  expect(portions).toHaveLength(250);
  expect(called.at(-1)).toEqual({
    name: 'finishHousekeeping',
    input: {
      ...INPUT,
      results: [
        { part: 'object_rows', removed: 500, code: 'housekeeping_behind' },
        { part: 'runs', removed: 0, code: 'ledger_refused' },
        { part: 'audit', removed: 7, code: null },
      ],
    },
  });
});
