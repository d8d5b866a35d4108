import { compactDecrypt } from 'jose';
import { Refusal } from './findings';
import { checkFormat, checkHeader } from './headers';
import { type Members, membersOf } from './members';
import { type SignedSnapshot } from './read-manifest';

/**
 * Opens an item or index blob (section 4): decrypts it with the data key that its header names, and checks that header
 * and payload belong to this place of this snapshot. Throws a `Refusal` with `blob_misplaced`, `blob_damaged`, or
 * `format_unknown`.
 */
export async function openSealedObject(
  snapshot: SignedSnapshot,
  type: 'item' | 'index',
  blob: string,
  bytes: Uint8Array,
  dataKeys: ReadonlyMap<string, Uint8Array>,
): Promise<Members> {
  try {
    const jwe = Buffer.from(bytes).toString('latin1');
    const header = membersOf(Buffer.from(jwe.slice(0, jwe.indexOf('.')), 'base64url'), 'header');
    checkHeader(header, { typ: `strongroom-${type}`, snapshot: snapshot.id, blob });
    const dataKey = dataKeys.get(header.text('kid'));
    if (dataKey === undefined) throw new TypeError('header.kid is no data key of the manifest');
    const payload = membersOf(await decrypt(jwe, dataKey), type);
    checkFormat(payload.raw('format'), blob);
    const { manifest } = snapshot;
    const belongs =
      payload.raw('type') === type &&
      payload.raw('snapshot') === snapshot.id &&
      payload.raw('vault') === manifest.vault;
    if (!belongs) throw new Refusal('blob_misplaced', 'its payload belongs to another place', blob);
    return payload;
  } catch (error) {
    if (error instanceof TypeError) throw new Refusal('blob_damaged', error.message, blob);
    throw error;
  }
}

async function decrypt(jwe: string, dataKey: Uint8Array): Promise<Uint8Array> {
  const algorithms = { keyManagementAlgorithms: ['dir'], contentEncryptionAlgorithms: ['A256GCM'] };
  const opened = await compactDecrypt(jwe, dataKey, algorithms).catch(() => undefined);
  if (opened === undefined) throw new TypeError('it cannot be decrypted');
  return opened.plaintext;
}
