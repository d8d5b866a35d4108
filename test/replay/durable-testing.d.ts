declare module 'durable-functions/lib/src/util/testingUtils' {
  import { type InvocationContext } from '@azure/functions';
  import { type OrchestrationHandler } from 'durable-functions';

  export class DummyOrchestrationContext extends InvocationContext {
    constructor(functionName: string, invocationId: string, log: () => void);
  }
  export function createOrchestrator(
    orchestration: OrchestrationHandler,
  ): (trigger: object, context: DummyOrchestrationContext) => Promise<unknown>;
}
