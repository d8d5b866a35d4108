import { type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { tellSupervisor } from '../process/stack-process';
import { type StorageService } from './azurite-servers';
import { answerWithFailure, neverAnswer, swallowAnswer, tearAnswer } from './broken-answers';
import { Faults, Tripwires } from './faults';
import { describeCall } from './storage-call';

/** How often each operation of each service was asked for. */
export type RequestCounts = Record<StorageService, Record<string, number>>;

/**
 * Stands before the three services and spoils what it is told to: latency first, then tripwires, then faults. Without
 * orders a request passes untouched, in the same process and on the same connection.
 */
export class RequestGate {
  readonly faults = new Faults();
  readonly tripwires = new Tripwires();
  readonly latencyMs: Record<StorageService, number> = { blob: 0, queue: 0, table: 0 };
  #counts: RequestCounts = emptyCounts();

  /** What was asked for since the start or the last {@link resetCounts}. */
  get counts(): RequestCounts {
    return this.#counts;
  }

  /** Counts from zero again. */
  resetCounts(): void {
    this.#counts = emptyCounts();
  }

  /** Puts the gate before a service's own listener. */
  before(service: StorageService, handle: RequestListener): RequestListener {
    return (request, response) => {
      const latency = this.latencyMs[service];
      if (latency === 0) this.#pass(service, handle, request, response);
      else
        setTimeout(() => {
          this.#pass(service, handle, request, response);
        }, latency);
    };
  }

  #pass(service: StorageService, handle: RequestListener, request: IncomingMessage, response: ServerResponse): void {
    const call = describeCall(service, request);
    this.#counts[service][call.operation] = (this.#counts[service][call.operation] ?? 0) + 1;
    const wire = this.tripwires.strike(call);
    if (wire) {
      const tell = (): void => {
        tellSupervisor({ type: 'tripwire', id: wire.id });
      };
      if (wire.phase === 'before') {
        neverAnswer(request);
        tell();
        return;
      }
      swallowAnswer(response, tell);
    }
    const fault = wire ? undefined : this.faults.strike(call);
    if (fault?.kind === 'timeout') neverAnswer(request);
    else if (fault && fault.kind !== 'torn') answerWithFailure(service, fault, request, response);
    else {
      if (fault) tearAnswer(response);
      handle(request, response);
    }
  }
}

function emptyCounts(): RequestCounts {
  return { blob: {}, queue: {}, table: {} };
}
