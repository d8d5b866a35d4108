import { type Action, ActionType, type RetryOptions } from './action';
import { confirmDecision, type Decision, type UnnumberedDecision } from './decision';
import { EventMailbox } from './event-mailbox';
import { EventType, type HistoryEvent } from './history-event';
import { PendingTask, settledTask } from './pending-task';

const DAY = 86_400_000;

/** What the shim has to know about the execution and the host. */
export interface ShimEnvironment {
  executionId: string;
  /** Throws if the app has no such function; on Azure the instance would hang. */
  requireFunction(kind: 'activity' | 'sub-orchestration', name: string): void;
  /** Timers beyond this are made of slices of `longTimerMs`. */
  maximumTimerMs: number;
  longTimerMs: number;
}

/** The limits of single timers on Azure Storage: at most 6 days, longer ones in slices of 3 days. */
export const TIMER_LIMITS = { maximumTimerMs: 6 * DAY, longTimerMs: 3 * DAY } as const;

/**
 * The twin of the durable extension's out-of-process shim above the Durable Task Framework. The SDK answers every replay
 * with the list of all its actions, without ids; the shim walks that list beside the history, gives each task the sequence
 * number that the framework would give it (retries and their timers included), and finds what is new, what is open, and
 * where the replay differs from the history.
 */
export class OrchestrationShim {
  /** Tasks that have been created and have not completed; an instance does not end before them. */
  readonly open = new Map<number, PendingTask>();
  /** Decisions that the history does not record yet, by id. */
  readonly pending = new Map<number, Decision>();
  /** All decisions of this execution, by id. */
  readonly decisions = new Map<number, Decision>();
  /** Set when something happened that the orchestrator can see; the caller resets it. */
  progressed = false;
  suspended = false;
  continueAsNew: { input: unknown } | undefined;
  #failedEarly = 0;
  readonly #events = new EventMailbox();
  readonly #parked: HistoryEvent[] = [];
  #nextId = 0;
  #now = 0;
  #cursor = 0;
  #current: PendingTask | undefined;

  constructor(
    private readonly actions: readonly Action[],
    private readonly env: ShimEnvironment,
  ) {}

  /** Whether every action has been walked and awaited. */
  get finished(): boolean {
    return this.#cursor >= this.actions.length && this.#current === undefined;
  }

  /** The id that the next task would get; also the id of the event that ends the execution. */
  get nextId(): number {
    return this.#nextId;
  }

  /** Whether the orchestrator has already seen a failure of a `Task.all` for whose other children this shim still waits. */
  get behind(): boolean {
    return this.#failedEarly > 0;
  }

  /**
   * Takes the next event of the history.
   * @throws {NonDeterminismError} if it records a task that the replay did not ask for
   */
  feed(event: HistoryEvent): void {
    const heldBack =
      event.EventType !== EventType.ExecutionResumed && event.EventType !== EventType.OrchestratorStarted;
    if (this.suspended && heldBack) {
      this.#parked.push(event);
      return;
    }
    this.#apply(event);
    this.#advance();
  }

  #apply(event: HistoryEvent): void {
    switch (event.EventType) {
      case EventType.OrchestratorStarted:
        this.#now = Date.parse(event.Timestamp);
        break;
      case EventType.TaskScheduled:
        this.#confirm(event.EventId, 'activity', event.Name);
        break;
      case EventType.SubOrchestrationInstanceCreated:
        this.#confirm(event.EventId, 'sub-orchestration', event.Name);
        break;
      case EventType.TimerCreated:
        this.#confirm(event.EventId, 'timer');
        break;
      case EventType.TaskCompleted:
      case EventType.SubOrchestrationInstanceCompleted:
        this.#settle(event.TaskScheduledId, false);
        break;
      case EventType.TaskFailed:
      case EventType.SubOrchestrationInstanceFailed:
        this.#settle(event.TaskScheduledId, true);
        break;
      case EventType.TimerFired:
        this.#settle(event.TimerId, false);
        break;
      case EventType.EventRaised:
        this.#events.raise(event.Name);
        break;
      case EventType.ExecutionSuspended:
        this.suspended = true;
        break;
      case EventType.ExecutionResumed:
        this.suspended = false;
        for (const parked of this.#parked.splice(0)) this.feed(parked);
        break;
      default:
        break;
    }
  }

