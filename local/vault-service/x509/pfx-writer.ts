import { createCipheriv, createHash, createHmac, pbkdf2Sync } from 'node:crypto';
import { type CertifiedKey } from './certified-key';
import { explicit, implicit, integer, nothing, objectId, octets, sequence, set } from './der';
import { PFX_IDS } from './pfx-ids';
import { derive, pkcs12Password } from './pkcs12-keys';

const ITERATIONS = 2000;
// An empty password protects nothing, so one salt does for all; the keys are then made once, and 2,000 files in a moment.
const SALT = createHash('sha256').update('strongroom local vault service').digest().subarray(0, 16);
const keys = { encryption: undefined as Buffer | undefined, mac: undefined as Buffer | undefined };

const encryptionKey = (): Buffer => (keys.encryption ??= pbkdf2Sync('', SALT, ITERATIONS, 32, 'sha256'));
const macKey = (): Buffer =>
  (keys.mac ??= derive({ hash: 'sha256', salt: SALT, iterations: ITERATIONS }, pkcs12Password(''), 'mac', 32));

/** PBES2 with PBKDF2 and AES-256. The same content gives the same bytes. */
function encrypted(content: Buffer): { algorithm: Buffer; bytes: Buffer } {
  const iv = createHash('sha256').update(content).digest().subarray(0, 16);
  const cipher = createCipheriv('aes-256-cbc', encryptionKey(), iv);
  const derivation = sequence(
    objectId(PFX_IDS.pbkdf2),
    sequence(octets(SALT), integer(ITERATIONS), sequence(objectId(PFX_IDS.hmacSha256), nothing())),
  );
  const scheme = sequence(objectId(PFX_IDS.aes256), octets(iv));
  return {
    algorithm: sequence(objectId(PFX_IDS.pbes2), sequence(derivation, scheme)),
    bytes: Buffer.concat([cipher.update(content), cipher.final()]),
  };
}

const dataContent = (content: Buffer): Buffer => sequence(objectId(PFX_IDS.data), explicit(0, octets(content)));

function encryptedContent(content: Buffer): Buffer {
  const { algorithm, bytes } = encrypted(content);
  const info = sequence(objectId(PFX_IDS.data), algorithm, implicit(0, bytes));
  return sequence(objectId(PFX_IDS.encryptedData), explicit(0, sequence(integer(0), info)));
}

function bag(id: string, value: Buffer, keyId: Buffer | undefined): Buffer {
  const attributes = keyId && [set(sequence(objectId(PFX_IDS.localKeyId), set(octets(keyId))))];
  return sequence(objectId(id), explicit(0, value), ...(attributes ?? []));
}

function certificateBags({ privateKey, chain }: CertifiedKey, keyId: Buffer): Buffer {
  const bags = chain.map((certificate, index) => {
    const value = sequence(objectId(PFX_IDS.x509Certificate), explicit(0, octets(certificate)));
    return bag(PFX_IDS.certificateBag, value, privateKey && index === 0 ? keyId : undefined);
  });
  return sequence(...bags);
}

/** A PFX (PKCS #12, RFC 7292) with the empty password, which OpenSSL and Windows open; without a key it holds the chain alone. */
export function writePfx(content: CertifiedKey): Buffer {
  const keyId = createHash('sha1')
    .update(content.chain[0] ?? Buffer.alloc(0))
    .digest();
  const parts = [encryptedContent(certificateBags(content, keyId))];
  if (content.privateKey) {
    const { algorithm, bytes } = encrypted(content.privateKey.export({ type: 'pkcs8', format: 'der' }));
    const shrouded = bag(PFX_IDS.shroudedKeyBag, sequence(algorithm, octets(bytes)), keyId);
    parts.push(dataContent(sequence(shrouded)));
  }
  const safe = sequence(...parts);
  const mac = createHmac('sha256', macKey()).update(safe).digest();
  const digest = sequence(sequence(objectId(PFX_IDS.sha256), nothing()), octets(mac));
  return sequence(integer(3), dataContent(safe), sequence(digest, octets(SALT), integer(ITERATIONS)));
}
