import { z } from 'zod';
import { type StoredObject, type StoredVersion, type VersionProperties } from '../store/object-store';
import { type Vault } from '../vaults';
import { pageOf } from './listing';
import { type Call, type Cost, type Operation } from './operation';
import { parseBody } from './request-bodies';
import { type VaultObjects } from './vault-objects';

/** What distinguishes one kind's answers and rights from another's. Actions are without their common prefix. */
export interface KindView {
  /** The right to list and to see what is deleted. */
  readAction: string;
  cost: (call: Call) => Cost;
  /** An answer about one version, with all that the kind shows; never a secret's value. */
  bundle: (vault: Vault, name: string, version: StoredVersion, managed: boolean) => object;
  /** A line of a listing; `version` only in listings of versions. */
  item: (vault: Vault, name: string, properties: VersionProperties, managed: boolean, version?: string) => object;
}

const restoreBody = z.object({ value: z.base64url().min(1) });

const seconds = (milliseconds: number | undefined): number => Math.floor((milliseconds ?? 0) / 1000);

/** The attributes as Key Vault shows them: with what the vault's soft-delete settings add. */
export function shownAttributes(vault: Vault, properties: VersionProperties): object {
  const custom = vault.softDeleteDays < 90 ? 'Customized' : '';
  const purgeable = vault.purgeProtection ? '' : '+Purgeable';
  return {
    ...properties.attributes,
    recoveryLevel: `${custom}Recoverable${purgeable}`,
    recoverableDays: vault.softDeleteDays,
  };
}

/** The operations that secrets, keys and certificates have in common. */
export function sharedOperations(objects: VaultObjects, view: KindView): Operation[] {
  return [...listingOperations(objects, view), ...liveOperations(objects, view), ...deletedOperations(objects, view)];
}

function listingOperations(objects: VaultObjects, view: KindView): Operation[] {
  const { kind, store } = objects;
  const { cost } = view;
  const list = (call: Call): object =>
    pageOf(call, kind, (after, limit) => store.listActive(call.vault.name, kind, after, limit), {
      keyOf: ({ object }) => object.name,
      item: ({ object, properties }) => view.item(call.vault, object.name, properties, object.managed),
    });
  const versions = (call: Call): object => {
    const object = store.find(objects.place(call));
    // Key Vault answers with an empty page, not with 404, for a name that is not there.
    if (object?.state !== 'active') return { value: [], nextLink: null };
    return pageOf(
      call,
      `${kind}/${object.name}/versions`,
      (after, limit) => store.listVersions(objects.place(call), after, limit),
      {
        keyOf: (entry) => entry.version,
        item: (entry) => view.item(call.vault, object.name, entry, object.managed, entry.version),
      },
    );
  };
  const reading = { method: 'GET', action: view.readAction, cost };
  return [
    { ...reading, name: `${kind}.list`, path: kind, run: list },
    { ...reading, name: `${kind}.versions`, path: `${kind}/{name}/versions`, run: versions },
  ];
}

function liveOperations(objects: VaultObjects, view: KindView): Operation[] {
  const { kind } = objects;
  const { cost } = view;
  const backUp = async (call: Call): Promise<object> => ({ value: await objects.backUp(call) });
  const restore = async (call: Call): Promise<object> => {
    const place = await objects.restore(call.vault, parseBody(restoreBody, call.body).value);
    const restored = { ...call, name: place.name };
    const object = objects.readable(restored);
    return view.bundle(call.vault, object.name, objects.versionOf(restored, object), false);
  };
  const remove = (call: Call): object => deletedBundle(objects, view, call, objects.delete(call));
  return [
    {
      name: `${kind}.backup`,
      method: 'POST',
      path: `${kind}/{name}/backup`,
      action: `${kind}/backup/action`,
      cost,
      run: backUp,
    },
    {
      name: `${kind}.restore`,
      method: 'POST',
      path: `${kind}/restore`,
      action: `${kind}/restore/action`,
      cost,
      run: restore,
    },
    { name: `${kind}.delete`, method: 'DELETE', path: `${kind}/{name}`, action: `${kind}/delete`, cost, run: remove },
  ];
}

function deletion(vault: Vault, kind: string, object: StoredObject): object {
  return {
    recoveryId: `${vault.url}/deleted${kind}/${object.name}`,
    deletedDate: seconds(object.deletedAt),
    scheduledPurgeDate: seconds(object.purgeAt),
  };
}

function deletedBundle(objects: VaultObjects, view: KindView, call: Call, object: StoredObject): object {
  const version = objects.versionOf({ ...call, version: undefined }, object);
  return {
    ...deletion(call.vault, objects.kind, object),
    ...view.bundle(call.vault, object.name, version, object.managed),
  };
}

function deletedOperations(objects: VaultObjects, view: KindView): Operation[] {
  const { kind, store } = objects;
  const { cost, readAction } = view;
  const path = `deleted${kind}`;
  const list = (call: Call): object =>
    pageOf(call, path, (after, limit) => store.listDeleted(call.vault.name, kind, objects.now(), after, limit), {
      keyOf: ({ object }) => object.name,
      item: ({ object, properties }) => ({
        ...deletion(call.vault, kind, object),
        ...view.item(call.vault, object.name, properties, object.managed),
      }),
    });
  const get = (call: Call): object => deletedBundle(objects, view, call, objects.deleted(call, true));
  const recover = (call: Call): object => {
    const object = objects.recover(call);
    const version = objects.versionOf({ ...call, version: undefined }, object);
    return view.bundle(call.vault, object.name, version, object.managed);
  };
  const purge = (call: Call): undefined => {
    objects.purge(call);
  };
  return [
    { name: `${path}.list`, method: 'GET', path, action: readAction, cost, run: list },
    { name: `${path}.get`, method: 'GET', path: `${path}/{name}`, action: readAction, cost, run: get },
    {
      name: `${path}.recover`,
      method: 'POST',
      path: `${path}/{name}/recover`,
      action: `${kind}/recover/action`,
      cost,
      run: recover,
    },
    {
      name: `${path}.purge`,
      method: 'DELETE',
      path: `${path}/{name}`,
      action: `${kind}/purge/action`,
      cost,
      run: purge,
    },
  ];
}
