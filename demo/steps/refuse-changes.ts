import { BlobServiceClient, type ContainerClient } from '@azure/storage-blob';
import { type Auditor, containerOf, expectIntact, verify } from '../auditor';
import { expectPresent } from '../expectation';
import { type Narrator } from '../narrator';
import { expectRefused, type Refusal } from '../refusal';
import { type Scene } from '../scene';
import { type StoredSnapshot } from './back-up';

const BY_POLICY: Refusal = '409 BlobImmutableDueToPolicy';

/** Somebody's attempt at the stored snapshots, and the answer that is due to it. */
interface Attempt {
  readonly who: string;
  readonly what: string;
  readonly refusal: Refusal;
  readonly act: () => Promise<unknown>;
}

/**
 * Tries to overwrite and delete in the real container, as the owner of the account key and as the app itself, and expects
 * the store to refuse; afterwards everything is as it was.
 */
export async function refuseChanges(
  { stack }: Scene,
  auditor: Auditor,
  narrator: Narrator,
  newest: StoredSnapshot,
): Promise<void> {
  const { account, archive } = stack.endpoints.connections;
  const manifest = await pathOf(auditor, newest);
  const attempts = [...asOwner(open(account), manifest), ...asWriter(open(archive), manifest)];
  const rows: string[][] = [];
  for (const { who, what, refusal, act } of attempts) {
    await expectRefused(`${what}, by ${who},`, refusal, act);
    rows.push(['ok', who, what, refusal]);
  }
  narrator.table(rows);
  const head = { snapshot: newest.id, digest: newest.digest };
  expectIntact(await verify(auditor, { source: containerOf(auditor, 'daily'), tier: 'daily', expectedHead: head }));
  narrator.shown('verified once more: nothing was changed');
}

function open(connection: string): ContainerClient {
  return BlobServiceClient.fromConnectionString(connection).getContainerClient('strongroom-daily');
}

async function pathOf(auditor: Auditor, { id }: StoredSnapshot): Promise<string> {
  const paths = (await containerOf(auditor, 'daily').list('')).map(({ path }) => path);
  return expectPresent(
    paths.find((path) => path.endsWith(`/${id}/manifest.jws`)),
    'the manifest in the container',
  );
}

function asOwner(container: ContainerClient, manifest: string): Attempt[] {
  const blob = container.getBlockBlobClient(manifest);
  const owner = (what: string, refusal: Refusal, act: Attempt['act']): Attempt => ({
    who: 'owner of the account key',
    what,
    refusal,
    act,
  });
  return [
    owner('overwrite the manifest', BY_POLICY, () => blob.upload('forged', 6)),
    owner('delete the manifest', BY_POLICY, () => blob.delete()),
    owner('change its metadata', BY_POLICY, () => blob.setMetadata({ forged: 'yes' })),
    owner('delete the container', '409 ContainerImmutabilityPolicyLocked', () => container.delete()),
  ];
}

function asWriter(container: ContainerClient, manifest: string): Attempt[] {
  const blob = container.getBlockBlobClient(manifest);
  const writer = (what: string, refusal: Refusal, act: Attempt['act']): Attempt => ({
    who: 'the app with its own SAS',
    what,
    refusal,
    act,
  });
  return [
    writer('overwrite the manifest', '403 UnauthorizedBlobOverwrite', () => blob.upload('forged', 6)),
    writer('delete the manifest', '403 AuthorizationPermissionMismatch', () => blob.delete()),
  ];
}