  #confirm(id: number, kind: Decision['kind'], name?: string): void {
    confirmDecision(this.pending.get(id), id, kind, name);
    this.pending.delete(id);
  }

  #settle(id: number, failed: boolean): void {
    const task = this.open.get(id);
    this.open.delete(id);
    task?.settle(failed);
  }

  #advance(): void {
    for (;;) {
      if (this.#current) {
        if (!this.#current.settled) return;
        this.#current = undefined;
        this.progressed = true;
      }
      const action = this.actions[this.#cursor];
      if (!action) return;
      this.#cursor++;
      this.#current = this.#invoke(action);
    }
  }

  #invoke(action: Action): PendingTask {
    switch (action.actionType) {
      case ActionType.CallActivity:
        return this.#activity(action);
      case ActionType.CallActivityWithRetry:
        return this.#retry(() => this.#activity(action), action.retryOptions);
      case ActionType.CallSubOrchestrator:
        return this.#subOrchestration(action);
      case ActionType.CallSubOrchestratorWithRetry:
        return this.#retry(() => this.#subOrchestration(action), action.retryOptions);
      case ActionType.ContinueAsNew:
        this.continueAsNew = { input: action.input };
        return settledTask();
      case ActionType.CreateTimer:
        return this.#timer(Date.parse(action.fireAt), action.isCanceled);
      case ActionType.WaitForExternalEvent:
        return this.#events.wait(action.externalEventName);
      case ActionType.WhenAny:
        return this.#whenAny(action.compoundActions.map((child) => this.#invoke(child)));
      case ActionType.WhenAll:
        return this.#whenAll(action.compoundActions.map((child) => this.#invoke(child)));
    }
  }

  #create(decision: UnnumberedDecision): { id: number; task: PendingTask } {
    const id = this.#nextId++;
    const numbered: Decision = { ...decision, id };
    const task = new PendingTask();
    this.pending.set(id, numbered);
    this.decisions.set(id, numbered);
    this.open.set(id, task);
    return { id, task };
  }

  #activity(action: { functionName: string; input?: unknown }): PendingTask {
    this.env.requireFunction('activity', action.functionName);
    return this.#create({ kind: 'activity', name: action.functionName, input: action.input }).task;
  }

  #subOrchestration(action: {
    functionName: string;
    input?: unknown;
    instanceId?: string | null | undefined;
  }): PendingTask {
    this.env.requireFunction('sub-orchestration', action.functionName);
    const instanceId = action.instanceId?.length ? action.instanceId : `${this.env.executionId}:${this.#nextId}`;
    const decision = { kind: 'sub-orchestration', name: action.functionName, input: action.input, instanceId } as const;
    return this.#create(decision).task;
  }

  #atomicTimer(fireAtMs: number): { id: number; task: PendingTask } {
    return this.#create({ kind: 'timer', fireAt: new Date(fireAtMs).toISOString() });
  }

  #timer(fireAtMs: number, canceled: boolean): PendingTask {
    const long = fireAtMs - this.#now > this.env.maximumTimerMs;
    const { id, task } = this.#atomicTimer(long ? this.#now + this.env.longTimerMs : fireAtMs);
    if (canceled) {
      // A cancelled timer counts as completed from its creation on; that is trap H2.
      this.open.delete(id);
      task.settle(true);
      return task;
    }
    if (!long) return task;
    const whole = new PendingTask();
    const follow = (slice: PendingTask): void => {
      slice.then(() => {
        if (fireAtMs <= this.#now) whole.settle();
        else follow(this.#atomicTimer(Math.min(fireAtMs, this.#now + this.env.longTimerMs)).task);
      });
    };
    follow(task);
    return whole;
  }

  #whenAny(children: PendingTask[]): PendingTask {
    const first = new PendingTask();
    for (const child of children) {
      child.then(() => {
        first.settle();
      });
    }
    return first;
  }

  /** Settles with the last child, while the SDK resumes the orchestrator at the first failure; that is trap H1. */
  #whenAll(children: PendingTask[]): PendingTask {
    const all = new PendingTask();
    let left = children.length;
    let failed = false;
    for (const child of children) {
      child.then(() => {
        if (child.failed && !failed) {
          failed = true;
          this.progressed = true;
          this.#failedEarly++;
        }
        if (--left > 0) return;
        if (failed) this.#failedEarly--;
        all.settle(failed);
      });
    }
    return all;
  }

  #retry(call: () => PendingTask, options: RetryOptions): PendingTask {
    const whole = new PendingTask();
    const startedAt = this.#now;
    const fail = (): void => {
      whole.settle(true);
    };
    const attempt = (number: number): void => {
      const task = call();
      task.then(() => {
        if (!task.failed) {
          whole.settle();
          return;
        }
        // The framework makes one more timer after the last attempt, and the SDK waits for it.
        if (number >= options.maxNumberOfAttempts) {
          this.#atomicTimer(this.#now).task.then(fail);
          return;
        }
        const timeout = options.retryTimeoutInMilliseconds;
        if (timeout !== undefined && this.#now >= startedAt + timeout) {
          fail();
          return;
        }
        this.#atomicTimer(this.#now + retryDelay(number, options)).task.then(() => {
          attempt(number + 1);
        });
      });
    };
    attempt(1);
    return whole;
  }
}

function retryDelay(attempt: number, options: RetryOptions): number {
  const delay = options.firstRetryIntervalInMilliseconds * (options.backoffCoefficient ?? 1) ** (attempt - 1);
  return Math.min(delay, options.maxRetryIntervalInMilliseconds ?? 6 * DAY);
}
