import { type SeededKey, type SeededSecret, type SeededSecretVersion } from './seeded-objects';

const DAY = 86_400;

/** The secret that is opened and restored: many versions, among them disabled, expired and not yet valid ones. */
export const SHOWPIECE_SECRET = 'database-password';

/** The key that is opened and restored. */
export const SHOWPIECE_KEY = 'invoice-signing';

/** How many versions {@link SHOWPIECE_SECRET} has. */
const LONG_HISTORY = 24;

/** Secrets at the edges of what Key Vault takes. `now` in seconds since 1970. */
export function remarkableSecrets(now: number): SeededSecret[] {
  const single = (name: string, version: Omit<SeededSecretVersion, 'created'>): SeededSecret => ({
    name,
    versions: [{ created: now - 200 * DAY, ...version }],
  });
  return [
    { name: SHOWPIECE_SECRET, versions: showpieceVersions(now) },
    single('n'.repeat(127), { value: 'a name of 127 characters' }),
    single('-', { value: 'a name that is one dash' }),
    single('--between--dashes--', { value: 'dashes at both ends' }),
    single('0', { value: 'a name that is one digit' }),
    single('2026-11-22', { value: 'a name that looks like a date' }),
    single('Mixed-CASE-Name', { value: 'names are compared without regard to case' }),
    single('CON', { value: 'a name that Windows would not take for a file' }),
    single('largest-value', { value: 'x'.repeat(25 * 1024), contentType: 'application/octet-stream' }),
    single('unicode', { value: 'pässwörd – 密码 – 🔑', tags: { größe: 'mittel', 鍵: '🔑' } }),
    single('several-lines', { value: '-----BEGIN NOTE-----\nline 2\r\n\tline 3\n-----END NOTE-----\n' }),
    single('json-document', { value: '{"host":"db","retries":3}', contentType: 'application/json' }),
    single('fifteen-tags', { value: 'all tags that fit', tags: fifteenTags() }),
    single('disabled', { value: 'cannot be read, is backed up all the same', enabled: false }),
    single('expired', { value: 'long over', exp: now - 30 * DAY }),
    single('not-yet-valid', { value: 'for next year', nbf: now + 365 * DAY }),
  ];
}

/** Keys of every curve, and a few RSA keys. */
export function remarkableKeys(now: number): SeededKey[] {
  const monthly = (index: number): number => now - (24 - index) * 30 * DAY;
  return [
    {
      name: SHOWPIECE_KEY,
      versions: Array.from({ length: 5 }, (_, index) => ({
        kty: 'EC',
        crv: 'P-256',
        created: monthly(index),
        tags: { round: String(index + 1) },
      })),
    },
    { name: 'contract-signing', versions: [{ kty: 'EC', crv: 'P-384', created: now - DAY, tags: { owner: 'legal' } }] },
    { name: 'retired-signing', versions: [{ kty: 'EC', crv: 'P-521', created: monthly(0), enabled: false }] },
    {
      name: 'Disk-Encryption',
      versions: [0, 12].map((index) => ({ kty: 'RSA', size: 2048, created: monthly(index) })),
    },
    { name: '0-token-signing', versions: [{ kty: 'RSA', size: 2048, created: monthly(3), exp: now + 365 * DAY }] },
    { name: 'old-envelope', versions: [{ kty: 'RSA', size: 3072, created: monthly(1), exp: now - 10 * DAY }] },
  ];
}

function showpieceVersions(now: number): SeededSecretVersion[] {
  return Array.from({ length: LONG_HISTORY }, (_, index) => {
    const created = now - (LONG_HISTORY - index) * 30 * DAY;
    return {
      value: `password of month ${index + 1}`,
      created,
      enabled: index % 7 !== 3,
      contentType: index % 2 === 0 ? 'text/plain' : 'text/plain; charset=utf-8',
      tags: { month: String(index + 1), 'rotated by': index % 3 === 0 ? 'hand' : 'pipeline' },
      ...(index < 6 ? { exp: created + 90 * DAY } : {}),
      ...(index === LONG_HISTORY - 1 ? { nbf: now + 7 * DAY } : {}),
    };
  });
}

function fifteenTags(): Record<string, string> {
  return Object.fromEntries(Array.from({ length: 15 }, (_, index) => [`tag-${index + 1}`, `value ${index + 1}`]));
}
