import { type Finding, finding, Refusal } from './findings';
import { MANIFEST } from './layout';
import { type ManifestBlob } from './manifest';
import { digestOf, type SignedSnapshot } from './read-manifest';
import { type SnapshotSource } from './source';

/** How many blobs are read at once: enough to hide the latency of a remote container, little enough for any memory. */
const READ_AT_ONCE = 8;

/**
 * The bytes of a blob that the manifest names, exactly as it names them. Throws a `Refusal` with `blob_missing`,
 * `blob_truncated` or `blob_damaged`.
 */
export async function readNamedBlob(
  source: SnapshotSource,
  snapshot: SignedSnapshot,
  named: ManifestBlob,
): Promise<Uint8Array> {
  const { blob } = named;
  const bytes = await source.read(snapshot.folder.path + blob);
  if (bytes === undefined) throw new Refusal('blob_missing', 'the manifest names it, and it is not there', blob);
  if (bytes.length < named.bytes) {
    throw new Refusal('blob_truncated', `it has ${bytes.length} bytes instead of ${named.bytes}`, blob);
  }
  if (bytes.length !== named.bytes || digestOf(bytes) !== named.digest) {
    throw new Refusal('blob_damaged', 'its digest is not the one in the manifest', blob);
  }
  return bytes;
}

/** Reads every blob of a snapshot (section 8, step 3), and looks for blobs that the manifest does not name. */
export async function checkBlobs(source: SnapshotSource, snapshot: SignedSnapshot): Promise<Finding[]> {
  const findings: Finding[] = [];
  const waiting = snapshot.manifest.blobs[Symbol.iterator]();
  const worker = async (): Promise<void> => {
    for (const named of waiting) findings.push(...(await checkBlob(source, snapshot, named)));
  };
  await Promise.all(Array.from({ length: READ_AT_ONCE }, worker));
  return [...findings, ...orphansOf(snapshot)].sort((left, right) => compare(left.blob ?? '', right.blob ?? ''));
}

async function checkBlob(source: SnapshotSource, snapshot: SignedSnapshot, named: ManifestBlob): Promise<Finding[]> {
  try {
    await readNamedBlob(source, snapshot, named);
    return [];
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const { code } = error;
    if (code !== 'blob_missing' && code !== 'blob_truncated' && code !== 'blob_damaged') throw error;
    return [finding(code, error.message, { snapshot: snapshot.id, blob: named.blob })];
  }
}

function orphansOf(snapshot: SignedSnapshot): Finding[] {
  const named = new Set([MANIFEST, ...snapshot.manifest.blobs.map(({ blob }) => blob)]);
  return [...snapshot.folder.blobs.keys()]
    .filter((blob) => !named.has(blob))
    .map((blob) => finding('orphan', 'the manifest does not name it', { snapshot: snapshot.id, blob }));
}

function compare(left: string, right: string): number {
  return left < right ? -1 : Number(left > right);
}
