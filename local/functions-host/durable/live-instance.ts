import { EventType, type HistoryEvent } from './history-event';
import { type InstanceRecord, type Message } from './instance';
import { type ExecutionMemory } from './orchestration-turn';

/** An instance that has not ended, as the task hub holds it in memory beside the store. */
export class LiveInstance {
  history: HistoryEvent[] = [];
  inbox: Message[] = [];
  memory: ExecutionMemory | undefined;
  /** A turn is running. */
  busy = false;
  /** A turn is about to run. */
  scheduled = false;
  readonly #timers = new Map<number, () => void>();

  constructor(public record: InstanceRecord) {}

  /**
   * Takes up to `limit` messages out of the inbox, the start of the execution first, in the order that `order` gives the
   * others; beside them those that were meant for an earlier execution.
   */
  takeMessages(
    limit: number,
    order: (messages: Message[]) => Message[] = (messages) => messages,
  ): { fresh: Message[]; stale: Message[] } {
    const { executionId } = this.record;
    const counts = (message: Message): boolean => message.executionId === null || message.executionId === executionId;
    const stale = this.inbox.filter((message) => !counts(message));
    const ready = this.inbox.filter(counts);
    const ofKind = (...ranks: number[]): Message[] =>
      ready.filter(({ event }) => ranks.includes(rank(event.EventType)));
    const fresh = [...ofKind(0), ...order(ofKind(1)), ...ofKind(2)].slice(0, limit);
    const taken = new Set(fresh);
    this.inbox = ready.filter((message) => !taken.has(message));
    return { fresh, stale };
  }

  /** Remembers an armed timer by its id, with how to cancel it. */
  armed(id: number, cancel: () => void): void {
    this.#timers.get(id)?.();
    this.#timers.set(id, cancel);
  }

  /** Cancels the timers that are no longer awaited; without argument, all of them. */
  disarm(open?: ReadonlyMap<number, unknown>): void {
    for (const [id, cancel] of this.#timers) {
      if (open?.has(id)) continue;
      cancel();
      this.#timers.delete(id);
    }
  }
}

/** The start comes first; requests to suspend, resume or terminate keep their order among themselves, after the others. */
function rank(type: number): number {
  const controls: number[] = [EventType.ExecutionTerminated, EventType.ExecutionSuspended, EventType.ExecutionResumed];
  if (type === EventType.ExecutionStarted) return 0;
  return controls.includes(type) ? 2 : 1;
}
