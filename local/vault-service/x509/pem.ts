import { createPrivateKey, X509Certificate } from 'node:crypto';
import { badParameter } from '../key-vault-error';
import { type CertifiedKey } from './certified-key';

const BLOCK = /-----BEGIN ([A-Z0-9 ]+)-----[\s\S]*?-----END \1-----/g;

const unreadable = () =>
  badParameter(
    'The specified PEM X.509 certificate content can not be read. Please check if certificate is in valid PEM format.',
  );

/** Whether the text is PEM of any kind. */
export function isPem(text: string): boolean {
  return text.includes('-----BEGIN ');
}

/** The private key and the certificates of a PEM file. Throws 400 if either is missing, unreadable, or if there are several keys. */
export function readPem(text: string): Required<CertifiedKey> {
  const blocks = [...text.matchAll(BLOCK)].map(([block, label = '']) => ({ block, label }));
  const keys = blocks.filter(({ label }) => label.endsWith('PRIVATE KEY'));
  const certificates = blocks.filter(({ label }) => label === 'CERTIFICATE');
  if (certificates.length === 0) throw unreadable();
  const [key] = keys;
  if (key === undefined) {
    throw badParameter(
      'Private key is not specified in the specified X.509 PEM certificate content. Please specify private key in the X.509 ' +
        'PEM certificate content.',
    );
  }
  if (keys.length > 1) throw badParameter('The specified X.509 PEM certificate content has more than one private key.');
  try {
    return {
      privateKey: createPrivateKey(key.block),
      chain: certificates.map(({ block }) => new X509Certificate(block).raw),
    };
  } catch {
    // The reason is not passed on: it might quote the key.
    throw unreadable();
  }
}

/** The private key, if any, and the chain as PEM. */
export function writePem({ privateKey, chain }: CertifiedKey): string {
  const key = privateKey?.export({ type: 'pkcs8', format: 'pem' }).toString() ?? '';
  return key + chain.map((der) => new X509Certificate(der).toString()).join('');
}
