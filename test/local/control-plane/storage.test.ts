import { StorageManagementClient } from '@azure/arm-storage';
import { gatewayClient } from '../vault-service/local-vaults';
import { outcome, StorageProcess } from '../storage/storage-process';
import { LocalControlPlane, READER, SUBSCRIPTION } from './local-control-plane';

const GROUP = 'strongroom';
const ACCOUNT = 'devstoreaccount1';
const storage = new StorageProcess();
let plane: LocalControlPlane;
let client: StorageManagementClient;
let made = 0;

beforeAll(async () => {
  [plane] = await Promise.all([LocalControlPlane.start(), storage.start({ inMemory: true })]);
  await plane.order('PUT', `storage-accounts/${ACCOUNT}`, {
    subscriptionId: SUBSCRIPTION,
    resourceGroup: GROUP,
    control: storage.part.endpoints.storageControl,
    blob: storage.urls.blob,
  });
  await plane.allow('Storage Account Contributor');
  const credential = {
    getToken: async () => ({ token: await plane.token(), expiresOnTimestamp: Date.now() + 3_600_000 }),
  };
  client = new StorageManagementClient(credential, SUBSCRIPTION, {
    httpClient: gatewayClient(plane.vaults.endpoints.controlPlane ?? ''),
    retryOptions: { maxRetries: 0 },
  });
});
afterAll(async () => {
  await Promise.all([plane.stop(), storage.stopAndClean()]);
});

async function container(policy: object = {}): Promise<string> {
  made += 1;
  await storage.control('PUT', `/containers/c-${made}`, policy);
  return `c-${made}`;
}

const containers = () => client.blobContainers;
const policyOf = (name: string) => containers().getImmutabilityPolicy(GROUP, ACCOUNT, name);
const put = (name: string, immutabilityPeriodSinceCreationInDays: number, ifMatch?: string) =>
  containers().createOrUpdateImmutabilityPolicy(GROUP, ACCOUNT, name, {
    parameters: { immutabilityPeriodSinceCreationInDays },
    ...(ifMatch !== undefined && { ifMatch }),
  });
const truth = async (name: string) => (await storage.control('GET', `/containers/${name}`)).body;
const STATE = '409 ContainerImmutabilityPolicyFailure';
const ETAG = '412 ContainerImmutabilityPolicyFailure';

test('the account, by its resource id', async () => {
  const account = await client.storageAccounts.getProperties(GROUP, ACCOUNT);
  expect(account).toMatchObject({ name: ACCOUNT, kind: 'StorageV2', provisioningState: 'Succeeded' });
  expect(await outcome(client.storageAccounts.getProperties(GROUP, 'nosuchaccount'))).toBe('404 ResourceNotFound');
  expect(await outcome(client.storageAccounts.getProperties('elsewhere', ACCOUNT))).toBe('404 ResourceNotFound');
});

test('a container without a policy has one of no days that is deleted', async () => {
  const name = await container();
  const { id, etag, ...policy } = await policyOf(name);
  expect(policy).toMatchObject({ immutabilityPeriodSinceCreationInDays: 0, state: 'Deleted' });
  expect(etag).toBe('');
  expect(id).toContain(`/containers/${name}/immutabilityPolicies/default`);
  expect(await outcome(policyOf('no-such-container'))).toBe('404 ContainerNotFound');
});

test('a policy is set, changed with the right etag only, and removed; the data plane follows', async () => {
  const name = await container();
  const first = await put(name, 10);
  expect(first).toMatchObject({ immutabilityPeriodSinceCreationInDays: 10, state: 'Unlocked' });
  const second = await put(name, 12, first.etag);
  expect(second.etag).not.toBe(first.etag);
  expect(await outcome(put(name, 14, first.etag))).toBe(ETAG);
  expect(await truth(name)).toMatchObject({ policy: { retentionDays: 12, state: 'Unlocked' } });
  expect(await outcome(containers().deleteImmutabilityPolicy(GROUP, ACCOUNT, name, first.etag ?? ''))).toBe(ETAG);
  const deleted = await containers().deleteImmutabilityPolicy(GROUP, ACCOUNT, name, second.etag ?? '');
  expect(deleted.immutabilityPeriodSinceCreationInDays).toBe(0);
  expect(await truth(name)).toMatchObject({ policy: null });
  expect(await outcome(put(name, 0))).toBe('400 InvalidRequestPropertyValue');
});

