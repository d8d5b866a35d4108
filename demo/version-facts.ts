import { type ObjectVersion } from '../test/independent/snapshot-index';

/** What a vault and a snapshot say alike of one version of an object. */
export interface VersionFacts {
  readonly version: string;
  readonly enabled: boolean;
  readonly notBefore: string | null;
  readonly expires: string | null;
  readonly contentType: string | null;
  readonly tags: Readonly<Record<string, string>>;
}

/** The properties of a version as the SDKs for secrets and for keys give them. */
export interface SdkProperties {
  readonly version?: string;
  readonly enabled?: boolean;
  readonly notBefore?: Date;
  readonly expiresOn?: Date;
  readonly createdOn?: Date;
  readonly contentType?: string;
  readonly tags?: Record<string, string>;
}

/** The facts in a form that compares as text: versions by their id, tags by their name. */
export function comparable(versions: readonly VersionFacts[]): string {
  const byVersion = [...versions].sort((left, right) => (left.version < right.version ? -1 : 1));
  return JSON.stringify(byVersion.map((facts) => ({ ...facts, tags: Object.entries(facts.tags).sort() })));
}

/** The facts of a version in a vault. */
export function factsInVault(properties: SdkProperties): VersionFacts {
  return {
    version: properties.version ?? '',
    enabled: properties.enabled ?? false,
    notBefore: properties.notBefore?.toISOString() ?? null,
    expires: properties.expiresOn?.toISOString() ?? null,
    contentType: properties.contentType ?? null,
    tags: properties.tags ?? {},
  };
}

/** The facts of a version in a snapshot. */
export function factsInSnapshot(version: ObjectVersion): VersionFacts {
  return {
    version: version.version,
    enabled: version.enabled,
    notBefore: version.notBefore ?? null,
    expires: version.expires ?? null,
    contentType: version.contentType ?? null,
    tags: version.tags ?? {},
  };
}
