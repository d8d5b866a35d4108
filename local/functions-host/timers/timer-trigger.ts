import { type StackClock } from '../../clock/stack-clock';
import { StackStartError } from '../../process/stack-process';
import { type AlarmClock } from '../alarm-clock';
import { type AppSettings, resolveReferences } from '../app-settings';
import { type RegisteredFunction } from '../core/functions-core';
import { type Invoker } from '../core/invoker';
import { parseSchedule, type Schedule } from './ncrontab';
import { type ScheduleStatus, type ScheduleStore } from './schedule-store';

const MINUTE = 60_000;
const NEVER = '0001-01-01T00:00:00+00:00';

/** What a timer trigger needs of the host. */
export interface TimerParts {
  invoker: Invoker;
  clock: StackClock;
  alarms: AlarmClock;
  store: ScheduleStore;
}

/**
 * One timer trigger, with the rules of the real host: an occurrence missed while no host ran is made good once, marked as
 * past due; no two runs overlap; a run that fails does not disturb the schedule.
 */
export class TimerTrigger {
  readonly #schedule: Schedule;
  readonly #monitored: boolean;
  readonly #runOnStartup: boolean;
  #status: ScheduleStatus | undefined;
  #running: Promise<void> = Promise.resolve();
  #stopped = false;

  /** @throws {StackStartError} `bad_schedule`, `missing_setting` */
  constructor(
    private readonly fn: RegisteredFunction,
    settings: AppSettings,
    private readonly parts: TimerParts,
  ) {
    const { schedule, runOnStartup, useMonitor } = fn.trigger as Record<string, unknown>;
    const expression = resolveReferences(String(schedule), settings, `The timer of ${fn.name}`);
    this.#schedule = readSchedule(expression, fn.name, parts.clock.now());
    this.#runOnStartup = runOnStartup === true;
    this.#monitored = useMonitor !== false && !isFrequent(this.#schedule, parts.clock.now());
  }

  /** Begins with what is past due or asked for at startup, then follows the schedule. */
  start(): void {
    const now = this.parts.clock.now();
    const stored = this.#monitored ? this.parts.store.read(this.fn.name) : undefined;
    const status = stored ? this.#checked(stored, now) : this.#fresh(now);
    this.#keep(status);
    if (now > status.next) this.#fire(true);
    else if (this.#runOnStartup) this.#fire(false);
    else this.#arm();
  }

  /** Runs the function by hand, outside its schedule. */
  runByHand(): Promise<void> {
    return this.#invoke(false);
  }

  /** Resolves once a running occurrence is done. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#running;
  }

  #fresh(now: number): ScheduleStatus {
    return { last: null, next: this.#schedule.next(now), lastUpdated: now };
  }

  /** A stored status counts unless the schedule has been changed since. */
  #checked(stored: ScheduleStatus, now: number): ScheduleStatus {
    const expected = this.#schedule.next(stored.last ?? stored.lastUpdated);
    if (expected === stored.next) return stored;
    if (now > expected) return this.#fresh(now);
    return { last: null, next: expected, lastUpdated: stored.last ?? stored.lastUpdated };
  }

  #keep(status: ScheduleStatus): void {
    this.#status = status;
    if (this.#monitored) this.parts.store.write(this.fn.name, status);
  }

  #arm(): void {
    if (this.#stopped || !this.#status) return;
    this.parts.alarms.at(this.#status.next, () => {
      this.#fire(false);
    });
  }

  #fire(pastDue: boolean): void {
    if (this.#stopped) return;
    const invokedAt = this.parts.clock.now();
    this.#running = this.#invoke(pastDue)
      .catch(() => undefined)
      .then(() => {
        this.#keep({ last: invokedAt, next: this.#schedule.next(invokedAt), lastUpdated: invokedAt });
        this.#arm();
      });
  }

  async #invoke(pastDue: boolean): Promise<void> {
    const status = this.#monitored ? this.#status : undefined;
    const payload = {
      Schedule: { AdjustForDST: true },
      ScheduleStatus: status
        ? { Last: time(status.last), Next: time(status.next), LastUpdated: time(status.lastUpdated) }
        : null,
      IsPastDue: pastDue,
    };
    await this.parts.invoker.invoke(this.fn, { json: JSON.stringify(payload) });
  }
}

function readSchedule(expression: string, functionName: string, now: number): Schedule {
  try {
    const schedule = parseSchedule(expression);
    schedule.next(now);
    return schedule;
  } catch (cause) {
    throw new StackStartError(
      'bad_schedule',
      `The schedule "${expression}" of ${functionName} is neither NCRONTAB nor a period: ${(cause as Error).message}`,
      { cause },
    );
  }
}

/** Timers that come more than once a minute are not monitored. */
function isFrequent(schedule: Schedule, now: number): boolean {
  return schedule.next(schedule.next(now)) < now + MINUTE;
}

function time(ms: number | null): string {
  return ms === null ? NEVER : `${new Date(ms).toISOString().slice(0, -1)}+00:00`;
}
