import { type InvocationContext } from '@azure/functions';
import { type Caller } from '../contracts/callers';
import { type Log } from '../log';
import { type Asker } from '../operations/audited';
import { durableOrchestrations } from './durable-orchestrations';

/** Who asks for a change. The function must have the `durableClient` input if the change starts an orchestration. */
export function askerOf({
  caller,
  context,
  correlationId,
  log,
}: {
  caller: Caller;
  context: InvocationContext;
  correlationId: string;
  log: Log;
}): Asker {
  return { actor: caller.objectId, correlationId, log, orchestrations: () => durableOrchestrations(context) };
}
