import { createHmac, hkdfSync } from 'node:crypto';
import { Refusal } from './findings';
import { type Members } from './members';
import { type IndexObject, type ObjectVersion, readVersion } from './snapshot-index';

/** A version with its value (section 4). Secret. */
export interface PortableVersion extends ObjectVersion {
  /** As the vault gives it: text of a secret; of a certificate PKCS #12 in base64, or PEM. Absent where `missing` is `unreadable_disabled`. */
  readonly value?: string;
  readonly missing?: 'unreadable_disabled' | 'unexportable';
  /** Of a certificate: DER in base64url. */
  readonly cer?: string;
  /** Of a certificate: SHA-1 of the DER in base64url. */
  readonly x5t?: string;
}

/** The portable payload of one object, all its parts together. */
export interface OpenedPortable {
  /** When the vault was asked; ISO 8601 in UTC. */
  readonly takenAt: string;
  /** All versions, newest first. */
  readonly versions: readonly PortableVersion[];
  /** Of a certificate: its policy, as the vault's REST interface gives it. */
  readonly policy?: unknown;
}

/**
 * Puts the parts of a portable payload together, in the order of the index. Throws a `TypeError` for one that is malformed, and a `Refusal` with
 * `index_disagrees` if they do not have exactly the versions that the index lists, or values that are not those of its fingerprints.
 */
export function readPortable(
  parts: readonly Members[],
  object: IndexObject,
  dataKeys: ReadonlyMap<string, Uint8Array>,
): OpenedPortable {
  const [first] = parts;
  if (first === undefined || parts.some((part, position) => part.count('part', 1) !== position + 1)) {
    throw new Refusal('index_disagrees', 'the parts of a portable payload are not in order');
  }
  const versions = parts.flatMap((part) => part.list('versions', readPortableVersion));
  const listed = object.versions.map(({ version }) => version);
  if (versions.length !== listed.length || versions.some(({ version }, position) => version !== listed[position])) {
    throw new Refusal('index_disagrees', 'a portable payload has other versions than the index lists');
  }
  const count = (reason: PortableVersion['missing']): number =>
    versions.filter(({ missing }) => missing === reason).length;
  if (count('unreadable_disabled') !== object.unreadable || count('unexportable') !== object.unexportable) {
    throw new Refusal('index_disagrees', 'a portable payload lacks other versions than the index says');
  }
  checkFingerprints(object, versions, dataKeys);
  const policy = object.kind === 'certificate' ? first.raw('policy') : undefined;
  return { takenAt: first.time('takenAt'), versions, ...(policy === undefined ? {} : { policy }) };
}

function readPortableVersion(version: Members): PortableVersion {
  const value = version.optionalText('value');
  const missing =
    version.raw('missing') === undefined
      ? undefined
      : version.oneOf('missing', ['unreadable_disabled', 'unexportable']);
  if ((value === undefined) !== (missing === 'unreadable_disabled')) {
    throw new TypeError('item.versions has a value where it could not be read, or none where it could');
  }
  return {
    ...readVersion(version),
    ...(value === undefined ? {} : { value }),
    ...(missing === undefined ? {} : { missing }),
    ...(version.raw('cer') === undefined ? {} : { cer: version.text('cer', /^[A-Za-z0-9_-]+$/) }),
    ...(version.raw('x5t') === undefined ? {} : { x5t: version.text('x5t', /^[A-Za-z0-9_-]+$/) }),
  };
}

/** Section 5: every version with a value, or a certificate, has a fingerprint, and that is the one which the data key gives. */
function checkFingerprints(
  { kind, fingerprint }: IndexObject,
  versions: readonly PortableVersion[],
  dataKeys: ReadonlyMap<string, Uint8Array>,
): void {
  const contents = versions.flatMap(({ version, value, cer }) => {
    if (kind === 'certificate') return cer === undefined ? [] : [[version, Buffer.from(cer, 'base64url')] as const];
    return value === undefined ? [] : [[version, Buffer.from(value, 'utf8')] as const];
  });
  const known = new Map(Object.entries(fingerprint?.versions ?? {}));
  const dataKey = dataKeys.get(fingerprint?.dataKey ?? '');
  const expected = dataKey && hkdfSync('sha256', dataKey, '', 'strongroom/1/fingerprint', 32);
  const agree =
    contents.length === known.size &&
    contents.every(([version, content]) => {
      if (expected === undefined) return false;
      const hmac = createHmac('sha256', Buffer.from(expected)).update(`${kind}\0`).update(content);
      return known.get(version) === hmac.digest('base64url');
    });
  if (!agree) throw new Refusal('index_disagrees', 'a fingerprint of the index is not that of the value');
}
