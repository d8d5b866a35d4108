import { createPublicKey, type KeyObject } from 'node:crypto';
import { StrongroomError } from '../errors';

/** An offline recipient as the settings give it: a public key in PEM (SPKI) or as a JWK. */
export type OfflineRecipient = { pem: string } | { jwk: Readonly<Record<string, unknown>> };

/**
 * The public key of an offline recipient. Throws `recipient_unusable` if it cannot be read, and if it is a private key: from one, the
 * public half could be had, but then this app would hold what opens every snapshot.
 */
export function offlineKey(recipient: OfflineRecipient): KeyObject {
  if (isPrivate(recipient))
    throw unusable('is not a public key. Take the private key out of the settings, and replace it');
  try {
    return 'pem' in recipient ? createPublicKey(recipient.pem) : createPublicKey({ key: recipient.jwk, format: 'jwk' });
  } catch {
    // The parser's own error may quote what it was given.
    throw unusable('cannot be read');
  }
}

function isPrivate(recipient: OfflineRecipient): boolean {
  if ('jwk' in recipient) return 'd' in recipient.jwk || 'k' in recipient.jwk;
  return !recipient.pem.trimStart().startsWith('-----BEGIN PUBLIC KEY-----') || recipient.pem.includes('PRIVATE KEY');
}

function unusable(why: string): StrongroomError {
  return new StrongroomError('recipient_unusable', `An offline recipient's key ${why}.`);
}
