/** What must be undone when the demo ends, however it ends: the last thing first. */
export class Closing {
  readonly #works: (() => Promise<void>)[] = [];

  add(work: () => Promise<void>): void {
    this.#works.push(work);
  }

  /** Undoes everything, the rest too if one part fails; throws the first failure. A second call does nothing. */
  async close(): Promise<void> {
    const failures: unknown[] = [];
    for (let work = this.#works.pop(); work !== undefined; work = this.#works.pop()) {
      await work().catch((error: unknown) => failures.push(error));
    }
    if (failures.length > 0) throw failures[0];
  }
}