test('a locked policy is only extended, five times, and keeps its history with who and when', async () => {
  const name = await container();
  let { etag = '' } = await put(name, 30);
  expect(await outcome(containers().lockImmutabilityPolicy(GROUP, ACCOUNT, name, '"stale"'))).toBe(ETAG);
  const locked = await containers().lockImmutabilityPolicy(GROUP, ACCOUNT, name, etag);
  expect(locked.state).toBe('Locked');
  etag = locked.etag ?? '';
  expect(await outcome(put(name, 40, etag))).toBe(STATE);
  expect(await outcome(containers().deleteImmutabilityPolicy(GROUP, ACCOUNT, name, etag))).toBe(STATE);
  const extend = (days: number) =>
    containers().extendImmutabilityPolicy(GROUP, ACCOUNT, name, etag, {
      parameters: { immutabilityPeriodSinceCreationInDays: days },
    });
  expect(await outcome(extend(30))).toBe(STATE);
  for (const days of [31, 32, 33, 34, 35]) ({ etag = '' } = await extend(days));
  expect(await outcome(extend(36))).toBe(STATE);
  const { immutabilityPolicy, hasImmutabilityPolicy } = await containers().get(GROUP, ACCOUNT, name);
  expect(hasImmutabilityPolicy).toBe(true);
  expect(immutabilityPolicy).toMatchObject({ immutabilityPeriodSinceCreationInDays: 35, state: 'Locked', etag });
  const history = immutabilityPolicy?.updateHistory ?? [];
  expect(history.map(({ update }) => update)).toEqual(['put', 'lock', ...Array<string>(5).fill('extend')]);
  expect(history.every(({ objectIdentifier }) => objectIdentifier === READER)).toBe(true);
  expect(history[0]?.timestamp).toBeInstanceOf(Date);
  const blob = storage.blobs().getContainerClient(name).getBlockBlobClient('kept');
  await blob.upload('x', 1);
  expect(await outcome(blob.delete())).toBe('409 BlobImmutableDueToPolicy');
});

test('legal holds are set and cleared by tag, and protect what is in the container', async () => {
  const name = await container();
  const blob = storage.blobs().getContainerClient(name).getBlockBlobClient('held');
  await blob.upload('x', 1);
  const held = await containers().setLegalHold(GROUP, ACCOUNT, name, { tags: ['Case42', 'audit'] });
  expect(held).toMatchObject({ hasLegalHold: true, tags: ['case42', 'audit'] });
  expect(await outcome(blob.delete())).toBe('409 BlobImmutableDueToLegalHold');
  const { legalHold } = await containers().get(GROUP, ACCOUNT, name);
  expect(legalHold?.tags?.map(({ tag, objectIdentifier }) => [tag, objectIdentifier])).toEqual([
    ['case42', READER],
    ['audit', READER],
  ]);
  await containers().clearLegalHold(GROUP, ACCOUNT, name, { tags: ['case42'] });
  const cleared = await containers().clearLegalHold(GROUP, ACCOUNT, name, { tags: ['audit'] });
  expect(cleared.hasLegalHold).toBe(false);
  expect(await outcome(blob.delete())).toBe('allowed');
  expect(await outcome(containers().setLegalHold(GROUP, ACCOUNT, name, { tags: ['no'] }))).toBe(
    '400 InvalidRequestPropertyValue',
  );
});

test('the listing pages over all containers, with flags', async () => {
  const name = await container({ retentionDays: 3 });
  const found = new Map<string, boolean>();
  for await (const item of containers().list(GROUP, ACCOUNT)) {
    found.set(item.name ?? '', item.hasImmutabilityPolicy ?? false);
  }
  expect(found.size).toBe(made);
  expect(found.get(name)).toBe(true);
});

test('each change wants its own right', async () => {
  const name = await container({ retentionDays: 3 });
  await plane.order('DELETE', 'role-assignments');
  await plane.allow('Reader');
  const denied = '403 AuthorizationFailed';
  const { etag = '' } = await policyOf(name);
  expect(await outcome(put(name, 5))).toBe(denied);
  expect(await outcome(containers().lockImmutabilityPolicy(GROUP, ACCOUNT, name, etag))).toBe(denied);
  expect(await outcome(containers().extendImmutabilityPolicy(GROUP, ACCOUNT, name, etag))).toBe(denied);
  expect(await outcome(containers().deleteImmutabilityPolicy(GROUP, ACCOUNT, name, etag))).toBe(denied);
  expect(await outcome(containers().setLegalHold(GROUP, ACCOUNT, name, { tags: ['audit'] }))).toBe(denied);
  expect(await outcome(containers().clearLegalHold(GROUP, ACCOUNT, name, { tags: ['audit'] }))).toBe(denied);
});
