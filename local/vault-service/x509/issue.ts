import 'reflect-metadata';
import { createPublicKey, type KeyObject } from 'node:crypto';
import {
  AuthorityKeyIdentifierExtension,
  Pkcs10CertificateRequestGenerator,
  SubjectKeyIdentifierExtension,
  X509CertificateGenerator,
} from '@peculiar/x509';
import { badParameter } from '../key-vault-error';
import { distinguishedName } from './distinguished-name';
import { type ExtensionFacts, requestedExtensions } from './extensions';

/** What a certificate says of its subject. */
export interface SubjectFacts extends ExtensionFacts {
  /** An X.500 distinguished name. */
  subject: string;
}

const CURVES: Readonly<Record<string, { namedCurve: string; hash: string }>> = {
  prime256v1: { namedCurve: 'P-256', hash: 'SHA-256' },
  secp384r1: { namedCurve: 'P-384', hash: 'SHA-384' },
  secp521r1: { namedCurve: 'P-521', hash: 'SHA-512' },
};

/** Both halves of `key` for Web Crypto, and how to sign: RSA with SHA-256, or ECDSA with the hash of the curve's strength. */
function signerOf(key: KeyObject) {
  const curve = CURVES[key.asymmetricKeyDetails?.namedCurve ?? ''];
  if (key.asymmetricKeyType !== 'rsa' && curve === undefined) {
    throw badParameter('The curve is not supported for certificates.');
  }
  const { hash, ...named } = curve ?? { hash: 'SHA-256' };
  const signingAlgorithm = { name: curve === undefined ? 'RSASSA-PKCS1-v1_5' : 'ECDSA', hash };
  const algorithm = { ...signingAlgorithm, ...named };
  const privateKey = key.toCryptoKey(algorithm, false, ['sign']);
  const publicKey = createPublicKey(key).toCryptoKey(algorithm, true, ['verify']);
  return { keys: { privateKey, publicKey }, signingAlgorithm };
}

/**
 * A certificate that is its own issuer, as DER. Times in seconds since 1970; `serial` at most 20 bytes. Throws 400 for a
 * subject that is no distinguished name, and for keys that Web Crypto does not know (P-256K).
 */
export async function selfSigned(
  facts: SubjectFacts,
  key: KeyObject,
  { notBefore, notAfter, serial }: { notBefore: number; notAfter: number; serial: Uint8Array },
): Promise<Buffer> {
  const signer = signerOf(key);
  const identifier = await SubjectKeyIdentifierExtension.create(signer.keys.publicKey);
  const certificate = await X509CertificateGenerator.createSelfSigned({
    ...signer,
    name: distinguishedName(facts.subject),
    serialNumber: Buffer.from(serial).toString('hex'),
    notBefore: new Date(notBefore * 1000),
    notAfter: new Date(notAfter * 1000),
    extensions: [...requestedExtensions(facts), identifier, new AuthorityKeyIdentifierExtension(identifier.keyId)],
  });
  return Buffer.from(certificate.rawData);
}

/** A PKCS #10 request for a certificate, as DER. Throws 400 where {@link selfSigned} would. */
export async function signingRequest(facts: SubjectFacts, key: KeyObject): Promise<Buffer> {
  const name = distinguishedName(facts.subject);
  const request = await Pkcs10CertificateRequestGenerator.create({
    ...signerOf(key),
    name,
    extensions: requestedExtensions(facts),
  });
  return Buffer.from(request.rawData);
}
