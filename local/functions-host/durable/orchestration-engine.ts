import { randomUUID } from 'node:crypto';

import { type StackClock } from '../../clock/stack-clock';
import { AlarmClock } from '../alarm-clock';
import { type FunctionsCore } from '../core/functions-core';
import { type Invoker } from '../core/invoker';
import { type EngineModes } from '../host-config';
import { type HostLog } from '../host-log';
import { SeededRandom } from '../seeded-random';
import { ActivityPool } from './activity-pool';
import { type Decision } from './decision';
import { completedTask, type EventBody, EventType, historyEvent } from './history-event';
import { type HubStore } from './hub-store';
import { hasEnded, type InstanceRecord } from './instance';
import { LiveInstance } from './live-instance';
import { TIMER_LIMITS } from './orchestration-shim';
import { failed, recoverExecution, runTurn, type Turn, type TurnOptions } from './orchestration-turn';
import { OrchestratorProtocol } from './orchestrator-protocol';
import { startedEvent } from './start-and-end-events';
import { commitTurn, type Delivery } from './turn-commit';

/** What the engine needs of the host. */
export interface EngineParts {
  core: FunctionsCore;
  invoker: Invoker;
  clock: StackClock;
  log: HostLog;
  store: HubStore;
  modes: EngineModes;
  /** `maxConcurrentActivityFunctions` of host.json. */
  activityConcurrency: number;
}

/** What the engine has done since the start of the process. */
export interface EngineCounters {
  turns: number;
  replays: number;
  replayedBytes: number;
  activities: number;
}

const SHUFFLE_WINDOW_MS = 5;

/**
 * Drives the orchestrations: one turn at a time for each instance, activities and timers beside them. A turn takes its
 * messages, keeps its history and sends its messages in one transaction of the store, and only then has effects; so a
 * killed process resumes from what the store holds, running open activities again.
 */
export class OrchestrationEngine {
  readonly #live = new Map<string, LiveInstance>();
  readonly #protocol: OrchestratorProtocol;
  readonly #pool: ActivityPool;
  readonly #alarms: AlarmClock;
  readonly #random: SeededRandom;
  readonly #turnOptions: TurnOptions;
  #turns = 0;
  #stopped = false;
  #closed = false;

