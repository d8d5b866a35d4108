import { PendingTask } from './pending-task';

/**
 * External events of one orchestration, matched to their waiters as the durable extension does it: names regardless of
 * case, events kept in order until somebody waits, and the newest waiter served first.
 */
export class EventMailbox {
  readonly #waiting = new Map<string, PendingTask[]>();
  readonly #buffered = new Map<string, number>();

  /** A task that settles with the next event of that name, at once if one is buffered. */
  wait(name: string): PendingTask {
    const key = name.toLowerCase();
    const task = new PendingTask();
    const buffered = this.#buffered.get(key) ?? 0;
    if (buffered > 0) {
      this.#buffered.set(key, buffered - 1);
      task.settle();
    } else {
      this.#waiting.set(key, [...(this.#waiting.get(key) ?? []), task]);
    }
    return task;
  }

  /** Delivers one event. Payloads are of no interest here: the SDK takes them from the history. */
  raise(name: string): void {
    const key = name.toLowerCase();
    const waiter = this.#waiting.get(key)?.pop();
    if (waiter) waiter.settle();
    else this.#buffered.set(key, (this.#buffered.get(key) ?? 0) + 1);
  }
}
