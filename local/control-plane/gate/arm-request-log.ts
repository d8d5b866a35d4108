const CAPACITY = 2000;

/** One request to the control plane. `status` 0: it was never answered, or its connection was torn. */
interface LoggedArmRequest {
  operation: string;
  method: string;
  caller: string;
  status: number;
}

/** The recent requests. Neither bodies nor tokens are kept. */
export class ArmRequestLog {
  #recent: LoggedArmRequest[] = [];

  /** Notes a request that is over. */
  add(request: LoggedArmRequest): void {
    this.#recent.push(request);
    if (this.#recent.length > 2 * CAPACITY) this.#recent = this.#recent.slice(-CAPACITY);
  }

  /** The recent requests, oldest first. */
  all(): readonly LoggedArmRequest[] {
    return this.#recent;
  }

  clear(): void {
    this.#recent = [];
  }
}
