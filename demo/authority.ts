import { generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import {
  bits,
  explicit,
  implicit,
  integer,
  objectId,
  octets,
  sequence,
  time,
  yes,
} from '../local/vault-service/x509/der';
import { encodeName } from '../local/vault-service/x509/distinguished-name';

const ECDSA_SHA256 = sequence(objectId('1.2.840.10045.4.3.2'));
const ROOT = 'CN=Contoso Root';

/** A certificate of a private authority, as somebody would import it. */
export interface IssuedChain {
  /** Key, leaf and root, in PEM. Secret. */
  readonly pem: string;
  /** The root alone, in PEM. */
  readonly root: string;
}

/** Makes an authority and has it issue a certificate for `host`, valid from `from` on, in milliseconds since 1970, for a year. */
export function issueChain(host: string, from: number): IssuedChain {
  const authority = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const server = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const root = certificate(ROOT, authority.publicKey, authority.privateKey, from, [
    extension('2.5.29.19', sequence(yes()), true),
    // keyCertSign: the sixth bit.
    extension('2.5.29.15', bits(Buffer.from([0x04]), 2), true),
  ]);
  const leaf = certificate(`CN=${host}`, server.publicKey, authority.privateKey, from, [
    extension('2.5.29.17', sequence(implicit(2, Buffer.from(host, 'ascii')))),
    extension('2.5.29.19', sequence(), true),
  ]);
  const key = server.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  return { pem: key + pemOf(leaf) + pemOf(root), root: pemOf(root) };
}

/** A certificate in PEM. */
export function pemOf(der: Uint8Array): string {
  const lines = Buffer.from(der)
    .toString('base64')
    .replaceAll(/(.{64})(?!$)/g, '$1\n');
  return `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`;
}

function certificate(subject: string, key: KeyObject, signer: KeyObject, from: number, extensions: Buffer[]): Buffer {
  const begin = Math.floor(from / 1000);
  const content = sequence(
    explicit(0, integer(2)),
    integer(randomBytes(16)),
    ECDSA_SHA256,
    encodeName(ROOT),
    sequence(time(begin), time(begin + 365 * 86_400)),
    encodeName(subject),
    key.export({ type: 'spki', format: 'der' }),
    explicit(3, sequence(...extensions)),
  );
  return sequence(content, ECDSA_SHA256, bits(sign('sha256', content, signer)));
}

function extension(id: string, value: Uint8Array, isCritical = false): Buffer {
  return sequence(objectId(id), ...(isCritical ? [yes()] : []), octets(value));
}
