import { type OrchestrationHandler } from 'durable-functions';
import { DummyOrchestrationContext, createOrchestrator } from 'durable-functions/lib/src/util/testingUtils';
import { backUpEstate } from '../../src/orchestrations/back-up-estate';
import { backUpPage } from '../../src/orchestrations/back-up-page';
import { backUpVault } from '../../src/orchestrations/back-up-vault';
import { deliverAlert } from '../../src/orchestrations/deliver-alert';
import { keepHouse } from '../../src/orchestrations/keep-house';
import { pruneArchive } from '../../src/orchestrations/prune-archive';
import { pruneVault } from '../../src/orchestrations/prune-vault';

export const orchestrations: Record<string, OrchestrationHandler> = {
  backUpEstate,
  backUpVault,
  backUpPage,
  deliverAlert,
  keepHouse,
  pruneArchive,
  pruneVault,
};

export interface HistoryEvent {
  EventType: number;
  EventId: number;
  Name?: string;
  [field: string]: unknown;
}
export interface Recorded {
  name: string;
  instanceId: string;
  status: string;
  input: unknown;
  output: unknown;
  history: HistoryEvent[];
}
export interface Answer {
  isDone: boolean;
  output?: unknown;
  actions: Action[][];
}
interface Action {
  actionType: number;
  functionName?: string;
  compoundActions?: Action[];
}

const ACTION_KINDS: ReadonlyMap<number, string> = new Map([
  [0, 'activity'],
  [2, 'orchestration'],
  [5, 'timer'],
]);

/** One turn of an orchestration, by the real durable SDK. */
export async function replay(
  { name, instanceId, input }: Pick<Recorded, 'name' | 'instanceId' | 'input'>,
  history: HistoryEvent[],
): Promise<Answer> {
  const run = createOrchestrator(orchestrations[name]!);
  const trigger = {
    history: structuredClone(history),
    input,
    instanceId,
    isReplaying: true,
    parentInstanceId: null,
    upperSchemaVersion: 1,
    upperSchemaVersionNew: 2,
    longRunningTimerIntervalDuration: '3.00:00:00',
    maximumShortTimerDuration: '6.00:00:00',
    defaultHttpAsyncRequestSleepTimeMillseconds: 30_000,
  };
  const context = new DummyOrchestrationContext(name, 'replay', () => undefined);
  return JSON.parse(JSON.stringify(await run(trigger, context))) as Answer;
}

/** What the orchestration asked for, in order: a compound action asks for its parts. */
export function asked(actions: Action[]): string[] {
  return actions.flatMap((action) =>
    action.compoundActions === undefined
      ? [`${ACTION_KINDS.get(action.actionType) ?? `action ${action.actionType}`} ${action.functionName ?? ''}`]
      : asked(action.compoundActions),
  );
}