  constructor(private readonly parts: EngineParts) {
    const { core, invoker, modes } = parts;
    this.#protocol = new OrchestratorProtocol(core, invoker);
    this.#random = new SeededRandom(modes.seed);
    this.#alarms = new AlarmClock(parts.clock);
    this.#pool = new ActivityPool({
      core,
      invoker,
      concurrency: parts.activityConcurrency,
      pick: (waiting) => (modes.shuffle ? this.#random.below(waiting) : 0),
      completed: (task, event) => {
        this.post(task.instanceId, task.executionId, event);
      },
    });
    this.#turnOptions = {
      protocol: this.#protocol,
      lazy: modes.lazy ?? modes.batch === undefined,
      strict: modes.strict,
      shimEnvironment: (executionId) => ({
        executionId,
        ...TIMER_LIMITS,
        requireFunction: (kind, name) => {
          this.#requireFunction(kind, name);
        },
      }),
    };
  }

  get counters(): EngineCounters {
    const { replays, bytes } = this.#protocol.counters;
    return { turns: this.#turns, replays, replayedBytes: bytes, activities: this.#pool.started };
  }

  /** Takes up the instances that an earlier process left unfinished. */
  async recover(): Promise<void> {
    for (const record of this.parts.store.unfinished()) {
      const live = new LiveInstance(record);
      live.history = this.parts.store.history(record.instanceId);
      live.inbox = this.parts.store.inbox(record.instanceId);
      // Messages may arrive already; a turn before the recovery would dispatch open tasks twice.
      live.busy = true;
      this.#live.set(record.instanceId, live);
    }
    for (const live of [...this.#live.values()]) {
      if (live.history.length > 0) await this.#recover(live);
      live.busy = false;
      this.#schedule(live);
    }
  }

  /** Puts a new instance in place and lets it begin; kept when this returns. */
  begin(record: InstanceRecord): void {
    const { store } = this.parts;
    const message = store.transaction(() => {
      store.insertInstance(record);
      return store.post(record.instanceId, record.executionId, startedEvent(record));
    });
    this.#deliver({ record, message });
  }

  /** Sends an event to an instance; kept when this returns. Does nothing if the instance, or that execution of it, is over. */
  post(instanceId: string, executionId: string | null, event: EventBody): void {
    const live = this.#live.get(instanceId);
    if (this.#closed || !live || (executionId !== null && executionId !== live.record.executionId)) return;
    live.inbox.push(this.parts.store.post(instanceId, executionId, event));
    this.#schedule(live);
  }

  /** Begins nothing new; resolves once the running activities are done and their results kept. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#alarms.close();
    await this.#pool.stop();
  }

  /** After this the store may be closed; what still runs is done again by the next process. */
  close(): void {
    this.#closed = true;
  }

  async #recover(live: LiveInstance): Promise<void> {
    try {
      const { memory, open } = await recoverExecution(live.record, live.history, this.#turnOptions);
      live.memory = memory;
      const arrived = new Set(live.inbox.map(({ event }) => completedTask(event)));
      this.#dispatch(
        live,
        open.filter(({ id }) => !arrived.has(id)),
      );
    } catch (error) {
      const now = this.#now();
      this.#commit(live, [], {
        events: [historyEvent({ EventType: EventType.OrchestratorStarted }, now)],
        decisions: [],
        memory: undefined,
        customStatus: live.record.customStatus,
        suspended: false,
        ending: failed(error as Error),
      });
    }
  }

  #now(): string {
    return new Date(this.parts.clock.now()).toISOString();
  }

  #requireFunction(kind: 'activity' | 'sub-orchestration', name: string): void {
    const [type, what] =
      kind === 'activity' ? ['activityTrigger', 'activity'] : ['orchestrationTrigger', 'orchestrator'];
    if (this.parts.core.find(type, name)) return;
    throw new Error(
      `The function '${name}' doesn't exist, is disabled, or is not an ${what} function. On Azure this instance might hang.`,
    );
  }

  #schedule(live: LiveInstance): void {
    if (live.busy || live.scheduled || live.inbox.length === 0 || this.#stopped) return;
    live.scheduled = true;
    const go = (): void => {
      live.scheduled = false;
      if (!this.#stopped) void this.#turn(live);
    };
    if (this.parts.modes.shuffle) setTimeout(go, this.#random.below(SHUFFLE_WINDOW_MS));
    else setImmediate(go);
  }

  async #turn(live: LiveInstance): Promise<void> {
    live.busy = true;
    const { batch, shuffle } = this.parts.modes;
    const taken = live.takeMessages(batch ?? Infinity, shuffle ? (items) => this.#random.shuffle(items) : undefined);
    const bodies = taken.fresh.map(({ event }) => event);
    if (bodies.length > 0) {
      const turn = await runTurn(live, bodies, this.#now(), this.#turnOptions);
      if (this.#closed) return;
      this.#turns++;
      this.#commit(live, [...taken.stale, ...taken.fresh], turn);
    } else {
      this.parts.store.takeMessages(taken.stale);
    }
    live.busy = false;
    this.#schedule(live);
  }

  #commit(live: LiveInstance, taken: LiveInstance['inbox'], turn: Turn): void {
    const { store, log } = this.parts;
    const { record, deliveries } = store.transaction(() =>
      commitTurn(store, live, taken, turn, { now: this.parts.clock.now(), newExecutionId: newId }),
    );
    if (turn.ending?.status === 'Failed')
      log.write('error', record.name, `Instance ${record.instanceId} failed: ${turn.ending.details}`);
    const restarted = record.executionId !== live.record.executionId;
    live.record = record;
    live.memory = restarted ? undefined : turn.memory;
    if (restarted) live.history = [];
    else live.history.push(...turn.events);
    if (restarted || turn.ending) live.disarm();
    else live.disarm(turn.memory?.shim.open);
    if (hasEnded(record.status)) this.#live.delete(record.instanceId);
    for (const delivery of deliveries) this.#deliver(delivery);
    this.#dispatch(live, turn.decisions);
  }

  /** Brings a message, which the store has, to its instance in memory. */
  #deliver({ record, message }: Delivery): void {
    if (hasEnded(record.status)) return;
    let live = this.#live.get(record.instanceId);
    if (!live) {
      live = new LiveInstance(record);
      this.#live.set(record.instanceId, live);
    }
    live.inbox.push(message);
    this.#schedule(live);
  }

  /** Sets activities and timers in motion; sub-orchestrations have begun with the commit. */
  #dispatch(live: LiveInstance, decisions: readonly Decision[]): void {
    const { instanceId, executionId } = live.record;
    for (const decision of decisions) {
      if (decision.kind === 'activity')
        this.#pool.add({ instanceId, executionId, taskId: decision.id, name: decision.name, input: decision.input });
      else if (decision.kind === 'timer' && live.memory?.shim.open.has(decision.id) === true)
        live.armed(decision.id, this.#arm(instanceId, executionId, decision));
    }
  }

  #arm(instanceId: string, executionId: string, timer: { id: number; fireAt: string }): () => void {
    const now = this.parts.clock.now();
    const wait = Date.parse(timer.fireAt) - now;
    // Azure Storage delays messages by whole seconds, so that timers come up to one second early.
    const early = this.parts.modes.earlyTimers && wait > 0;
    return this.#alarms.at(now + (early ? Math.floor(wait / 1000) * 1000 : wait), () => {
      const event = { EventType: EventType.TimerFired, TimerId: timer.id, FireAt: timer.fireAt };
      this.post(instanceId, executionId, event);
    });
  }
}

/** A new id of an instance or execution, as Azure makes them. */
export function newId(): string {
  return randomUUID().replaceAll('-', '');
}
