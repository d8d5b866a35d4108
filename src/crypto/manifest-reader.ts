import { FORMAT, type Manifest, manifestSchema, type SnapshotPlace } from '../contracts/snapshots';
import { snapshotPlace } from '../domain/ids';
import { StrongroomError } from '../errors';
import { canonicalHeader } from './compact-jws';

/**
 * Checks everything of a manifest's protected header that needs no key. Throws
 * `unknown_format` for a format or a `crit` of a later day, else `manifest_damaged`.
 */
export function checkManifestHeader(place: SnapshotPlace, jws: string): void {
  const header = canonicalHeader(jws);
  if (header === undefined) throw damaged(place, 'encoding');
  if (header['crit'] !== undefined) throw unknownFormat(place, 'crit');
  if (header['typ'] !== 'strongroom-manifest') throw damaged(place, 'typ');
  if (header['sr_format'] !== FORMAT) throw unknownFormat(place, header['sr_format']);
  if (header['sr_snapshot'] !== place.snapshot) throw damaged(place, 'sr_snapshot');
}

/** The manifest in a payload whose signature is good, if it belongs where it lies. Throws `unknown_format` or `manifest_damaged`. */
export function decodeManifest(place: SnapshotPlace, payload: Uint8Array): Manifest {
  const content = json(place, payload);
  if (typeof content !== 'object' || content === null || !('format' in content)) throw damaged(place, 'payload');
  if (content.format !== FORMAT) throw unknownFormat(place, content.format);
  const parsed = manifestSchema.safeParse(content);
  if (!parsed.success) throw damaged(place, parsed.error.issues[0]?.path.join('.') ?? 'payload');
  const manifest = parsed.data;
  const belongs = snapshotPlace(manifest.tier, shortName(place, manifest.vault), manifest.snapshot);
  if (belongs.tier !== place.tier || belongs.snapshot !== place.snapshot || belongs.folder !== place.folder)
    throw damaged(place, 'place');
  return manifest;
}

/** A manifest that is not what it should be; `where` names the part, and is ours or a path in the schema. */
export function damaged(place: SnapshotPlace, where: string): StrongroomError {
  return new StrongroomError('manifest_damaged', 'A manifest is damaged, forged, or not where it belongs.', {
    details: { snapshot: place.snapshot, tier: place.tier, where },
  });
}

function unknownFormat(place: SnapshotPlace, format: unknown): StrongroomError {
  const name = typeof format === 'number' ? format : format === 'crit' ? 'crit' : 'none';
  return new StrongroomError(
    'unknown_format',
    `The manifest is of format ${name}. This version of Strongroom reads format ${FORMAT} only: use a newer one.`,
    { details: { snapshot: place.snapshot, tier: place.tier, format: name } },
  );
}

function json(place: SnapshotPlace, payload: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(payload).toString('utf8'));
  } catch {
    throw damaged(place, 'payload');
  }
}

function shortName(place: SnapshotPlace, vault: string): string {
  if (!URL.canParse(vault)) throw damaged(place, 'vault');
  return new URL(vault).hostname.split('.')[0] ?? '';
}
