import { createHash, createPublicKey, type KeyObject, sign } from 'node:crypto';
import { bits, explicit, integer, nothing, objectId, sequence, set, time } from './der';
import { encodeName } from './distinguished-name';
import { type AlternativeNames, keyIdentifiers, type KeyUsage, requestedExtensions } from './extensions';

/** What a certificate says of its subject. */
export interface SubjectFacts {
  /** An X.500 distinguished name. */
  subject: string;
  sans: AlternativeNames;
  keyUsage: readonly KeyUsage[];
  ekus: readonly string[];
}

const EC_HASHES: Readonly<Record<string, { hash: string; id: string }>> = {
  secp384r1: { hash: 'sha384', id: '1.2.840.10045.4.3.3' },
  secp521r1: { hash: 'sha512', id: '1.2.840.10045.4.3.4' },
};

/** `content` with a signature over it: by RSA with SHA-256, or by ECDSA with the hash of the curve's strength. */
function signed(content: Buffer, key: KeyObject): Buffer {
  const { hash } = algorithmOf(key);
  return sequence(content, algorithmOf(key).identifier, bits(sign(hash, content, key)));
}

function algorithmOf(key: KeyObject): { hash: string; identifier: Buffer } {
  if (key.asymmetricKeyType === 'rsa') {
    return { hash: 'sha256', identifier: sequence(objectId('1.2.840.113549.1.1.11'), nothing()) };
  }
  const curve = key.asymmetricKeyDetails?.namedCurve ?? '';
  const { hash, id } = EC_HASHES[curve] ?? { hash: 'sha256', id: '1.2.840.10045.4.3.2' };
  return { hash, identifier: sequence(objectId(id)) };
}

const publicPart = (key: KeyObject): Buffer => createPublicKey(key).export({ type: 'spki', format: 'der' });

/**
 * A certificate that is its own issuer, as DER. Times in seconds since 1970; `serial` at most 20 bytes. Throws 400 for a
 * subject that is no distinguished name.
 */
export function selfSigned(
  facts: SubjectFacts,
  key: KeyObject,
  { notBefore, notAfter, serial }: { notBefore: number; notAfter: number; serial: Uint8Array },
): Buffer {
  const name = encodeName(facts.subject);
  const spki = publicPart(key);
  const extensions = [...requestedExtensions(facts), ...keyIdentifiers(createHash('sha1').update(spki).digest())];
  const content = sequence(
    explicit(0, integer(2)),
    integer(serial),
    algorithmOf(key).identifier,
    name,
    sequence(time(notBefore), time(notAfter)),
    name,
    spki,
    explicit(3, sequence(...extensions)),
  );
  return signed(content, key);
}

/** A PKCS #10 request for a certificate, as DER. Throws 400 for a subject that is no distinguished name. */
export function signingRequest(facts: SubjectFacts, key: KeyObject): Buffer {
  const extensions = sequence(objectId('1.2.840.113549.1.9.14'), set(sequence(...requestedExtensions(facts))));
  return signed(sequence(integer(0), encodeName(facts.subject), publicPart(key), explicit(0, extensions)), key);
}
