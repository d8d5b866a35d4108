import { z } from 'zod';
import { matches, type RequestFacts } from './request-facts';

/** A point at which the supervisor kills the host: at the nth matching request, before or after its work is done. */
export const tripwireSettings = z.strictObject({
  id: z.string().min(1),
  vault: z.string().exactOptional(),
  operation: z.string().min(1),
  object: z.string().exactOptional(),
  phase: z.enum(['before', 'after']),
  nth: z.int().positive().default(1),
});

export type TripwireSettings = z.infer<typeof tripwireSettings>;

/** The tripwires that are laid. Each trips once. */
export class Tripwires {
  readonly #onTripped: (id: string) => void;
  #wires: { settings: TripwireSettings; seen: number }[] = [];

  constructor(onTripped: (id: string) => void) {
    this.#onTripped = onTripped;
  }

  /** Lays a tripwire; one of the same id is replaced. */
  add(settings: TripwireSettings): void {
    this.#wires = [...this.#wires.filter((wire) => wire.settings.id !== settings.id), { settings, seen: 0 }];
  }

  /** The tripwires that have not tripped yet. */
  all(): TripwireSettings[] {
    return this.#wires.map(({ settings }) => settings);
  }

  /** Takes all tripwires away. */
  clear(): void {
    this.#wires = [];
  }

  /** Whether the request trips a wire in that phase. If so, the supervisor is told, and the request must never be answered. */
  trips(request: RequestFacts, phase: TripwireSettings['phase']): boolean {
    for (const wire of this.#wires) {
      if (wire.settings.phase !== phase || !matches(wire.settings, request)) continue;
      wire.seen += 1;
      if (wire.seen < wire.settings.nth) continue;
      this.#wires = this.#wires.filter((other) => other !== wire);
      this.#onTripped(wire.settings.id);
      return true;
    }
    return false;
  }
}
