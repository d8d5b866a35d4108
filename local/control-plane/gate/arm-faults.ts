import { z } from 'zod';
import { seededRandom } from '../../vault-service/disturbances/seeded-random';
import { ArmError } from '../arm-error';

/** A fault to come: for the next N matching requests, for a share of them, or (with neither) for all. */
export const armFaultSettings = z
  .strictObject({
    /** Like `vaults.get`, `roleAssignments.*` or `*`. */
    operation: z.string().default('*'),
    next: z.int().positive().exactOptional(),
    share: z.number().min(0).max(1).exactOptional(),
    kind: z.enum(['throttle', '500', '503', 'timeout', 'torn', 'status', 'redirect']),
    status: z.int().min(400).max(599).exactOptional(),
    code: z.string().exactOptional(),
    /** With `throttle`: the seconds of `Retry-After`. */
    retryAfter: z.int().nonnegative().default(1),
    /** With `redirect`: where to. */
    location: z.url().exactOptional(),
    seed: z.int().default(1),
  })
  .refine((fault) => fault.next === undefined || fault.share === undefined, 'Give next or share, not both.')
  .refine((fault) => fault.kind !== 'status' || fault.status !== undefined, 'The kind "status" needs a status.')
  .refine(
    (fault) => fault.kind !== 'redirect' || fault.location !== undefined,
    'The kind "redirect" needs a location.',
  );

type ArmFaultSettings = z.infer<typeof armFaultSettings>;

/** What befalls a request: another answer than the real one, no answer ever, or one that breaks off. */
export type ArmFault = { kind: 'refuse'; error: ArmError } | { kind: 'timeout' } | { kind: 'torn' };

function faultOf({ kind, status, code, retryAfter, location }: ArmFaultSettings): ArmFault {
  const refuse = (answer: number, name: string, headers: Record<string, string> = {}): ArmFault => ({
    kind: 'refuse',
    error: new ArmError(answer, code ?? name, 'A fault was asked for.', headers),
  });
  switch (kind) {
    case 'timeout':
    case 'torn':
      return { kind };
    case 'throttle':
      return refuse(429, 'SubscriptionRequestsThrottled', { 'retry-after': String(retryAfter) });
    case '500':
      return refuse(500, 'InternalServerError');
    case '503':
      return refuse(503, 'ServerTimeout');
    case 'redirect':
      return refuse(307, 'Redirected', { location: location ?? '' });
    case 'status':
      return refuse(status ?? 500, 'InjectedFault');
  }
}

/** The faults that were asked for, and how long every request takes. Forgotten when the process ends. */
export class ArmFaults {
  latencyMs = 0;
  #faults: { settings: ArmFaultSettings; hits: number; random: () => number }[] = [];

  /** Adds a fault; earlier ones are asked first. */
  add(settings: ArmFaultSettings): void {
    this.#faults.push({ settings, hits: 0, random: seededRandom(settings.seed) });
  }

  /** The faults, and how often each has hit. */
  all(): object[] {
    return this.#faults.map(({ settings, hits }) => ({ ...settings, hits }));
  }

  clear(): void {
    this.#faults = [];
  }

  /** What befalls a request of that operation, if anything. Counts it. */
  take(operation: string): ArmFault | undefined {
    for (const fault of this.#faults) {
      const { operation: aim, next, share } = fault.settings;
      const meant = aim.endsWith('*') ? operation.startsWith(aim.slice(0, -1)) : operation === aim;
      if (!meant || (next !== undefined && fault.hits >= next)) continue;
      if (share !== undefined && fault.random() >= share) continue;
      fault.hits += 1;
      return faultOf(fault.settings);
    }
    return undefined;
  }
}
