import { QueueServiceClient } from '@azure/storage-queue';

import { StackStartError } from '../../process/stack-process';
import { type AppSettings } from '../app-settings';

/**
 * The queue service that a trigger's `connection` means: the setting of that name, or `AzureWebJobs` before it; without a
 * name `AzureWebJobsStorage`. Calls are not retried by the client: the listener polls again anyway.
 * @throws {StackStartError} `missing_setting` if there is none, or only an identity-based one, which http cannot carry
 */
export function queueService(connection: string | undefined, settings: AppSettings, of: string): QueueServiceClient {
  const name = connection?.length ? connection : 'Storage';
  const value = settings[name] ?? settings[`AzureWebJobs${name}`];
  if (value === undefined || value === '')
    throw new StackStartError(
      'missing_setting',
      `The queue trigger of ${of} needs a connection string in the setting ${connection?.length ? name : 'AzureWebJobsStorage'}.`,
    );
  try {
    return QueueServiceClient.fromConnectionString(value, { retryOptions: { maxTries: 1, tryTimeoutInMs: 30_000 } });
  } catch (cause) {
    throw new StackStartError('bad_setting', `The setting ${name} of ${of} is not a valid connection string.`, {
      cause,
    });
  }
}
