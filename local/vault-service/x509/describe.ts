import 'reflect-metadata';
import { X509Certificate } from '@peculiar/x509';
import { badParameter } from '../key-vault-error';
import { extensionFacts } from './extensions';
import { type SubjectFacts } from './issue';

/** What a certificate says, as far as a policy repeats it. */
export interface CertificateFacts extends SubjectFacts {
  validityMonths: number;
}

function monthsBetween(from: Date, to: Date): number {
  const months = (to.getUTCFullYear() - from.getUTCFullYear()) * 12 + to.getUTCMonth() - from.getUTCMonth();
  return Math.max(1, months);
}

/** Reads a certificate (DER) that somebody brought. Throws 400 if it is none. */
export function describeCertificate(der: Buffer): CertificateFacts {
  try {
    const certificate = new X509Certificate(der);
    const { subject, notBefore, notAfter } = certificate;
    return { subject, ...extensionFacts(certificate), validityMonths: monthsBetween(notBefore, notAfter) };
  } catch {
    throw badParameter('The specified certificate can not be read.');
  }
}
