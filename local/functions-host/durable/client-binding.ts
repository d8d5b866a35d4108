import { type TypedData } from '../core/typed-data';

/** Where the durable endpoints of this host are. */
export interface DurableEndpoints {
  /** `http://127.0.0.1:PORT`, also the origin of all links that are given out. */
  origin: string;
  hubName: string;
  /** The key that the webhook endpoints ask for. */
  key: string;
  /** The path of the endpoints for the app's own durable client, which ask for no key; not to be guessed. */
  rpcPath: string;
}

/** The path of the public durable endpoints. */
export const WEBHOOK_PATH = '/runtime/webhooks/durabletask';

/** Links with which one instance is managed. */
export function managementLinks(endpoints: DurableEndpoints, instanceId: string): Record<string, string> {
  const instance = `${endpoints.origin}${WEBHOOK_PATH}/instances/${instanceId}`;
  const query = `taskHub=${endpoints.hubName}&connection=Storage&code=${encodeURIComponent(endpoints.key)}`;
  return {
    statusQueryGetUri: `${instance}?${query}`,
    sendEventPostUri: `${instance}/raiseEvent/{eventName}?${query}`,
    terminatePostUri: `${instance}/terminate?reason={text}&${query}`,
    rewindPostUri: `${instance}/rewind?reason={text}&${query}`,
    purgeHistoryDeleteUri: `${instance}?${query}`,
    restartPostUri: `${instance}/restart?${query}`,
    suspendPostUri: `${instance}/suspend?reason={text}&${query}`,
    resumePostUri: `${instance}/resume?reason={text}&${query}`,
  };
}

/** The value of the `durableClient` input binding. */
export function durableClientBinding(endpoints: DurableEndpoints): TypedData {
  const base = `${endpoints.origin}${WEBHOOK_PATH}`;
  const code = `code=${encodeURIComponent(endpoints.key)}`;
  const create = `${base}/orchestrators/{functionName}[/{instanceId}]`;
  return {
    string: JSON.stringify({
      taskHubName: endpoints.hubName,
      connectionName: null,
      creationUrls: {
        createNewInstancePostUri: `${create}?${code}`,
        createAndWaitOnNewInstancePostUri: `${create}?timeout={timeoutInSeconds}&pollingInterval={intervalInSeconds}&${code}`,
      },
      managementUrls: { id: 'INSTANCEID', ...managementLinks(endpoints, 'INSTANCEID') },
      baseUrl: base,
      requiredQueryStringParameters: code,
      rpcBaseUrl: `${endpoints.origin}${endpoints.rpcPath}/`,
      httpBaseUrl: null,
    }),
  };
}
