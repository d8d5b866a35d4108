import { type FunctionsCore } from '../core/functions-core';
import { FunctionFailure, type Invoker } from '../core/invoker';
import { type TypedData } from '../core/typed-data';
import { type EventBody, EventType } from './history-event';
import { activityInput, resultText } from './payloads';

/** An activity to run. Its input is in memory only: after a restart it comes back from the orchestrator's replay. */
export interface ActivityTask {
  instanceId: string;
  executionId: string;
  taskId: number;
  name: string;
  input: unknown;
}

/** How the pool runs activities. */
export interface ActivityPoolOptions {
  core: FunctionsCore;
  invoker: Invoker;
  /** `maxConcurrentActivityFunctions` of host.json. */
  concurrency: number;
  /** Which of `waiting` tasks comes next. */
  pick(waiting: number): number;
  /** Receives the outcome of each task. */
  completed(task: ActivityTask, event: EventBody): void;
}

/** Runs activities, a limited number at a time. Each runs at least once: again after a restart, if its result was not kept. */
export class ActivityPool {
  readonly #waiting: ActivityTask[] = [];
  readonly #running = new Set<Promise<void>>();
  #started = 0;
  #stopped = false;

  constructor(private readonly options: ActivityPoolOptions) {}

  /** How many activities have been begun since the start of the process. */
  get started(): number {
    return this.#started;
  }

  add(task: ActivityTask): void {
    this.#waiting.push(task);
    this.#pump();
  }

  /** Begins no further activity; resolves once the running ones are done. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#running);
  }

  #pump(): void {
    while (!this.#stopped && this.#running.size < this.options.concurrency && this.#waiting.length > 0) {
      const [task] = this.#waiting.splice(this.options.pick(this.#waiting.length), 1);
      if (!task) return;
      this.#started++;
      const run = this.#run(task).finally(() => {
        this.#running.delete(run);
        this.#pump();
      });
      this.#running.add(run);
    }
  }

  async #run(task: ActivityTask): Promise<void> {
    const outcome = await this.#outcome(task);
    this.options.completed(task, outcome);
  }

  async #outcome(task: ActivityTask): Promise<EventBody> {
    const { core, invoker } = this.options;
    try {
      const fn = core.find('activityTrigger', task.name);
      if (!fn) throw new Error(`The app has no activity function '${task.name}'.`);
      const input = activityInput(task.input);
      const { returnValue } = await invoker.invoke(fn, input, triggerMetadata(task, input));
      const result = resultText(returnValue, `Activity function '${task.name}'`);
      return { EventType: EventType.TaskCompleted, TaskScheduledId: task.taskId, Result: result };
    } catch (error) {
      return failureEvent(task, error as Error);
    }
  }
}

/** As the real host: the instance, the input whole, and the input's own properties. */
function triggerMetadata(task: ActivityTask, input: TypedData): Record<string, TypedData> {
  const metadata: Record<string, TypedData> = { data: input, instanceId: { string: task.instanceId } };
  if (typeof task.input !== 'object' || task.input === null || Array.isArray(task.input)) return metadata;
  for (const [key, value] of Object.entries(task.input)) metadata[key] ??= { json: JSON.stringify(value ?? null) };
  return metadata;
}

function failureEvent(task: ActivityTask, error: Error): EventBody {
  const remoteStack = error instanceof FunctionFailure ? error.remoteStack : (error.stack ?? '');
  return {
    EventType: EventType.TaskFailed,
    TaskScheduledId: task.taskId,
    Reason: `Activity function '${task.name}' failed:  ${error.message}`,
    Details: JSON.stringify({
      $type: 'System.Exception, System.Private.CoreLib',
      ClassName: 'System.Exception',
      Message: ` ${error.message}`,
      RemoteStackTrace: remoteStack,
    }),
    FailureDetails: null,
  };
}
