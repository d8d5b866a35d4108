import { type ObjectKind } from '../contracts/objects';
import { type BackupScope, type PayloadKind } from '../contracts/scopes';

/** Which payloads of an object of that kind a run takes. Keys cannot be had otherwise than native. */
export function payloadsFor({ payloads }: BackupScope, kind: ObjectKind): readonly PayloadKind[] {
  return kind === 'key' ? ['native'] : payloads[kind];
}

/** The object identifiers of the two PKCS #12 bags that hold a private key, as DER: `keyBag` and `pkcs8ShroudedKeyBag` (RFC 7292, appendix D). */
const KEY_BAGS = ['060b2a864886f70d010c0a0101', '060b2a864886f70d010c0a0102'];

/**
 * Whether the value of the secret behind a certificate has the private key. The policy of a certificate tells it of its next version only, and a vault
 * gives the value of a version that cannot be exported too, without the key.
 */
export function hasPrivateKey(value: string, contentType: string | undefined): boolean {
  if (contentType === 'application/x-pem-file') return /-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(value);
  const hex = Buffer.from(value, 'base64').toString('hex');
  return KEY_BAGS.some((bag) => hex.includes(bag));
}
