import { type SeededKey, type SeededSecret, type SeededSecretVersion } from './seeded-objects';

const DAY = 86_400;
const APPLICATIONS = ['billing', 'checkout', 'ledger', 'mail', 'reports', 'search', 'shipping', 'web'] as const;
const PURPOSES = ['api-key', 'connection-string', 'oauth-client', 'smtp-password', 'webhook-token'] as const;
const MOST_VERSIONS = 4;

/**
 * Secrets as most are: some with several versions, some tagged, a few disabled, expired or not yet valid. The same for the
 * same `random`. `now` in seconds since 1970.
 */
export function ordinarySecrets(amount: number, random: () => number, now: number): SeededSecret[] {
  return Array.from({ length: amount }, (_, index) => ({
    name: `${pick(APPLICATIONS, random)}-${pick(PURPOSES, random)}-${String(index + 1).padStart(3, '0')}`,
    versions: Array.from({ length: 1 + Math.floor(random() * MOST_VERSIONS) }, (_unused, version) =>
      ordinaryVersion(random, now - (MOST_VERSIONS - version) * 60 * DAY),
    ),
  }));
}

/** Keys as most are: elliptic curves, some with two versions. */
export function ordinaryKeys(amount: number, random: () => number, now: number): SeededKey[] {
  return Array.from({ length: amount }, (_, index) => ({
    name: `${pick(APPLICATIONS, random)}-signing-${String(index + 1).padStart(3, '0')}`,
    versions: Array.from({ length: random() < 0.3 ? 2 : 1 }, (_unused, version) => ({
      kty: 'EC' as const,
      crv: pick(['P-256', 'P-384', 'P-521'], random),
      created: now - (2 - version) * 90 * DAY,
    })),
  }));
}

function ordinaryVersion(random: () => number, created: number): SeededSecretVersion {
  const fate = random();
  return {
    value: text(16 + Math.floor(random() * 48), random),
    created,
    ...(fate < 0.08 ? { enabled: false } : {}),
    ...(fate >= 0.08 && fate < 0.16 ? { exp: created + 30 * DAY } : {}),
    ...(fate >= 0.16 && fate < 0.2 ? { nbf: created + 3_650 * DAY } : {}),
    ...(random() < 0.5 ? { tags: { environment: pick(['production', 'staging'], random) } } : {}),
    ...(random() < 0.5 ? { contentType: 'text/plain' } : {}),
  };
}

function pick<T>(from: readonly [T, ...T[]], random: () => number): T {
  return from[Math.floor(random() * from.length)] ?? from[0];
}

/** Printable ASCII, as generated passwords are. */
function text(length: number, random: () => number): string {
  return String.fromCharCode(...Array.from({ length }, () => 33 + Math.floor(random() * 94)));
}
