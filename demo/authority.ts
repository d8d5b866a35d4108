import 'reflect-metadata';
import { KeyObject, randomBytes, webcrypto } from 'node:crypto';
import {
  BasicConstraintsExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
} from '@peculiar/x509';

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const ROOT = 'CN=Contoso Root';
const YEAR_MS = 365 * 86_400_000;

/** A certificate of a private authority, as somebody would import it. */
export interface IssuedChain {
  /** Key, leaf and root, in PEM. Secret. */
  readonly pem: string;
  /** The root alone, in PEM. */
  readonly root: string;
}

/** Makes an authority and has it issue a certificate for `host`, valid from `from` on, in milliseconds since 1970, for a year. */
export async function issueChain(host: string, from: number): Promise<IssuedChain> {
  const [authority, server] = [await newKeys(), await newKeys()];
  const validity = { notBefore: new Date(from), notAfter: new Date(from + YEAR_MS) };
  const root = await X509CertificateGenerator.createSelfSigned({
    ...validity,
    serialNumber: randomBytes(16).toString('hex'),
    name: ROOT,
    keys: authority,
    extensions: [
      new BasicConstraintsExtension(true, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign, true),
    ],
  });
  const leaf = await X509CertificateGenerator.create({
    ...validity,
    serialNumber: randomBytes(16).toString('hex'),
    issuer: ROOT,
    subject: `CN=${host}`,
    publicKey: server.publicKey,
    signingKey: authority.privateKey,
    extensions: [
      new SubjectAlternativeNameExtension([{ type: 'dns', value: host }]),
      new BasicConstraintsExtension(false, undefined, true),
    ],
  });
  const key = KeyObject.from(server.privateKey).export({ type: 'pkcs8', format: 'pem' }).toString();
  return { pem: [key, leaf.toString(), '\n', root.toString()].join(''), root: root.toString() };
}

function newKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
}
