import { type Auditor, containerOf, expectIntact, verify } from '../auditor';
import { expectPresent, expectThat } from '../expectation';
import { count, type Narrator } from '../narrator';
import { expectRefused } from '../refusal';
import { type StoredSnapshot } from './back-up';

/** Verifies the first snapshot from outside, and shows that the auditor could not have changed it. */
export async function verifySnapshot(auditor: Auditor, narrator: Narrator, snapshot: StoredSnapshot): Promise<void> {
  const container = auditor.storage.getContainerClient('strongroom-daily');
  await expectRefused("an upload with the auditor's SAS", '403 AuthorizationPermissionMismatch', () =>
    container.getBlockBlobClient('forged').upload('', 0),
  );
  narrator.shown("the auditor's SAS reads and lists; writing with it: 403 AuthorizationPermissionMismatch");
  const verification = await verify(auditor, {
    source: containerOf(auditor, 'daily'),
    tier: 'daily',
    now: new Date(),
    expectedHead: { snapshot: snapshot.id, digest: snapshot.digest },
  });
  expectIntact(verification);
  const verified = expectPresent(verification.snapshots[0], 'a snapshot with a proved manifest');
  const { manifest } = verified;
  expectThat(
    verified.blobs === 'intact' && manifest.blobs.length === snapshot.blobs,
    `all ${snapshot.blobs} blobs to be intact`,
    `of ${manifest.blobs.length} blobs they are ${verified.blobs}`,
  );
  const bytes = manifest.blobs.reduce((sum, blob) => sum + blob.bytes, 0);
  narrator.shown(`signature of the manifest by the pinned key ${manifest.signingKey.thumbprint.slice(0, 12)}...`);
  narrator.shown(
    `SHA-256 of ${count(manifest.blobs.length)} blobs, ${count(bytes)} bytes; it is the head that the app told of`,
  );
}
