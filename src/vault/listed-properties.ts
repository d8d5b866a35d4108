import { type ListedObject, type ObjectKind, type ObjectVersion } from '../contracts/objects';

/** What the three SDKs have in common in what they say of an object or a version in a listing. */
export interface ListedProperties {
  name?: string | undefined;
  version?: string | undefined;
  enabled?: boolean | undefined;
  createdOn?: Date | undefined;
  updatedOn?: Date | undefined;
  notBefore?: Date | undefined;
  expiresOn?: Date | undefined;
  recoveryLevel?: string | undefined;
  contentType?: string | undefined;
  tags?: Record<string, string> | undefined;
  managed?: boolean | undefined;
}

/** An object as the rest of the app knows it. */
export function toListedObject(kind: ObjectKind, name: string, properties: ListedProperties): ListedObject {
  const { managed = false, recoveryLevel } = properties;
  const attributes = { ...toAttributes(properties), ...(recoveryLevel !== undefined && { recoveryLevel }) };
  return { kind, name, managed, attributes };
}

/** A version as the rest of the app knows it. Empty tags are left out, since vaults answer with none or with an empty set. */
export function toObjectVersion(properties: ListedProperties): ObjectVersion {
  const { version = '', contentType, tags } = properties;
  return {
    version,
    ...toAttributes(properties),
    ...(contentType !== undefined && { contentType }),
    ...(tags !== undefined && Object.keys(tags).length > 0 && { tags: { ...tags } }),
  };
}

/** Newest first; versions of the same second (vaults count in seconds) by their ids, so that the order is always the same. */
export function newestFirst(
  a: { created?: string; version: string },
  b: { created?: string; version: string },
): number {
  return compare(b.created ?? '', a.created ?? '') || compare(b.version, a.version);
}

function toAttributes(
  properties: ListedProperties,
): Pick<ObjectVersion, 'enabled' | 'created' | 'updated' | 'notBefore' | 'expires'> {
  const { enabled = true, createdOn, updatedOn, notBefore, expiresOn } = properties;
  return {
    enabled,
    ...time('created', createdOn),
    ...time('updated', updatedOn),
    ...time('notBefore', notBefore),
    ...time('expires', expiresOn),
  };
}

/** The SDKs leave a time of 0 or null as they found it, so a time may be no date. */
function time<Name extends string>(name: Name, value: unknown): Partial<Record<Name, string>> {
  if (!(value instanceof Date)) return {};
  const entry: Partial<Record<string, string>> = { [name]: value.toISOString() };
  return entry;
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
