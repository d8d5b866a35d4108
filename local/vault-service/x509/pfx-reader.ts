import { createDecipheriv, createPrivateKey, type KeyObject, pbkdf2Sync, timingSafeEqual } from 'node:crypto';
import { badParameter } from '../key-vault-error';
import { Asn1Node, Asn1Error } from './asn1-node';
import { type CertifiedKey } from './certified-key';
import { PFX_IDS } from './pfx-ids';
import { derive, macOf, pkcs12Password } from './pkcs12-keys';

/** The password twice over: as PBES2 takes it, and as PKCS #12 itself does. */
interface Password {
  plain: string;
  pkcs12: Buffer;
}

const HASHES: Readonly<Record<string, string>> = {
  '1.3.14.3.2.26': 'sha1',
  [PFX_IDS.sha256]: 'sha256',
  '2.16.840.1.101.3.4.2.2': 'sha384',
  '2.16.840.1.101.3.4.2.3': 'sha512',
};
const HMACS: Readonly<Record<string, string>> = {
  '1.2.840.113549.2.7': 'sha1',
  [PFX_IDS.hmacSha256]: 'sha256',
  '1.2.840.113549.2.10': 'sha384',
  '1.2.840.113549.2.11': 'sha512',
};
const CIPHERS: Readonly<Record<string, { name: string; keyBytes: number }>> = {
  '2.16.840.1.101.3.4.1.2': { name: 'aes-128-cbc', keyBytes: 16 },
  '2.16.840.1.101.3.4.1.22': { name: 'aes-192-cbc', keyBytes: 24 },
  [PFX_IDS.aes256]: { name: 'aes-256-cbc', keyBytes: 32 },
  '1.2.840.113549.3.7': { name: 'des-ede3-cbc', keyBytes: 24 },
};
const SHA1_AND_TRIPLE_DES = '1.2.840.113549.1.12.1.3';

const unreadable = () =>
  badParameter(
    'The specified PKCS#12 X.509 certificate content can not be read. Please check if certificate is in valid PKCS#12 format.',
  );

/**
 * The private key and the certificates of a PFX whose encryption is PBES2 or triple DES with SHA-1 (not RC2, which nothing
 * has written for years). Throws 400 if it cannot be read, the password is wrong, or there is not exactly one key.
 */
export function readPfx(bytes: Uint8Array, password: string): Required<CertifiedKey> {
  try {
    const { keys, chain } = contentOf(Asn1Node.parse(bytes), password);
    const [privateKey] = keys;
    if (privateKey === undefined || chain.length === 0) {
      throw badParameter(
        'The specified PKCS#12 X.509 certificate content does not have a certificate with private key.',
      );
    }
    if (keys.length > 1) {
      throw badParameter('The specified PKCS#12 X.509 certificate content has more than one private key.');
    }
    return { privateKey, chain };
  } catch (error) {
    if (error instanceof Asn1Error) throw unreadable();
    throw error;
  }
}

function contentOf(pfx: Asn1Node, plain: string): { keys: KeyObject[]; chain: Buffer[] } {
  const [, safe, mac] = pfx.children;
  if (safe === undefined) throw new Asn1Error();
  const content = safe.child(1).child(0).bytes;
  const password = { plain, pkcs12: passwordFor(mac, content, plain) };
  const found: { keys: KeyObject[]; chain: Buffer[] } = { keys: [], chain: [] };
  for (const part of Asn1Node.parse(content).children) {
    for (const bag of Asn1Node.parse(openPart(part, password)).children) {
      const value = bag.child(1).child(0);
      const id = bag.child(0).objectId;
      if (id === PFX_IDS.certificateBag) found.chain.push(value.child(1).child(0).bytes);
      if (id === PFX_IDS.keyBag) found.keys.push(keyFrom(value.encoded));
      if (id === PFX_IDS.shroudedKeyBag)
        found.keys.push(keyFrom(decrypt(value.child(0), value.child(1).bytes, password)));
    }
  }
  return found;
}

/** The form of the password that the MAC was made with. Throws 400 if there is none. */
function passwordFor(mac: Asn1Node | undefined, content: Uint8Array, plain: string): Buffer {
  const usual = pkcs12Password(plain);
  if (mac === undefined) return usual;
  const hash = HASHES[mac.child(0).child(0).child(0).objectId];
  if (hash === undefined) throw new Asn1Error();
  const expected = mac.child(0).child(1).bytes;
  const derivation = { hash, salt: mac.child(1).bytes, iterations: mac.children[2]?.number ?? 1 };
  const good = [usual, ...(plain === '' ? [Buffer.alloc(0)] : [])].find((password) => {
    const made = macOf(derivation, password, content);
    return made.length === expected.length && timingSafeEqual(made, expected);
  });
  if (good === undefined) throw badParameter('The specified network password is not correct.');
  return good;
}

function openPart(part: Asn1Node, password: Password): Buffer {
  const id = part.child(0).objectId;
  const content = part.child(1).child(0);
  if (id === PFX_IDS.data) return content.bytes;
  if (id !== PFX_IDS.encryptedData) throw new Asn1Error();
  const info = content.child(1);
  return decrypt(info.child(1), info.child(2).bytes, password);
}

function decrypt(algorithm: Asn1Node, bytes: Uint8Array, password: Password): Buffer {
  const id = algorithm.child(0).objectId;
  const parameters = algorithm.child(1);
  if (id === PFX_IDS.pbes2) return decryptPbes2(parameters, bytes, password.plain);
  if (id !== SHA1_AND_TRIPLE_DES) throw new Asn1Error();
  const derivation = { hash: 'sha1', salt: parameters.child(0).bytes, iterations: parameters.child(1).number };
  const key = derive(derivation, password.pkcs12, 'key', 24);
  return decipher('des-ede3-cbc', key, derive(derivation, password.pkcs12, 'iv', 8), bytes);
}

function decryptPbes2(parameters: Asn1Node, bytes: Uint8Array, password: string): Buffer {
  const [derivation, scheme] = [parameters.child(0), parameters.child(1)];
  const cipher = CIPHERS[scheme.child(0).objectId];
  if (derivation.child(0).objectId !== PFX_IDS.pbkdf2 || cipher === undefined) throw new Asn1Error();
  const [salt, iterations, ...optional] = derivation.child(1).children;
  if (salt === undefined || iterations === undefined) throw new Asn1Error();
  const prf = optional.find((node) => node.isSequence);
  const hash = prf === undefined ? 'sha1' : HMACS[prf.child(0).objectId];
  if (hash === undefined) throw new Asn1Error();
  const key = pbkdf2Sync(password, salt.bytes, iterations.number, cipher.keyBytes, hash);
  return decipher(cipher.name, key, scheme.child(1).bytes, bytes);
}

function decipher(name: string, key: Uint8Array, iv: Uint8Array, bytes: Uint8Array): Buffer {
  const cipher = createDecipheriv(name, key, iv);
  try {
    return Buffer.concat([cipher.update(bytes), cipher.final()]);
  } catch {
    // Only where the file has no MAC, or two passwords.
    throw badParameter('The specified network password is not correct.');
  }
}

function keyFrom(pkcs8: Buffer): KeyObject {
  try {
    return createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' });
  } catch {
    // The reason is not passed on: it might quote the key.
    throw new Asn1Error();
  }
}
