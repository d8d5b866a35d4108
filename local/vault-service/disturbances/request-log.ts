import { type RequestFacts } from './request-facts';

const CAPACITY = 5000;

/** One request to a vault. `status` 0: it was never answered, or its connection was torn. */
export interface LoggedRequest extends RequestFacts {
  sequence: number;
  /** ISO 8601, by the stack's clock. */
  time: string;
  method: string;
  caller: string;
  status: number;
}

/** The recent requests and counters of all of them. Neither bodies nor values are kept. */
export class RequestLog {
  #recent: LoggedRequest[] = [];
  #counters = new Map<string, { total: number; byStatus: Record<string, number> }>();
  #sequence = 0;

  /** Notes a request that is over. */
  add(request: Omit<LoggedRequest, 'sequence'>): void {
    this.#sequence += 1;
    this.#recent.push({ sequence: this.#sequence, ...request });
    if (this.#recent.length > 2 * CAPACITY) this.#recent = this.#recent.slice(-CAPACITY);
    const counter = this.#counters.get(request.operation) ?? { total: 0, byStatus: {} };
    counter.total += 1;
    counter.byStatus[request.status] = (counter.byStatus[request.status] ?? 0) + 1;
    this.#counters.set(request.operation, counter);
  }

  /** The recent requests after number `since`, the counters by operation, and the number to ask with next. */
  report(since: number): { next: number; requests: LoggedRequest[]; counters: object } {
    const requests = this.#recent.filter(({ sequence }) => sequence > since).slice(-CAPACITY);
    return { next: this.#sequence, requests, counters: Object.fromEntries(this.#counters) };
  }

  /** Starts anew; numbers go on. */
  clear(): void {
    this.#recent = [];
    this.#counters = new Map();
  }
}
