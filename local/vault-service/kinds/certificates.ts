import { z } from 'zod';
import { type ObjectKind } from './object-kind';
import { type StoredVersion } from '../store/object-store';
import { CertificateObjects, certificateItem } from './certificate-objects';
import { importBody, readImport } from './certificate-import';
import { type CertificateIssuers, issuerOperations } from './certificate-issuers';
import { givenPolicy, type GivenPolicy, mergePolicy, shownPolicy } from './certificate-policy';
import { CertificateRequests } from './certificate-requests';
import { certificateVersions } from './certificate-version';
import { notFound } from '../key-vault-error';
import { type Vault } from '../vaults';
import { type Call, type Cost, type Operation } from './operation';
import { type PendingCertificates } from './pending-certificate';
import { givenAttributes, givenTags, mergeAttributes, parseBody } from './request-bodies';
import { type KindView, sharedOperations } from './shared-operations';
import { type KindParts } from './vault-objects';

const updateBody = z.object({
  attributes: givenAttributes.omit({ nbf: true, exp: true }).nullish(),
  tags: givenTags.nullish(),
  policy: givenPolicy.nullish(),
});

const COST: Cost = { budget: 'vault', units: 1 };
const CREATE_COST: Cost = { budget: 'createOrImport', units: 1 };

/** Certificates that exist: importing, reading and changing them and their policies. */
class Certificates {
  constructor(
    readonly objects: CertificateObjects,
    private readonly pending: PendingCertificates,
  ) {}

  readonly import = async (call: Call): Promise<object> => {
    const body = parseBody(importBody, call.body);
    const { material, chain, policy } = await readImport(body, this.objects.now());
    const versions = await certificateVersions({
      material,
      chain,
      policy,
      attributes: mergeAttributes(body.attributes, undefined, this.objects.now()),
      tags: body.tags,
      ...(body.preserveCertOrder ? { preserveCertOrder: true } : {}),
    });
    this.pending.requireNone(call.vault, call.name);
    this.objects.requireNameFor(call, 'import');
    this.objects.addVersion(call, versions, policy);
    return this.objects.current(call);
  };

  readonly get = (call: Call): object => this.objects.current(call);

  /** Attributes and tags are those of the key and the secret too. */
  readonly update = (call: Call): object => {
    const body = parseBody(updateBody, call.body);
    const object = this.objects.writable(call, 'update');
    const { version } = this.objects.versionOf(call, object);
    this.objects.store.atOnce(() => {
      for (const { kind } of this.objects.parts(call)) this.#change(call, kind, version, body);
      if (body.policy) this.#mergePolicy(call, body.policy);
    });
    return this.objects.current(call);
  };

  readonly getPolicy = (call: Call): object => {
    const policy = this.objects.policyOf(call) ?? this.pending.find(call.vault, call.name)?.policy;
    if (policy === undefined) throw notFound('certificates', call.name);
    return shownPolicy(policy, `${call.vault.url}/certificates/${call.name}`);
  };

  readonly updatePolicy = (call: Call): object => {
    this.objects.writable(call, 'update');
    this.#mergePolicy(call, parseBody(givenPolicy, call.body));
    return this.getPolicy(call);
  };

  #mergePolicy(call: Call, given: GivenPolicy): void {
    const before = this.objects.policyOf(call);
    if (before !== undefined) this.objects.keepPolicy(call, mergePolicy(given, before, this.objects.now()));
  }

  #change(call: Call, kind: ObjectKind, version: string, body: z.infer<typeof updateBody>): void {
    const place = { ...this.objects.place(call), kind };
    const before = this.objects.store.properties(place, version);
    if (before === undefined) return;
    const tags = body.tags ?? before.tags;
    this.objects.store.updateProperties(place, version, {
      ...before,
      attributes: mergeAttributes(body.attributes, before.attributes, this.objects.now()),
      ...(tags === undefined ? {} : { tags }),
    });
  }
}

/** The operations on certificates, and what lets pending ones end. */
export function certificateOperations(
  parts: KindParts & {
    pending: PendingCertificates;
    issuers: CertificateIssuers;
    vaultOf: (name: string) => Vault | undefined;
  },
): { operations: Operation[]; requests: CertificateRequests } {
  const objects = new CertificateObjects(parts, parts.pending);
  const certificates = new Certificates(objects, parts.pending);
  const requests = new CertificateRequests({ ...parts, objects });
  const cost = (): Cost => COST;
  const bundle = (vault: Vault, name: string, version: StoredVersion): object => objects.bundle(vault, name, version);
  const view: KindView = { readAction: 'certificates/read', cost, bundle, item: certificateItem };
  const operations = [
    ...issuerOperations(parts.issuers),
    ...requestOperations(requests),
    ...policyOperations(certificates),
    ...sharedOperations(objects, view),
    ...versionOperations(certificates),
  ];
  return { operations, requests };
}

function requestOperations(requests: CertificateRequests): Operation[] {
  const [create, update] = ['certificates/create/action', 'certificates/update/action'];
  const pending = { path: 'certificates/{name}/pending', cost: (): Cost => COST };
  const creating = { path: 'certificates/{name}/create', cost: (): Cost => CREATE_COST, action: create, status: 202 };
  const merging = { ...pending, path: 'certificates/{name}/pending/merge', action: create, status: 201 };
  return [
    { ...creating, name: 'certificates.create', method: 'POST', run: requests.create },
    { ...merging, name: 'certificates.merge', method: 'POST', run: requests.merge },
    { ...pending, name: 'certificates.getpending', method: 'GET', action: 'certificates/read', run: requests.get },
    { ...pending, name: 'certificates.updatepending', method: 'PATCH', action: update, run: requests.update },
    { ...pending, name: 'certificates.deletepending', method: 'DELETE', action: update, run: requests.remove },
  ];
}

function policyOperations({ getPolicy, updatePolicy }: Certificates): Operation[] {
  const policy = { path: 'certificates/{name}/policy', cost: (): Cost => COST };
  const updating = { ...policy, method: 'PATCH', action: 'certificates/update/action', run: updatePolicy };
  return [
    { ...policy, name: 'certificates.getpolicy', method: 'GET', action: 'certificates/read', run: getPolicy },
    { ...updating, name: 'certificates.updatepolicy' },
  ];
}

function versionOperations(certificates: Certificates): Operation[] {
  const cost = (): Cost => COST;
  const importing = {
    name: 'certificates.import',
    method: 'POST',
    path: 'certificates/{name}/import',
    action: 'certificates/import/action',
    cost: (): Cost => CREATE_COST,
    run: certificates.import,
  };
  const getting = { name: 'certificates.get', method: 'GET', action: 'certificates/read', cost, run: certificates.get };
  const updating = {
    name: 'certificates.update',
    method: 'PATCH',
    action: 'certificates/update/action',
    cost,
    run: certificates.update,
  };
  const paths = ['certificates/{name}', 'certificates/{name}/{version}'];
  return [importing, ...paths.flatMap((path) => [getting, updating].map((operation) => ({ ...operation, path })))];
}
