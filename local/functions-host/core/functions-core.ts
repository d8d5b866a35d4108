import Module, { createRequire } from 'node:module';
import { dirname } from 'node:path';

import { type TypedData } from './typed-data';

/** A binding of a function, as `@azure/functions` describes it. */
export interface Binding {
  type: string;
  direction: 'in' | 'out' | 'inout';
  [option: string]: unknown;
}

/** Any function of the app, before the programming model has wrapped it. */
export type FunctionCallback = (...args: unknown[]) => unknown;

/** A function that the app has registered; `trigger` is the one binding that starts it. */
export interface RegisteredFunction {
  name: string;
  bindings: Record<string, Binding>;
  retryOptions?: unknown;
  callback: FunctionCallback;
  trigger: Binding & { name: string };
}

/** One invocation as the programming model runs it. */
interface InvocationModel {
  getArguments(): Promise<{ context: unknown; inputs: unknown[] }>;
  invokeFunction(context: unknown, inputs: unknown[], callback: FunctionCallback): Promise<unknown>;
  getResponse(
    context: unknown,
    result: unknown,
  ): Promise<{ returnValue?: TypedData | null; outputData?: { name: string; data: TypedData }[] }>;
}

/** What `@azure/functions` registers itself as. */
export interface ProgrammingModel {
  name: string;
  version: string;
  getInvocationModel(coreContext: unknown): InvocationModel;
}

/** Receives what app and libraries log through the worker. */
export type CoreLog = (level: string, category: string, message: string) => void;

type HookCallback = (context: object) => unknown;

/** Answers of a registration, with which it can be taken back. */
class Disposable {
  readonly #undo: () => void;

  constructor(undo: () => void) {
    this.#undo = undo;
  }

  dispose(): void {
    this.#undo();
  }
}

/**
 * The module `@azure/functions-core`, which Azure's Node worker puts in place of a package of that name. Through it the
 * unmodified `@azure/functions` registers the app's functions and hooks with this host.
 */
export class FunctionsCore {
  readonly functions = new Map<string, RegisteredFunction>();
  readonly appHookData: Record<string, unknown> = {};
  readonly #hooks = new Map<string, HookCallback[]>();
  readonly #log: CoreLog;
  #model: ProgrammingModel | undefined;
  #started = false;

  constructor(log: CoreLog) {
    this.#log = log;
  }

  /** The programming model of the app; absent until the app has loaded `@azure/functions`. */
  get model(): ProgrammingModel | undefined {
    return this.#model;
  }

  /** Makes `require('@azure/functions-core')` give this module, in the whole process. Call it before the app is loaded. */
  install(): void {
    const api = this.#api();
    const proto = Module.prototype as unknown as { require: (id: string) => unknown };
    proto.require = new Proxy(proto.require, {
      apply: (target, self, args: [string]) =>
        args[0] === '@azure/functions-core' ? api : Reflect.apply<unknown, [string], unknown>(target, self, args),
    });
  }

  /** Loads the compiled app and runs its start hooks; afterwards nothing can be registered, as in Azure. */
  async load(entry: string): Promise<void> {
    createRequire(entry)(entry);
    await this.runHooks('appStart', {
      hookData: {},
      appHookData: this.appHookData,
      functionAppDirectory: dirname(entry),
    });
    this.#started = true;
  }

  /** Runs the hooks of one name in the order of their registration; a hook that throws fails the caller. */
  async runHooks(name: string, context: object): Promise<void> {
    for (const hook of [...(this.#hooks.get(name) ?? [])]) await hook(context);
  }

  /** A function by trigger type and name, both regardless of case, as the durable extension looks them up. */
  find(triggerType: string, name: string): RegisteredFunction | undefined {
    const wanted = name.toLowerCase();
    for (const fn of this.functions.values()) {
      if (fn.trigger.type.toLowerCase() === triggerType.toLowerCase() && fn.name.toLowerCase() === wanted) return fn;
    }
    return undefined;
  }

  #api(): object {
    return {
      version: '3.10.1',
      hostVersion: '4.1037.0',
      Disposable,
      registerHook: (name: string, callback: HookCallback) => this.#registerHook(name, callback),
      setProgrammingModel: (model: ProgrammingModel) => {
        this.#model = model;
      },
      getProgrammingModel: () => this.#model,
      log: this.#log,
      registerFunction: (
        metadata: { name: string; bindings: Record<string, Binding>; retryOptions?: unknown },
        callback: FunctionCallback,
      ) => this.#registerFunction(metadata, callback),
    };
  }

  #registerHook(name: string, callback: HookCallback): Disposable {
    const hooks = this.#hooks.get(name) ?? [];
    this.#hooks.set(name, hooks);
    hooks.push(callback);
    return new Disposable(() => {
      hooks.splice(hooks.indexOf(callback), 1);
    });
  }

  #registerFunction(
    metadata: { name: string; bindings: Record<string, Binding>; retryOptions?: unknown },
    callback: FunctionCallback,
  ): Disposable {
    if (this.#started) throw new Error('A function can only be registered during app startup.');
    if (this.functions.has(metadata.name))
      throw new Error(`A function with id "${metadata.name}" has already been registered.`);
    const trigger = Object.entries(metadata.bindings).find(([, binding]) => /trigger$/i.test(binding.type));
    if (!trigger) throw new Error(`Function "${metadata.name}" has no trigger.`);
    this.functions.set(metadata.name, { ...metadata, callback, trigger: { ...trigger[1], name: trigger[0] } });
    return new Disposable(() => this.functions.delete(metadata.name));
  }
}
