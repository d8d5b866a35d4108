import { randomUUID } from 'node:crypto';

import { type HostLog } from '../host-log';
import { type FunctionsCore, type RegisteredFunction } from './functions-core';
import { type TypedData } from './typed-data';

/** A function of the app has thrown: its own message, and its stack as the worker reports it. */
export class FunctionFailure extends Error {
  constructor(
    message: string,
    readonly remoteStack: string,
  ) {
    super(message);
    this.name = 'FunctionFailure';
  }
}

/** What an invocation gives back. */
export interface InvocationResult {
  returnValue?: TypedData | null | undefined;
}

/** Supplies the value of an input binding other than the trigger, or `undefined` if the host does not know its type. */
export type InputBinding = (type: string) => TypedData | undefined;

/** Whether failures are written to the log by the invoker; orchestrators fail by design of their protocol, on every replay. */
export interface InvocationOptions {
  logFailure: boolean;
}

/** Runs one function of the app, step by step as Azure's Node worker does it, hooks included. */
export class Invoker {
  constructor(
    private readonly core: FunctionsCore,
    private readonly log: HostLog,
    private readonly inputBinding: InputBinding,
  ) {}

  /**
   * Runs `fn` with the trigger's value and metadata.
   * @throws {FunctionFailure} whatever the function, a hook or the conversion of the result throws
   */
  async invoke(
    fn: RegisteredFunction,
    trigger: TypedData,
    triggerMetadata: Record<string, TypedData> = {},
    options: InvocationOptions = { logFailure: true },
  ): Promise<InvocationResult> {
    const invocationId = randomUUID();
    try {
      return await this.#run(fn, invocationId, this.#inputData(fn, trigger), triggerMetadata);
    } catch (thrown) {
      const failure = toFailure(thrown);
      if (options.logFailure) this.log.write('error', fn.name, failure.remoteStack || failure.message, invocationId);
      throw failure;
    }
  }

  #inputData(fn: RegisteredFunction, trigger: TypedData): { name: string; data: TypedData }[] {
    const inputData = [{ name: fn.trigger.name, data: trigger }];
    for (const [name, binding] of Object.entries(fn.bindings)) {
      if (binding.direction !== 'in' || name === fn.trigger.name) continue;
      const data = this.inputBinding(binding.type);
      if (!data)
        throw new Error(`The input binding "${binding.type}" of ${fn.name} is not supported by the local host.`);
      inputData.push({ name, data });
    }
    return inputData;
  }

  async #run(
    fn: RegisteredFunction,
    invocationId: string,
    inputData: { name: string; data: TypedData }[],
    triggerMetadata: Record<string, TypedData>,
  ): Promise<InvocationResult> {
    const { core, log } = this;
    if (!core.model) throw new Error('The app has not loaded @azure/functions.');
    const coreContext = {
      invocationId,
      state: undefined as string | undefined,
      request: {
        invocationId,
        functionId: fn.name,
        inputData,
        triggerMetadata,
        traceContext: { traceParent: `00-${invocationId.replaceAll('-', '')}-0000000000000001-00` },
      },
      metadata: { name: fn.name, bindings: fn.bindings },
      log: (level: string, _category: string, message: string) => {
        log.write(level, fn.name, message, invocationId);
      },
    };
    const model = core.model.getInvocationModel(coreContext);
    const { context, inputs } = await model.getArguments();
    const shared = { hookData: {}, appHookData: core.appHookData, invocationContext: context };
    const before = { ...shared, functionCallback: fn.callback, inputs };
    coreContext.state = 'preInvocationHooks';
    await core.runHooks('preInvocation', before);
    const after = { ...shared, inputs: before.inputs, result: null as unknown, error: null as unknown };
    coreContext.state = 'invocation';
    try {
      after.result = await model.invokeFunction(context, before.inputs, before.functionCallback);
    } catch (error) {
      after.error = error ?? new Error('Unknown error');
    }
    coreContext.state = 'postInvocationHooks';
    await core.runHooks('postInvocation', after);
    coreContext.state = undefined;
    if (after.error !== null && after.error !== undefined) throw toFailure(after.error);
    const { returnValue } = await model.getResponse(context, after.result);
    return { returnValue };
  }
}

function toFailure(thrown: unknown): FunctionFailure {
  if (thrown instanceof FunctionFailure) return thrown;
  if (thrown instanceof Error) return new FunctionFailure(thrown.message, thrown.stack ?? '');
  if (typeof thrown === 'string') return new FunctionFailure(thrown, '');
  return new FunctionFailure(thrown === undefined ? 'Unknown error' : JSON.stringify(thrown), '');
}
