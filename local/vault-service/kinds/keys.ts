import { z } from 'zod';
import { generateKey, importKey, isRsa, type KeyMaterial, type KeyShape } from '../cryptography/key-material';
import { badParameter } from '../key-vault-error';
import { type StoredVersion, type VersionProperties } from '../store/object-store';
import { type Vault } from '../vaults';
import { KEY_OPERATIONS, keyUseOperations, type ShownKey } from './key-use';
import { type Call, type Cost, type Operation } from './operation';
import { givenAttributes, givenTags, mergeAttributes, parseBody } from './request-bodies';
import { DEFAULT_ROTATION_POLICY, momentAfter, type RotationPolicy, rotationPolicyBody } from './rotation';
import { type KindView, sharedOperations, shownAttributes } from './shared-operations';
import { type KindParts, newVersionId, VaultObjects } from './vault-objects';

const keyType = z.enum(['RSA', 'RSA-HSM', 'EC', 'EC-HSM']);
const keyOps = z.array(z.enum(KEY_OPERATIONS));
const common = { attributes: givenAttributes.nullish(), tags: givenTags.nullish() };

const createBody = z.object({
  ...common,
  kty: keyType,
  key_size: z.int().nullish(),
  crv: z.string().nullish(),
  key_ops: keyOps.nullish(),
});

const importBody = z.object({
  ...common,
  key: z.looseObject({ kty: keyType, crv: z.string().exactOptional(), key_ops: keyOps.nullish() }),
  Hsm: z.boolean().nullish(),
});

const updateBody = z.object({ ...common, key_ops: keyOps.nullish() });

/** How much dearer a key's operations are than those of a software RSA-2048 or EC key. */
function weightOf({ kty, size }: KeyShape): number {
  const bySize = size === 4096 ? 8 : size === 3072 ? 4 : 1;
  return kty.endsWith('-HSM') ? bySize * 2 : bySize;
}

const asShown = (properties: VersionProperties): ShownKey => properties.shown as ShownKey;

function item(vault: Vault, name: string, properties: VersionProperties, managed: boolean, version?: string): object {
  return {
    kid: `${vault.url}/keys/${name}${version === undefined ? '' : `/${version}`}`,
    attributes: { ...shownAttributes(vault, properties), exportable: false },
    ...(properties.tags === undefined ? {} : { tags: properties.tags }),
    ...(managed ? { managed } : {}),
  };
}

function bundle(vault: Vault, name: string, version: StoredVersion, managed: boolean): object {
  const { kid, ...rest } = item(vault, name, version, managed, version.version) as { kid: string };
  const { jwk, keyOps: operations } = asShown(version);
  return { key: { kid, ...jwk, key_ops: operations }, ...rest };
}

/** A version of a key, for the store. EC keys can only sign. */
export function keyVersion(
  material: KeyMaterial,
  attributes: StoredVersion['attributes'],
  more: { keyOps?: readonly string[] | null | undefined; tags?: Record<string, string> | null | undefined },
): StoredVersion {
  const possible = isRsa(material.shape.kty)
    ? KEY_OPERATIONS.filter((operation) => operation !== 'import')
    : ['sign', 'verify'];
  const shown: ShownKey = { shape: material.shape, jwk: material.publicJwk, keyOps: [...(more.keyOps ?? possible)] };
  return {
    version: newVersionId(),
    attributes,
    ...(more.tags ? { tags: more.tags } : {}),
    shown,
    material: JSON.stringify(material.privateJwk),
  };
}

function requireNoRelease(body: unknown): void {
  const { release_policy: policy, attributes } = (body ?? {}) as {
    release_policy?: unknown;
    attributes?: { exportable?: unknown };
  };
  if (policy || attributes?.exportable === true)
    throw badParameter('Exportable keys and release policies are not served.');
}

/** Keys: creating, importing, reading, changing and rotating them. */
class Keys {
  readonly objects: VaultObjects;

  constructor(parts: KindParts) {
    this.objects = new VaultObjects('keys', parts);
  }

  readonly cost = (call: Call): Cost => {
    const object = call.name === '' ? undefined : this.objects.store.find(this.objects.place(call));
    const properties =
      object && this.objects.store.properties(this.objects.place(call), call.version ?? object.current);
    return { budget: 'keys', units: properties === undefined ? 1 : weightOf(asShown(properties).shape) };
  };

  readonly create = async (call: Call): Promise<object> => {
    requireNoRelease(call.body);
    const body = parseBody(createBody, call.body);
    this.objects.requireNameFor(call, 'create');
    const shape = {
      kty: body.kty,
      ...(body.key_size ? { size: body.key_size } : {}),
      ...(body.crv ? { curve: body.crv } : {}),
    };
    const material = await generateKey(shape);
    return this.#addVersion(call, 'create', material, body);
  };

  readonly import = (call: Call): object => {
    requireNoRelease(call.body);
    const body = parseBody(importBody, call.body);
    const { kty, key_ops: operations, ...jwk } = body.key;
    const hsm = body.Hsm === true && !kty.endsWith('-HSM');
    const material = importKey(hsm ? `${kty as 'RSA' | 'EC'}-HSM` : kty, jwk);
    return this.#addVersion(call, 'import', material, { ...body, key_ops: operations });
  };

