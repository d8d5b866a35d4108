import { type BackupScope } from '../contracts/scopes';
import { type Manifest } from '../contracts/snapshots';
import { fitsAny } from './globs';

/** Whether a run lists this object: everything, unless somebody chose objects by name. */
export function isSelected({ select }: Pick<BackupScope, 'select'>, name: string): boolean {
  return select === null || fitsAny(name, select);
}

/** Whether the vault's plan leaves this object out. It is recorded as `excluded`, never silently absent. */
export function isExcluded({ exclude }: Pick<BackupScope, 'exclude'>, name: string): boolean {
  return fitsAny(name, exclude);
}

/** What the manifest says of a scope: no globs and no names, since a manifest names no object. */
export function manifestScope({ kinds, select }: BackupScope): Manifest['scope'] {
  return { kinds: [...kinds], selected: select !== null };
}
