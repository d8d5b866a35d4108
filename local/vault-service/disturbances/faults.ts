import { z } from 'zod';
import { KeyVaultError } from '../key-vault-error';
import { throttled } from '../gateway/throttle';
import { matches, type RequestFacts } from './request-facts';
import { seededRandom } from './seeded-random';

/** A fault to come: for the next N matching requests, for a share of them, or (with neither) for all. */
export const faultSettings = z
  .strictObject({
    vault: z.string().exactOptional(),
    operation: z.string().default('*'),
    object: z.string().exactOptional(),
    next: z.int().positive().exactOptional(),
    share: z.number().min(0).max(1).exactOptional(),
    kind: z.enum(['throttle', '500', '503', 'timeout', 'torn', 'status']),
    status: z.int().min(400).max(599).exactOptional(),
    code: z.string().exactOptional(),
    seed: z.int().exactOptional(),
  })
  .refine((fault) => fault.next === undefined || fault.share === undefined, 'Give next or share, not both.')
  .refine((fault) => fault.kind !== 'status' || fault.status !== undefined, 'The kind "status" needs a status.');

export type FaultSettings = z.infer<typeof faultSettings>;

/** What befalls a request: an answer instead of the real one, no answer ever, or a connection torn in the middle of the answer. */
export type Fault = { kind: 'refuse'; error: KeyVaultError } | { kind: 'timeout' } | { kind: 'torn' };

interface ActiveFault {
  settings: FaultSettings;
  hits: number;
  random: () => number;
}

function faultOf({ kind, status, code }: FaultSettings): Fault {
  switch (kind) {
    case 'timeout':
    case 'torn':
      return { kind };
    case 'throttle':
      return { kind: 'refuse', error: throttled() };
    case '500':
      return {
        kind: 'refuse',
        error: new KeyVaultError(500, code ?? 'InternalServerError', 'An internal error occurred.'),
      };
    case '503':
      return {
        kind: 'refuse',
        error: new KeyVaultError(503, code ?? 'ServiceUnavailable', 'The service is unavailable.'),
      };
    case 'status':
      return {
        kind: 'refuse',
        error: new KeyVaultError(status ?? 500, code ?? 'InjectedFault', 'A fault was asked for.'),
      };
  }
}

/** The faults that were asked for. They are forgotten when the process ends. */
export class Faults {
  readonly #seed: number;
  #faults: ActiveFault[] = [];

  /** `seed` decides which requests a share hits, where a fault brings no seed of its own. */
  constructor(seed: number) {
    this.#seed = seed;
  }

  /** Adds a fault; earlier ones are asked first. */
  add(settings: FaultSettings): void {
    this.#faults.push({ settings, hits: 0, random: seededRandom(settings.seed ?? this.#seed + this.#faults.length) });
  }

  /** The faults, and how often each has hit. */
  all(): (FaultSettings & { hits: number })[] {
    return this.#faults.map(({ settings, hits }) => ({ ...settings, hits }));
  }

  /** Forgets all faults. */
  clear(): void {
    this.#faults = [];
  }

  /** What befalls this request, if anything. Counts it. */
  take(request: RequestFacts): Fault | undefined {
    for (const fault of this.#faults) {
      const { next, share } = fault.settings;
      if (next !== undefined && fault.hits >= next) continue;
      if (!matches(fault.settings, request)) continue;
      if (share !== undefined && fault.random() >= share) continue;
      fault.hits += 1;
      return faultOf(fault.settings);
    }
    return undefined;
  }
}
