import { type EventBody } from './history-event';

/** Runtime status of an instance, as the status endpoint names it. */
export type RuntimeStatus = 'Pending' | 'Running' | 'Suspended' | 'Completed' | 'Failed' | 'Terminated';

/** Which task of which execution a sub-orchestration belongs to. */
export interface ParentLink {
  instanceId: string;
  executionId: string;
  taskId: number;
}

/** What is kept of an instance beside its history. Payloads are JSON texts, times milliseconds since 1970. */
export interface InstanceRecord {
  instanceId: string;
  executionId: string;
  name: string;
  input: string | null;
  parent: ParentLink | null;
  status: RuntimeStatus;
  output: string | null;
  customStatus: string | null;
  createdAt: number;
  updatedAt: number;
}

/** A message to an instance: an event to come. With an execution id, it counts for that execution only. */
export interface Message {
  id: number;
  executionId: string | null;
  event: EventBody;
}

const ENDED: ReadonlySet<RuntimeStatus> = new Set<RuntimeStatus>(['Completed', 'Failed', 'Terminated']);

/** Whether an instance with this status is over. */
export function hasEnded(status: RuntimeStatus): boolean {
  return ENDED.has(status);
}

/** A request to the task hub that cannot be done; `reason` tells the HTTP endpoints which status to answer. */
export class TaskHubError extends Error {
  override readonly name = 'TaskHubError';

  constructor(
    readonly reason: 'invalid' | 'conflict',
    message: string,
  ) {
    super(message);
  }
}

const FORBIDDEN_IN_ID = /[/\\#?\p{Cc}]/u;

/** @throws {TaskHubError} `invalid` unless `id` is one that Azure Storage would take */
export function checkInstanceId(id: string): void {
  if (id.length === 0 || id.length > 100)
    throw new TaskHubError('invalid', 'Instance IDs must be between 1 and 100 characters long.');
  if (id.startsWith('@'))
    throw new TaskHubError('invalid', 'Instance IDs must not start with "@", which marks entities.');
  if (FORBIDDEN_IN_ID.test(id))
    throw new TaskHubError('invalid', 'Instance IDs must not contain /, \\, #, ? or control characters.');
}
