import { type JsonWebKey } from 'node:crypto';
import { verifyCompactJws } from './compact-jws';
import { type Finding, finding, Refusal } from './findings';
import { checkFormat } from './headers';
import { shortNameOf, THUMBPRINT, type Tier } from './layout';
import { type Members, membersOf } from './members';
import { type PinnedKey, pinKeys, UnusableKeyError } from './pinned-keys';
import { checkRecordHeader } from './prune-records';
import { type SnapshotSource } from './source';

/**
 * The pinned signing keys of a container, and those that its key-succession records introduce (section 7). Records are read until they introduce nothing more; those
 * that never counted are the note `record_refused`.
 */
export async function withSuccessors(
  source: SnapshotSource,
  tier: Tier,
  pinned: readonly PinnedKey[],
): Promise<{ trusted: PinnedKey[]; findings: Finding[] }> {
  const paths = (await source.list('records/')).map(({ path }) => path);
  const trusted = new Map(pinned.map((key) => [key.thumbprint, key]));
  let pending = paths.filter((path) => path.endsWith('-key-succession.jws')).sort();
  let findings: Finding[] = [];
  let before: number;
  do {
    before = trusted.size;
    findings = [];
    const refused: string[] = [];
    for (const path of pending) {
      try {
        const key = await successorIn(source, path, tier, [...trusted.values()]);
        trusted.set(key.thumbprint, key);
      } catch (error) {
        if (!(error instanceof TypeError || error instanceof Refusal || error instanceof UnusableKeyError)) throw error;
        refused.push(path);
        findings.push(finding('record_refused', error.message, { blob: path }));
      }
    }
    pending = refused;
  } while (trusted.size > before && pending.length > 0);
  return { trusted: [...trusted.values()], findings };
}

async function successorIn(
  source: SnapshotSource,
  path: string,
  tier: Tier,
  trusted: readonly PinnedKey[],
): Promise<PinnedKey> {
  const bytes = await source.read(path);
  if (bytes === undefined) throw new TypeError('it was listed, but cannot be read');
  const { payload, thumbprint } = await verifyCompactJws(bytes, trusted, checkRecordHeader);
  const record = membersOf(payload, 'record');
  checkFormat(record.raw('format'));
  record.oneOf('type', ['record']);
  record.oneOf('record', ['key-succession']);
  record.oneOf('tier', [tier]);
  const time = record.time('at').replaceAll(/[-:.]/g, '');
  if (path !== `records/${shortNameOf(record.text('vault'))}/${time}-key-succession.jws`)
    throw new TypeError('it does not belong where it lies');
  if (record.nested('from').text('thumbprint', THUMBPRINT) !== thumbprint)
    throw new TypeError('it is signed by another key than it names');
  return keyIn(record.nested('to'));
}

async function keyIn(to: Members): Promise<PinnedKey> {
  const { kty, crv, x, y, n, e, ...rest } = (to.raw('jwk') ?? {}) as Record<string, unknown>;
  if ('d' in rest) throw new TypeError('it holds a private key');
  const [key] = await pinKeys([{ kty, crv, x, y, n, e } as JsonWebKey]);
  if ((key?.key.asymmetricKeyDetails?.modulusLength ?? 2048) < 2048) throw new TypeError('its key is too short');
  if (key?.thumbprint !== to.text('thumbprint', THUMBPRINT)) throw new TypeError('its key has another thumbprint');
  return key;
}
