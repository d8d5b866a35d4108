import { z } from 'zod';
import { KeyVaultError } from '../key-vault-error';
import { type StoredVersion, type VersionProperties } from '../store/object-store';
import { type Vault } from '../vaults';
import { type Call, type Cost, type Operation } from './operation';
import { givenAttributes, givenTags, mergeAttributes, parseBody } from './request-bodies';
import { type KindView, sharedOperations, shownAttributes } from './shared-operations';
import { type KindParts, newVersionId, VaultObjects } from './vault-objects';

const MAX_VALUE_BYTES = 25 * 1024;

/** What a version of a secret shows besides attributes and tags. */
interface ShownSecret {
  contentType?: string;
}

const value = z
  .string()
  .refine((text) => Buffer.byteLength(text) <= MAX_VALUE_BYTES, `A secret has at most ${MAX_VALUE_BYTES} bytes.`);
const contentType = z.string().max(255);

const setBody = z.object({
  value,
  contentType: contentType.nullish(),
  attributes: givenAttributes.nullish(),
  tags: givenTags.nullish(),
});
const updateBody = setBody.omit({ value: true });

const SECRET_COST: Cost = { budget: 'vault', units: 1 };
const CREATE_COST: Cost = { budget: 'createOrImport', units: 1 };

function item(vault: Vault, name: string, properties: VersionProperties, managed: boolean, version?: string): object {
  return {
    id: `${vault.url}/secrets/${name}${version === undefined ? '' : `/${version}`}`,
    ...(properties.shown as ShownSecret),
    attributes: shownAttributes(vault, properties),
    ...(properties.tags === undefined ? {} : { tags: properties.tags }),
    ...(managed ? { managed } : {}),
  };
}

const view: KindView = {
  readAction: 'secrets/readMetadata/action',
  cost: () => SECRET_COST,
  bundle: (vault, name, version, managed) => ({
    ...item(vault, name, version, managed, version.version),
    ...(managed ? { kid: `${vault.url}/keys/${name}/${version.version}` } : {}),
  }),
  item,
};

function set(objects: VaultObjects, call: Call): object {
  const body = parseBody(setBody, call.body);
  objects.requireNameFor(call, 'set');
  const version: StoredVersion = {
    version: newVersionId(),
    attributes: mergeAttributes(body.attributes, undefined, objects.now()),
    ...(body.tags ? { tags: body.tags } : {}),
    shown: (body.contentType ? { contentType: body.contentType } : {}) satisfies ShownSecret,
    material: body.value,
  };
  objects.store.add(objects.place(call), [version]);
  const { name } = objects.readable(call);
  return { value: body.value, ...view.bundle(call.vault, name, version, false) };
}

function get(objects: VaultObjects, call: Call): object {
  const object = objects.readable(call);
  const version = objects.versionOf(call, object);
  if (!version.attributes.enabled) {
    throw new KeyVaultError(403, 'Forbidden', 'Operation get is not allowed on a disabled secret.', 'SecretDisabled');
  }
  return { value: version.material, ...view.bundle(call.vault, object.name, version, object.managed) };
}

function update(objects: VaultObjects, call: Call): object {
  const body = parseBody(updateBody, call.body);
  const object = objects.writable(call, 'update');
  const before = objects.versionOf(call, object);
  const tags = body.tags ?? before.tags;
  const version: StoredVersion = {
    ...before,
    attributes: mergeAttributes(body.attributes, before.attributes, objects.now()),
    ...(tags === undefined ? {} : { tags }),
    shown: { ...(before.shown as ShownSecret), ...(body.contentType ? { contentType: body.contentType } : {}) },
  };
  objects.store.updateProperties(objects.place(call), version.version, version);
  return view.bundle(call.vault, object.name, version, false);
}

/** The operations on secrets. */
export function secretOperations(parts: KindParts): Operation[] {
  const objects = new VaultObjects('secrets', parts);
  const cost = (): Cost => SECRET_COST;
  const getting = { name: 'secrets.get', method: 'GET', action: 'secrets/getSecret/action', cost };
  const updating = { name: 'secrets.update', method: 'PATCH', action: 'secrets/update/action', cost };
  return [
    ...sharedOperations(objects, view),
    {
      name: 'secrets.set',
      method: 'PUT',
      path: 'secrets/{name}',
      action: 'secrets/setSecret/action',
      cost: () => CREATE_COST,
      run: (call) => set(objects, call),
    },
    { ...getting, path: 'secrets/{name}', run: (call) => get(objects, call) },
    { ...getting, path: 'secrets/{name}/{version}', run: (call) => get(objects, call) },
    { ...updating, path: 'secrets/{name}', run: (call) => update(objects, call) },
    { ...updating, path: 'secrets/{name}/{version}', run: (call) => update(objects, call) },
  ];
}
