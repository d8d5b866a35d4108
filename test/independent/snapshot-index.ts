import { Refusal } from './findings';
import { type Manifest } from './manifest';
import { type Members } from './members';

/** Kinds of objects in a vault. */
type ObjectKind = 'secret' | 'key' | 'certificate';

/** Attributes as the vault gave them; times are ISO 8601 in UTC. */
interface ObjectAttributes {
  readonly enabled: boolean;
  readonly created?: string;
  readonly updated?: string;
  readonly notBefore?: string;
  readonly expires?: string;
  readonly recoveryLevel?: string;
}

/** One version of an object. */
export interface ObjectVersion extends ObjectAttributes {
  readonly version: string;
  readonly contentType?: string;
  readonly tags?: Readonly<Record<string, string>>;
}

/** One object of the vault, and what became of it (section 5). */
export interface IndexObject {
  readonly kind: ObjectKind;
  readonly name: string;
  readonly outcome: 'stored' | 'managed' | 'absent' | 'excluded' | 'failed';
  /** Why it is absent or failed. */
  readonly code?: string;
  readonly attributes: ObjectAttributes;
  /** Newest first; empty if there are no payloads. */
  readonly versions: readonly ObjectVersion[];
  /** What is stored of it. A failed object may have some. */
  readonly payloads: readonly { readonly payload: string; readonly blob: string }[];
  /** Codes of what a reader should know of it although it is stored. */
  readonly notes: readonly string[];
  /** Versions of a portable payload without value, and of a portable certificate without private key. */
  readonly unreadable: number;
  readonly unexportable: number;
  /** HMACs of values by version, under a key that is derived from the data key. */
  readonly fingerprint?: { readonly dataKey: string; readonly versions: Readonly<Record<string, string>> };
  /** Of a key: as the vault's REST interface has it. */
  readonly rotationPolicy?: unknown;
}

/**
 * Reads the objects of an index and compares them with the manifest. Throws a `TypeError` for a malformed index, a
 * `Refusal` with `index_disagrees` if manifest and index do not tell the same.
 */
export function readIndex(index: Members, manifest: Manifest): IndexObject[] {
  if (index.raw('tier') !== manifest.tier) throw new Refusal('index_disagrees', 'the index is of another tier');
  const objects = index.list('objects', readObject);
  if (new Set(objects.map(({ kind, name }) => `${kind} ${name.toLowerCase()}`)).size !== objects.length) {
    throw new Refusal('index_disagrees', 'the index names an object twice');
  }
  for (const outcome of ['stored', 'managed', 'absent', 'excluded', 'failed'] as const) {
    if (objects.filter((object) => object.outcome === outcome).length !== manifest.counts[outcome]) {
      throw new Refusal('index_disagrees', `the index has another number of ${outcome} objects than the manifest`);
    }
  }
  checkItems(objects, manifest);
  return objects;
}

function readObject(object: Members): IndexObject {
  const outcome = object.oneOf('outcome', ['stored', 'managed', 'absent', 'excluded', 'failed']);
  const code = outcome === 'absent' || outcome === 'failed' ? object.text('code') : undefined;
  const read: IndexObject = {
    kind: object.oneOf('kind', ['secret', 'key', 'certificate']),
    name: object.text('name'),
    outcome,
    ...(code === undefined ? {} : { code }),
    attributes: readAttributes(object.nested('attributes')),
    versions: object.list('versions', readVersion),
    payloads: object.list('payloads', (entry) => ({ payload: entry.text('payload'), blob: entry.text('blob') })),
    ...readFacts(object),
  };
  const hasPayloads = read.payloads.length > 0;
  if (outcome === 'stored' ? !hasPayloads : hasPayloads && outcome !== 'failed') {
    throw new TypeError('index.objects has payloads where none was stored, or none where one was');
  }
  return read;
}

function readFacts(
  object: Members,
): Pick<IndexObject, 'notes' | 'unreadable' | 'unexportable' | 'fingerprint' | 'rotationPolicy'> {
  const count = (name: string): number => (object.raw(name) === undefined ? 0 : object.count(name, 1));
  const fingerprint = object.raw('fingerprint') === undefined ? undefined : object.nested('fingerprint');
  const rotationPolicy = object.raw('rotationPolicy');
  return {
    notes: object.raw('notes') === undefined ? [] : object.listOfTexts('notes'),
    unreadable: count('unreadable'),
    unexportable: count('unexportable'),
    ...(fingerprint === undefined
      ? {}
      : {
          fingerprint: { dataKey: fingerprint.text('dataKey'), versions: fingerprint.nested('versions').texts() },
        }),
    ...(rotationPolicy === undefined ? {} : { rotationPolicy }),
  };
}

/** Every item of the manifest belongs to exactly one object, and every payload of an object is in the manifest. */
function checkItems(objects: readonly IndexObject[], manifest: Manifest): void {
  const items = new Set(manifest.blobs.map(({ blob }) => blob).filter((blob) => blob.startsWith('items/')));
  for (const { blob } of objects.flatMap(({ payloads }) => payloads)) {
    if (!items.delete(blob))
      throw new Refusal('index_disagrees', 'the index names it twice, or the manifest does not', blob);
  }
  const [unnamed] = items;
  if (unnamed !== undefined)
    throw new Refusal('index_disagrees', 'the manifest names it, and the index does not', unnamed);
}

/** Reads one entry of `versions`, of an index or of an item. Throws a `TypeError`. */
export function readVersion(version: Members): ObjectVersion {
  const contentType = version.optionalText('contentType');
  const tags = version.raw('tags') === undefined ? undefined : version.nested('tags');
  return {
    version: version.text('version'),
    ...readAttributes(version),
    ...(contentType === undefined ? {} : { contentType }),
    ...(tags === undefined ? {} : { tags: tags.texts() }),
  };
}

function readAttributes(attributes: Members): ObjectAttributes {
  const times = (['created', 'updated', 'notBefore', 'expires'] as const).filter(
    (name) => attributes.raw(name) !== undefined,
  );
  const recoveryLevel = attributes.optionalText('recoveryLevel');
  return {
    enabled: attributes.truth('enabled'),
    ...Object.fromEntries(times.map((name) => [name, attributes.time(name)])),
    ...(recoveryLevel === undefined ? {} : { recoveryLevel }),
  };
}
