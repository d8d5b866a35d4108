import { X509Certificate } from 'node:crypto';
import { Asn1Error, Asn1Node } from './asn1-node';
import { type AlternativeNames, KEY_USAGES, type KeyUsage } from './extensions';
import { type SubjectFacts } from './issue';

const KEY_USAGE = '2.5.29.15';
const EXTENSIONS = 0xa3;

/** What a certificate says, as far as a policy repeats it. */
export interface CertificateFacts extends SubjectFacts {
  validityMonths: number;
}

function alternativeNames(text: string | undefined): AlternativeNames {
  const named = [...(text ?? '').matchAll(/(?:^|, )(DNS|email|URI|IP Address):(?:"((?:[^"\\]|\\.)*)"|([^,]*))/g)];
  const ofType = (wanted: string): string[] =>
    named.filter(([, type]) => type === wanted).map(([, , quoted, plain]) => quoted ?? plain ?? '');
  const all = {
    emails: ofType('email'),
    dns_names: ofType('DNS'),
    uris: ofType('URI'),
    ipAddresses: ofType('IP Address'),
  };
  return Object.fromEntries(Object.entries(all).filter(([, names]) => names.length > 0));
}

function keyUsage(certificate: Buffer): KeyUsage[] {
  const extensions = Asn1Node.parse(certificate)
    .child(0)
    .children.find(({ encoded }) => encoded[0] === EXTENSIONS);
  const found = extensions?.child(0).children.find((extension) => extension.child(0).objectId === KEY_USAGE);
  const value = found?.children.at(-1);
  if (value === undefined) return [];
  const [, ...bytes] = Asn1Node.parse(value.bytes).bytes;
  return KEY_USAGES.filter((_, bit) => ((bytes[Math.floor(bit / 8)] ?? 0) & (0x80 >> (bit % 8))) !== 0);
}

/** The purposes in extendedKeyUsage. Node's types say nothing of certificates without one. */
function purposesOf(certificate: { readonly keyUsage?: string[] | undefined }): string[] {
  return certificate.keyUsage ?? [];
}

/** The X.500 name in one line, as policies have it. */
function subjectOf({ subject }: X509Certificate): string {
  // Node escapes what RFC 2253 wants escaped, and puts one attribute a line.
  return ((subject as string | undefined) ?? '').split('\n').join(', ');
}

function monthsBetween(from: Date, to: Date): number {
  const months = (to.getUTCFullYear() - from.getUTCFullYear()) * 12 + to.getUTCMonth() - from.getUTCMonth();
  return Math.max(1, months);
}

/** Reads a certificate that somebody brought. Throws {@link Asn1Error} if it is none. */
export function describeCertificate(der: Buffer): CertificateFacts {
  try {
    const certificate = new X509Certificate(der);
    return {
      subject: subjectOf(certificate),
      sans: alternativeNames(certificate.subjectAltName),
      keyUsage: keyUsage(der),
      ekus: purposesOf(certificate),
      validityMonths: monthsBetween(certificate.validFromDate, certificate.validToDate),
    };
  } catch {
    throw new Asn1Error();
  }
}
