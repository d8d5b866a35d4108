import { type Decision } from './decision';
import { type HubStore } from './hub-store';
import { hasEnded, type InstanceRecord, type Message } from './instance';
import { type LiveInstance } from './live-instance';
import { type Ending, type Turn } from './orchestration-turn';
import { jsonText } from './payloads';
import { startedEvent, subOrchestrationFailure, subOrchestrationOutcome } from './start-and-end-events';

/** A message that the store holds, with the instance that it goes to. */
export interface Delivery {
  record: InstanceRecord;
  message: Message;
}

/** Where time and ids come from. */
export interface CommitOptions {
  now: number;
  newExecutionId: () => string;
}

/** What a turn has changed in the store, for the memory to follow. */
export interface CommittedTurn {
  record: InstanceRecord;
  deliveries: Delivery[];
}

/**
 * Writes a turn to the store: takes its messages out of the inbox, keeps its events, begins its sub-orchestrations, tells
 * its parent. Call it in a transaction.
 */
export function commitTurn(
  store: HubStore,
  live: LiveInstance,
  taken: readonly Message[],
  turn: Turn,
  options: CommitOptions,
): CommittedTurn {
  store.takeMessages(taken);
  const record = recordAfter(live.record, turn, options);
  store.updateInstance(record);
  const deliveries = turn.decisions.flatMap((decision) => beginSubOrchestration(store, record, decision, options));
  if (turn.ending?.status === 'ContinuedAsNew') {
    store.renewExecution(record);
    const message = store.post(record.instanceId, record.executionId, startedEvent(record));
    deliveries.push({ record, message });
  } else {
    store.appendHistory(record.instanceId, live.history.length, turn.events);
    if (turn.ending) deliveries.push(...tellParent(store, record, turn.ending));
  }
  return { record, deliveries };
}

function recordAfter(record: InstanceRecord, turn: Turn, options: CommitOptions): InstanceRecord {
  const after = { ...record, customStatus: turn.customStatus, updatedAt: options.now };
  const { ending } = turn;
  if (!ending) return { ...after, status: turn.suspended ? 'Suspended' : 'Running' };
  if (ending.status === 'ContinuedAsNew')
    return { ...after, status: 'Running', executionId: options.newExecutionId(), input: ending.input };
  return { ...after, status: ending.status, output: ending.output };
}

function beginSubOrchestration(
  store: HubStore,
  parent: InstanceRecord,
  decision: Decision,
  { now, newExecutionId }: CommitOptions,
): Delivery[] {
  if (decision.kind !== 'sub-orchestration') return [];
  const { instanceId, id: taskId } = decision;
  const existing = store.instance(instanceId);
  if (existing && !hasEnded(existing.status)) {
    // On Azure the start would be dropped, and the parent would wait for ever.
    const reason = `The sub-orchestration '${decision.name}' cannot start: an instance '${instanceId}' is already ${existing.status}.`;
    const event = subOrchestrationFailure(taskId, reason, reason);
    return [{ record: parent, message: store.post(parent.instanceId, parent.executionId, event) }];
  }
  const record: InstanceRecord = {
    instanceId,
    executionId: newExecutionId(),
    name: decision.name,
    input: jsonText(decision.input),
    parent: { instanceId: parent.instanceId, executionId: parent.executionId, taskId },
    status: 'Pending',
    output: null,
    customStatus: null,
    createdAt: now,
    updatedAt: now,
  };
  store.insertInstance(record);
  return [{ record, message: store.post(instanceId, record.executionId, startedEvent(record)) }];
}

function tellParent(
  store: HubStore,
  record: InstanceRecord,
  ending: Exclude<Ending, { status: 'ContinuedAsNew' }>,
): Delivery[] {
  store.emptyInbox(record.instanceId);
  const parent = record.parent && store.instance(record.parent.instanceId);
  if (!record.parent || !parent || hasEnded(parent.status)) return [];
  const event = subOrchestrationOutcome(record.parent, ending);
  return [{ record: parent, message: store.post(parent.instanceId, record.parent.executionId, event) }];
}
