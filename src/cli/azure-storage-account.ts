import { type BlobContainersOperations, type ImmutabilityPolicy } from '@azure/arm-storage';
import { MOST_EXTENSIONS } from '../contracts/archive-policies';
import { createGatewayHttpClient } from '../vault/gateway-http-client';
import { azureFailure, type AzureOperation } from './azure-failures';
import { interrupted } from './api-client';
import { type ContainerState, type StorageAccountSource, type TaggedPolicy } from './storage-account';

type Policy = Omit<TaggedPolicy, 'extensionsLeft'>;

/**
 * The account by Azure's own library, which is loaded only here: it takes longer than most commands. Every change is sent once: one whose answer was lost may have been done, and the command can be
 * repeated, since each looks at what there is first.
 */
export const openStorageAccount: StorageAccountSource = async (account, access) => {
  const { StorageManagementClient } = await import('@azure/arm-storage');
  const { endpoint, getToken, gateway, signal } = access;
  const operations = (maxRetries: number): BlobContainersOperations =>
    new StorageManagementClient({ getToken }, account.subscriptionId, {
      endpoint,
      credentials: { scopes: [`${endpoint}/.default`] },
      retryOptions: { maxRetries, retryDelayInMs: 500 },
      // A redirection would carry the token elsewhere.
      redirectOptions: { maxRetries: 0 },
      ...(gateway === undefined ? {} : { httpClient: createGatewayHttpClient(gateway) }),
    }).blobContainers;
  const call = async <T>(operation: AzureOperation, made: Promise<T>): Promise<T> => {
    try {
      return await made;
    } catch (error) {
      if (signal.aborted) throw interrupted();
      throw azureFailure(error, operation, gateway !== undefined);
    }
  };
  const [reads, writes] = [operations(2), operations(0)];
  const at = [account.resourceGroup, account.name] as const;
  const days = (value: number) => ({ parameters: { immutabilityPeriodSinceCreationInDays: value } });
  const options = { abortSignal: signal };

  return {
    container: async (name) => stateOf(await call('read', reads.get(...at, name, options))),
    async setPolicy(name, value, etag) {
      const parameters = { ...days(value).parameters, allowProtectedAppendWrites: false };
      const ifMatch = etag === undefined ? {} : { ifMatch: etag };
      const set = writes.createOrUpdateImmutabilityPolicy(...at, name, { ...options, parameters, ...ifMatch });
      return { ...policyOf(await call('set', set)), extensionsLeft: null };
    },
    async lockPolicy(name, etag) {
      const locked = await call('lock', writes.lockImmutabilityPolicy(...at, name, etag, options));
      return { ...policyOf(locked), extensionsLeft: MOST_EXTENSIONS };
    },
    async extendPolicy(name, value, etag) {
      await call('extend', writes.extendImmutabilityPolicy(...at, name, etag, { ...options, ...days(value) }));
      const { policy } = stateOf(await call('read', reads.get(...at, name, options)));
      if (policy === null) throw azureFailure({ statusCode: 409 }, 'extend', gateway !== undefined);
      return policy;
    },
    async addHold(name, tag) {
      await call('hold', writes.setLegalHold(...at, name, { tags: [tag] }, options));
    },
    async removeHold(name, tag) {
      await call('release', writes.clearLegalHold(...at, name, { tags: [tag] }, options));
    },
  };
};

type Container = Awaited<ReturnType<BlobContainersOperations['get']>>;

function stateOf({ immutabilityPolicy, legalHold }: Container): ContainerState {
  const holds = (legalHold?.tags ?? []).map(({ tag = '', timestamp, objectIdentifier }) => {
    return { tag, since: timestamp?.toISOString() ?? null, by: objectIdentifier ?? null };
  });
  const { state = 'Deleted', updateHistory = [] } = immutabilityPolicy ?? {};
  if (immutabilityPolicy === undefined || state === 'Deleted') return { policy: null, holds };
  const policy = policyOf(immutabilityPolicy);
  const extensions = updateHistory.filter(({ update }) => update === 'extend').length;
  return {
    policy: { ...policy, extensionsLeft: policy.locked ? Math.max(0, MOST_EXTENSIONS - extensions) : null },
    holds,
  };
}

function policyOf(policy: Partial<ImmutabilityPolicy>): Policy {
  return {
    days: policy.immutabilityPeriodSinceCreationInDays ?? 0,
    locked: policy.state === 'Locked',
    protectedAppend: policy.allowProtectedAppendWrites === true || policy.allowProtectedAppendWritesAll === true,
    etag: policy.etag ?? '',
  };
}
