/** A task of an orchestration that may settle later; continuations run at once, in the order in which they were added. */
export class PendingTask {
  #state: 'open' | 'done' | 'failed' = 'open';
  #continuations: (() => void)[] = [];

  get settled(): boolean {
    return this.#state !== 'open';
  }

  get failed(): boolean {
    return this.#state === 'failed';
  }

  then(continuation: () => void): void {
    if (this.settled) continuation();
    else this.#continuations.push(continuation);
  }

  /** Settles the task; a second call does nothing. */
  settle(failed = false): void {
    if (this.settled) return;
    this.#state = failed ? 'failed' : 'done';
    const continuations = this.#continuations;
    this.#continuations = [];
    for (const continuation of continuations) continuation();
  }
}

/** A task that has already succeeded. */
export function settledTask(): PendingTask {
  const task = new PendingTask();
  task.settle();
  return task;
}
