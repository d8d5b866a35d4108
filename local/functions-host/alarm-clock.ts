import { type StackClock } from '../clock/stack-clock';

const LONGEST_TIMEOUT_MS = 2 ** 31 - 1;

interface Alarm {
  atMs: number;
  ring: () => void;
  timeout: NodeJS.Timeout | undefined;
}

/** Calls back at times of the stack's clock, at once if the clock moves past them. Alarms do not survive the process. */
export class AlarmClock {
  readonly #alarms = new Set<Alarm>();
  readonly #unsubscribe: () => void;

  constructor(private readonly clock: StackClock) {
    this.#unsubscribe = clock.onMoved(() => {
      for (const alarm of [...this.#alarms]) this.#arm(alarm);
    });
  }

  /** Calls `ring` once, not before `atMs`; returns how to cancel that. */
  at(atMs: number, ring: () => void): () => void {
    const alarm: Alarm = { atMs, ring, timeout: undefined };
    this.#alarms.add(alarm);
    this.#arm(alarm);
    return () => {
      this.#remove(alarm);
    };
  }

  /** Cancels every alarm. */
  close(): void {
    this.#unsubscribe();
    for (const alarm of [...this.#alarms]) this.#remove(alarm);
  }

  #arm(alarm: Alarm): void {
    clearTimeout(alarm.timeout);
    const left = Math.max(0, alarm.atMs - this.clock.now());
    alarm.timeout = setTimeout(
      () => {
        if (alarm.atMs > this.clock.now()) this.#arm(alarm);
        else if (this.#remove(alarm)) alarm.ring();
      },
      Math.min(left, LONGEST_TIMEOUT_MS),
    );
  }

  #remove(alarm: Alarm): boolean {
    clearTimeout(alarm.timeout);
    return this.#alarms.delete(alarm);
  }
}
