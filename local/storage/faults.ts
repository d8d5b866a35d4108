import { z } from 'zod';
import { JsonRefusal } from '../http/json-refusal';
import { type CallFilter, callFilterSchema, meets } from './call-filter';
import { type StorageCall } from './storage-call';

/** A fault as the control route takes it. `next` and `share` exclude each other; without either, every call is hit. */
export const faultSchema = z
  .strictObject({
    ...callFilterSchema,
    kind: z.enum(['500', '503', 'throttle', 'timeout', 'torn', 'status']),
    next: z.number().int().positive().optional(),
    share: z.number().min(0).max(1).optional(),
    status: z.number().int().min(400).max(599).optional(),
    code: z.string().optional(),
    seed: z.number().int().default(1),
  })
  .refine((fault) => fault.next === undefined || fault.share === undefined, 'Give next or share, not both.')
  .refine((fault) => fault.kind !== 'status' || fault.status !== undefined, 'The kind "status" needs a status.');

/** A fault as it was asked for. */
export type Fault = z.infer<typeof faultSchema>;

/** A fault and how often it has struck. */
export type CountedFault = Fault & { hits: number };

/** A tripwire as the control route takes it: strikes once, at the nth matching call, before or after the work is done. */
export const tripwireSchema = z.strictObject({
  ...callFilterSchema,
  id: z.string().min(1),
  phase: z.enum(['before', 'after']),
  nth: z.number().int().positive().default(1),
});

/** A tripwire as it was asked for. */
export type Tripwire = z.infer<typeof tripwireSchema>;

/** The faults that are laid, in the order in which they were. The first that strikes decides. */
export class Faults {
  #laid: { fault: Fault; hits: number; random: () => number }[] = [];

  /** Lays a fault. */
  add(fault: Fault): void {
    this.#laid.push({ fault, hits: 0, random: randomFrom(fault.seed) });
  }

  /** All that are laid, the spent ones too, with their hits. */
  list(): CountedFault[] {
    return this.#laid.map(({ fault, hits }) => ({ ...fault, hits }));
  }

  /** Takes all faults away. */
  clear(): void {
    this.#laid = [];
  }

  /** The fault that strikes this call, counted; none leaves it alone. */
  strike(call: StorageCall): Fault | undefined {
    const struck = this.#laid.find(({ fault, hits, random }) => {
      if (!meets(fault, call)) return false;
      if (fault.next !== undefined) return hits < fault.next;
      return fault.share === undefined || random() < fault.share;
    });
    if (struck) struck.hits += 1;
    return struck?.fault;
  }
}

/** The tripwires that are laid. Each strikes once and is gone. */
export class Tripwires {
  readonly #laid = new Map<string, { wire: Tripwire; matches: number }>();

  /** Lays a tripwire; the id must be free. */
  add(wire: Tripwire): void {
    if (this.#laid.has(wire.id))
      throw new JsonRefusal(409, 'tripwire_exists', `There is a tripwire ${wire.id} already.`);
    this.#laid.set(wire.id, { wire, matches: 0 });
  }

  /** Takes all tripwires away. */
  clear(): void {
    this.#laid.clear();
  }

  /** The tripwire that this call strikes; its id goes to the supervisor. */
  strike(call: StorageCall): Tripwire | undefined {
    for (const laid of this.#laid.values()) {
      if (!meets(laid.wire satisfies CallFilter, call)) continue;
      laid.matches += 1;
      if (laid.matches < laid.wire.nth) continue;
      this.#laid.delete(laid.wire.id);
      return laid.wire;
    }
    return undefined;
  }
}

/** mulberry32: small, seeded, and good enough to spread faults. */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