  readonly get = (call: Call): object => {
    const object = this.objects.readable(call);
    return bundle(call.vault, object.name, this.objects.versionOf(call, object), object.managed);
  };

  readonly update = (call: Call): object => {
    const body = parseBody(updateBody, call.body);
    const object = this.objects.writable(call, 'update');
    const before = this.objects.versionOf(call, object);
    const tags = body.tags ?? before.tags;
    const version: StoredVersion = {
      ...before,
      attributes: mergeAttributes(body.attributes, before.attributes, this.objects.now()),
      ...(tags === undefined ? {} : { tags }),
      shown: { ...asShown(before), ...(body.key_ops ? { keyOps: body.key_ops } : {}) } satisfies ShownKey,
    };
    this.objects.store.updateProperties(this.objects.place(call), version.version, version);
    return bundle(call.vault, object.name, version, false);
  };

  readonly rotate = async (call: Call): Promise<object> => {
    const object = this.objects.writable(call, 'rotate');
    const before = this.objects.versionOf({ ...call, version: undefined }, object);
    const material = await generateKey(asShown(before).shape);
    const lifetime = this.#policyOf(call).attributes.expiryTime;
    const attributes = lifetime ? { exp: momentAfter(this.objects.now(), lifetime) } : {};
    return this.#addVersion(call, 'rotate', material, {
      attributes,
      tags: before.tags,
      key_ops: asShown(before).keyOps,
    });
  };

  readonly getPolicy = (call: Call): object => {
    this.objects.readable(call);
    return { id: `${call.vault.url}/keys/${call.name}/rotationpolicy`, ...this.#policyOf(call) };
  };

  readonly putPolicy = (call: Call): object => {
    const body = parseBody(rotationPolicyBody, call.body);
    this.objects.writable(call, 'update');
    const now = Math.floor(this.objects.now() / 1000);
    const created = this.#policyOf(call).attributes.created ?? now;
    const policy: RotationPolicy = {
      lifetimeActions: body.lifetimeActions,
      attributes: { ...body.attributes, created, updated: now },
    };
    this.objects.store.setPolicy(this.objects.place(call), JSON.stringify(policy));
    return this.getPolicy(call);
  };

  #policyOf(call: Call): RotationPolicy {
    const kept = this.objects.store.find(this.objects.place(call))?.policy;
    return kept === undefined ? DEFAULT_ROTATION_POLICY : (JSON.parse(kept) as RotationPolicy);
  }

  #addVersion(
    call: Call,
    operation: string,
    material: KeyMaterial,
    given: Pick<z.infer<typeof updateBody>, 'attributes' | 'tags'> & { key_ops?: readonly string[] | null | undefined },
  ): object {
    this.objects.requireNameFor(call, operation);
    const attributes = mergeAttributes(given.attributes, undefined, this.objects.now());
    const version = keyVersion(material, attributes, { keyOps: given.key_ops, tags: given.tags });
    this.objects.store.add(this.objects.place(call), [version]);
    return bundle(call.vault, this.objects.readable(call).name, version, false);
  }
}

/** The operations on keys. */
export function keyOperations(parts: KindParts): Operation[] {
  const keys = new Keys(parts);
  const { cost } = keys;
  const view: KindView = { readAction: 'keys/read', cost, bundle, item };
  return [
    ...makingOperations(keys),
    ...policyOperations(keys),
    ...sharedOperations(keys.objects, view),
    ...keyUseOperations(keys.objects, cost),
    ...versionOperations(keys),
  ];
}

function makingOperations(keys: Keys): Operation[] {
  const createCost = ({ body }: Call): Cost => {
    const { kty } = (body ?? {}) as { kty?: unknown };
    return { budget: 'createKey', units: typeof kty === 'string' && kty.endsWith('-HSM') ? 2 : 1 };
  };
  const importCost = (): Cost => ({ budget: 'createOrImport', units: 1 });
  const posting = { method: 'POST', cost: createCost };
  const create = { ...posting, path: 'keys/{name}/create', action: 'keys/create/action', run: keys.create };
  const rotate = { ...posting, path: 'keys/{name}/rotate', action: 'keys/rotate/action', run: keys.rotate };
  const putting = { method: 'PUT', path: 'keys/{name}', action: 'keys/import/action', cost: importCost };
  return [
    { name: 'keys.create', ...create },
    { name: 'keys.rotate', ...rotate },
    { name: 'keys.import', ...putting, run: keys.import },
  ];
}

function policyOperations({ cost, getPolicy, putPolicy }: Keys): Operation[] {
  const policy = { path: 'keys/{name}/rotationpolicy', cost };
  return [
    { ...policy, name: 'keys.getpolicy', method: 'GET', action: 'keyrotationpolicies/read', run: getPolicy },
    { ...policy, name: 'keys.putpolicy', method: 'PUT', action: 'keyrotationpolicies/write', run: putPolicy },
  ];
}

function versionOperations({ cost, get, update }: Keys): Operation[] {
  const getting = { name: 'keys.get', method: 'GET', action: 'keys/read', cost, run: get };
  const updating = { name: 'keys.update', method: 'PATCH', action: 'keys/update/action', cost, run: update };
  return ['keys/{name}', 'keys/{name}/{version}'].flatMap((path) => [
    { ...getting, path },
    { ...updating, path },
  ]);
}
