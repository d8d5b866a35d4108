import { type DatabaseSync } from 'node:sqlite';

import { type StackClock } from '../clock/stack-clock';
import { AlarmClock } from './alarm-clock';
import { type AppSettings, resolveReferences } from './app-settings';
import { type FunctionsCore, type RegisteredFunction } from './core/functions-core';
import { type Invoker } from './core/invoker';
import { type QueueSettings } from './host-config';
import { type HostLog } from './host-log';
import { queueService } from './queues/queue-connection';
import { QueueTrigger } from './queues/queue-trigger';
import { ScheduleStore } from './timers/schedule-store';
import { TimerTrigger } from './timers/timer-trigger';

/** What the background triggers need of the host. */
export interface BackgroundParts {
  core: FunctionsCore;
  invoker: Invoker;
  clock: StackClock;
  log: HostLog;
  database: DatabaseSync;
  settings: AppSettings;
  queueSettings: QueueSettings;
}

/** The triggers that nobody calls: timers and queues. */
export class BackgroundTriggers {
  readonly #alarms: AlarmClock;
  readonly #timers = new Map<string, TimerTrigger>();
  readonly #queues = new Map<string, QueueTrigger>();

  /** @throws {StackStartError} for a schedule, setting or connection string that is missing or wrong */
  constructor(parts: BackgroundParts) {
    const { invoker, clock, log, settings, queueSettings } = parts;
    this.#alarms = new AlarmClock(clock);
    const store = new ScheduleStore(parts.database);
    for (const fn of parts.core.functions.values()) {
      if (fn.trigger.type === 'timerTrigger') {
        this.#timers.set(fn.name, new TimerTrigger(fn, settings, { invoker, clock, alarms: this.#alarms, store }));
      } else if (fn.trigger.type === 'queueTrigger') {
        const { queueName, connection } = fn.trigger as { queueName?: string; connection?: string };
        const name = resolveReferences(String(queueName), settings, `The queue trigger of ${fn.name}`);
        const service = queueService(connection, settings, fn.name);
        this.#queues.set(fn.name, new QueueTrigger(fn, name, service, { invoker, log, settings: queueSettings }));
      }
    }
  }

  /** Begins to poll the queues and, unless told otherwise, to follow the schedules. */
  start(withTimers: boolean): void {
    for (const queue of this.#queues.values()) queue.start();
    if (withTimers) for (const timer of this.#timers.values()) timer.start();
  }

  /** Runs a timer or queue function by hand; `undefined` for any other function. */
  runByHand(fn: RegisteredFunction, input: unknown): Promise<void> | undefined {
    const text = typeof input === 'string' ? input : JSON.stringify(input ?? '');
    return this.#timers.get(fn.name)?.runByHand() ?? this.#queues.get(fn.name)?.runByHand(text);
  }

  /** Begins no further run; resolves once the running ones are done. */
  async stop(): Promise<void> {
    this.#alarms.close();
    await Promise.all([...this.#timers.values(), ...this.#queues.values()].map((trigger) => trigger.stop()));
  }
}
