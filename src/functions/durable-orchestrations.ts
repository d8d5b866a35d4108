import { type InvocationContext } from '@azure/functions';
import * as df from 'durable-functions';
import { type OrchestrationClient } from '../contracts/orchestration-client';
import { StrongroomError } from '../errors';

const ACTIVE: ReadonlySet<df.OrchestrationRuntimeStatus> = new Set([
  df.OrchestrationRuntimeStatus.Pending,
  df.OrchestrationRuntimeStatus.Running,
  df.OrchestrationRuntimeStatus.ContinuedAsNew,
  df.OrchestrationRuntimeStatus.Suspended,
]);

const ENDED: df.OrchestrationRuntimeStatus[] = [
  df.OrchestrationRuntimeStatus.Completed,
  df.OrchestrationRuntimeStatus.Failed,
  df.OrchestrationRuntimeStatus.Terminated,
  df.OrchestrationRuntimeStatus.Canceled,
];

/** The durable client of an invocation; the function must have the `durableClient` input. */
export function durableOrchestrations(context: InvocationContext): OrchestrationClient {
  const client = df.getClient(context);
  const isActive = async (instanceId: string): Promise<boolean> => {
    try {
      const status = await client.getStatus(instanceId);
      return ACTIVE.has(status.runtimeStatus);
    } catch (error) {
      // The client has no other sign for an unknown instance than this text (durable-functions 3.5.0, DurableClient.getStatus).
      if (error instanceof Error && error.message.includes('HTTP 404')) return false;
      throw engineUnavailable(error);
    }
  };
  return {
    isActive,
    start: async (name, instanceId, input) => {
      if (await isActive(instanceId)) return false;
      try {
        await client.startNew(name, { instanceId, input });
        return true;
      } catch (error) {
        // Somebody else may have started it meanwhile (409).
        if (await isActive(instanceId)) return false;
        throw engineUnavailable(error);
      }
    },
    forgetEnded: async (createdTimeFrom, createdTimeTo) => {
      try {
        // The engine wants a beginning (400 without), and answers 404 if there is nothing, which the client takes for none.
        const { instancesDeleted } = await client.purgeInstanceHistoryBy({
          createdTimeFrom,
          createdTimeTo,
          runtimeStatus: ENDED,
        });
        return instancesDeleted;
      } catch (error) {
        throw engineUnavailable(error);
      }
    },
  };
}

function engineUnavailable(cause: unknown): StrongroomError {
  return new StrongroomError(
    'host_unavailable',
    'The durable engine does not answer. Look at the Function App and its host storage account (AzureWebJobsStorage).',
    {
      retryable: true,
      cause,
    },
  );
}
