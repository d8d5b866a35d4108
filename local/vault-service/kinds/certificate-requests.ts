import { randomBytes, randomUUID, X509Certificate } from 'node:crypto';
import { z } from 'zod';
import { generateKey, type KeyMaterial, privateKeyOf, publicKeyOf } from '../cryptography/key-material';
import { badParameter, KeyVaultError } from '../key-vault-error';
import { type Vault } from '../vaults';
import { selfSigned, signingRequest } from '../x509/issue';
import { type CertificateIssuers } from './certificate-issuers';
import { type CertificateObjects } from './certificate-objects';
import {
  type CertificatePolicy,
  defaultPolicy,
  givenPolicy,
  mergePolicy,
  shapeOf,
  subjectFacts,
} from './certificate-policy';
import { certificateVersions } from './certificate-version';
import { type Call } from './operation';
import { type PendingCertificate, type PendingCertificates, statusDetailsFor } from './pending-certificate';
import { givenAttributes, givenTags, mergeAttributes, parseBody } from './request-bodies';
import { momentAfter } from './rotation';
import { newVersionId } from './vault-objects';

const common = { attributes: givenAttributes.nullish(), tags: givenTags.nullish() };
const createBody = z.object({ ...common, policy: givenPolicy.nullish(), preserveCertOrder: z.boolean().nullish() });
const updateBody = z.object({ cancellation_requested: z.literal(true) });
const mergeBody = z.object({ ...common, x5c: z.array(z.base64()).min(1) });

/** Key Vault lets a certificate be valid a little before it was made, for clocks that are behind. */
const HEAD_START_SECONDS = 600;

const bodyDefaults = { Self: 'AutoRenew', Unknown: 'EmailContacts' } as const;

/** A self-signed certificate by `policy`, valid from about `now` (milliseconds) on, as DER. */
export function issueBy(
  policy: CertificatePolicy,
  material: KeyMaterial,
  now: number,
  serial: Uint8Array,
): Promise<Buffer> {
  const notBefore = Math.floor(now / 1000) - HEAD_START_SECONDS;
  const notAfter = momentAfter(notBefore * 1000, `P${policy.x509_props.validity_months}M`);
  return selfSigned(subjectFacts(policy), privateKeyOf(material.privateJwk), { notBefore, notAfter, serial });
}

/** A serial number as certificate authorities make them: positive, of 16 bytes. */
export function newSerial(bytes: Buffer = randomBytes(16)): Buffer {
  bytes.writeUInt8((bytes.readUInt8(0) & 0x7f) | 0x40, 0);
  return bytes;
}

/** Certificates that are being made: asked for, issued after a while, cancelled, or merged with what an authority signed. */
export class CertificateRequests {
  readonly #objects: CertificateObjects;
  readonly #pending: PendingCertificates;
  readonly #issuers: CertificateIssuers;
  readonly #vaultOf: (name: string) => Vault | undefined;
  #nextDue = 0;
  #issuing: Promise<void> = Promise.resolve();

  constructor(parts: {
    objects: CertificateObjects;
    pending: PendingCertificates;
    issuers: CertificateIssuers;
    vaultOf: (name: string) => Vault | undefined;
  }) {
    this.#objects = parts.objects;
    this.#pending = parts.pending;
    this.#issuers = parts.issuers;
    this.#vaultOf = parts.vaultOf;
  }

  readonly create = async (call: Call): Promise<object> => {
    const body = parseBody(createBody, call.body);
    const policy = this.#policyFor(call, body.policy);
    const issues = this.#issuesByItself(call.vault, policy.issuer.name);
    this.#requireFree(call);
    const material = this.#reusedKey(call, policy) ?? (await generateKey(shapeOf(policy)));
    const csr = await signingRequest(subjectFacts(policy), privateKeyOf(material.privateJwk));
    this.#requireFree(call);
    const pending: PendingCertificate = {
      name: this.#objects.store.find(this.#objects.place(call))?.name ?? call.name,
      requestId: randomUUID().replaceAll('-', ''),
      version: newVersionId(),
      created: Math.floor(this.#objects.now() / 1000),
      status: 'inProgress',
      statusDetails: statusDetailsFor(policy.issuer.name),
      cancellationRequested: false,
      csr: csr.toString('base64'),
      policy,
      material,
      ...(body.attributes ? { attributes: body.attributes } : {}),
      ...(body.tags ? { tags: body.tags } : {}),
      ...(body.preserveCertOrder ? { preserveCertOrder: true } : {}),
    };
    this.#keep(call.vault, pending, issues ? this.#objects.now() + call.vault.transitions.issuedMs : undefined);
    return this.#pending.shown(call.vault, pending);
  };

  readonly get = (call: Call): object => this.#pending.shown(call.vault, this.#pending.get(call.vault, call.name));

  readonly update = (call: Call): object => {
    parseBody(updateBody, call.body);
    const pending = this.#inProgress(call);
    const cancelled = { ...pending, cancellationRequested: true };
    this.#keep(call.vault, cancelled, this.#objects.now());
    return this.#pending.shown(call.vault, cancelled);
  };

  readonly remove = (call: Call): object => {
    const pending = this.#pending.get(call.vault, call.name);
    this.#pending.remove(call.vault, call.name);
    return this.#pending.shown(call.vault, pending);
  };

  readonly merge = async (call: Call): Promise<object> => {
    const body = parseBody(mergeBody, call.body);
    const pending = this.#inProgress(call);
    const chain = body.x5c.map((text) => Buffer.from(text, 'base64'));
    const merged = {
      ...pending,
      ...(body.tags ? { tags: body.tags } : {}),
      ...(body.attributes ? { attributes: body.attributes } : {}),
    };
    this.#requireOwnKey(merged, chain);
    await this.#store(call, merged, chain);
    return this.#objects.current(call);
  };

  /** Lets everything happen that was due by now: issuing and cancelling, one call after the other. Cheap while nothing is. */
  async issueDue(): Promise<void> {
    if (this.#objects.now() < this.#nextDue) return;
    const next = (): Promise<void> => this.#issueAll();
    this.#issuing = this.#issuing.then(next, next);
    await this.#issuing;
  }

  /** Looks again at the next request, after the clock has moved. */
  lookAgain(): void {
    this.#nextDue = 0;
  }

  async #issueAll(): Promise<void> {
    const now = this.#objects.now();
    for (const { vault: name, pending } of this.#pending.due(now)) {
      const vault = this.#vaultOf(name);
      if (vault !== undefined) await this.#conclude(vault, pending, now);
    }
    this.#nextDue = this.#pending.nextDue();
  }

  async #conclude(vault: Vault, pending: PendingCertificate, now: number): Promise<void> {
    if (pending.cancellationRequested) {
      const error = { code: 'CertificateOperationCancelled', message: 'The certificate operation was cancelled.' };
      this.#pending.end(vault, pending, { status: 'cancelled', error });
      return;
    }
    const call = { vault, name: pending.name, version: undefined, query: new URLSearchParams(), body: undefined };
    try {
      if (pending.material === undefined) throw new KeyVaultError(500, 'InternalServerError', 'The key is gone.');
      await this.#store(call, pending, [await issueBy(pending.policy, pending.material, now, newSerial())]);
    } catch (error) {
      if (!(error instanceof KeyVaultError)) throw error;
      if (this.#isUnchanged(vault, pending))
        this.#pending.end(vault, pending, { status: 'failed', error: { code: error.code, message: error.message } });
    }
  }

  /** Makes the pending certificate a version of its own. */
  async #store(call: Call, pending: PendingCertificate, chain: Buffer[]): Promise<void> {
    const { material, policy, attributes, tags, preserveCertOrder } = pending;
    if (material === undefined) throw this.#over(call.name);
    const versions = await certificateVersions({
      version: pending.version,
      material,
      chain,
      policy,
      attributes: mergeAttributes(attributes, undefined, this.#objects.now()),
      tags,
      ...(preserveCertOrder ? { preserveCertOrder } : {}),
    });
    this.#objects.store.atOnce(() => {
      if (!this.#isUnchanged(call.vault, pending)) throw this.#over(call.name);
      this.#objects.requireNameFor(call, 'create');
      this.#objects.addVersion(call, versions, policy);
      this.#pending.end(call.vault, pending, { status: 'completed' });
    });
  }

  /** Whether nobody has ended, cancelled or removed the request since it was read. */
  #isUnchanged(vault: Vault, { name, requestId, cancellationRequested }: PendingCertificate): boolean {
    const kept = this.#pending.find(vault, name);
    if (kept?.requestId !== requestId || kept.status !== 'inProgress') return false;
    return kept.cancellationRequested === cancellationRequested;
  }

  #keep(vault: Vault, pending: PendingCertificate, due: number | undefined): void {
    this.#pending.put(vault, pending, due);
    this.#nextDue = Math.min(this.#nextDue, due ?? Number.POSITIVE_INFINITY);
  }

  #requireFree(call: Call): void {
    this.#pending.requireNone(call.vault, call.name);
    this.#objects.requireNameFor(call, 'create');
  }

  #inProgress(call: Call): PendingCertificate {
    const pending = this.#pending.get(call.vault, call.name);
    if (pending.status !== 'inProgress') throw this.#over(call.name);
    return pending;
  }

  #over(name: string): KeyVaultError {
    return new KeyVaultError(409, 'Conflict', `The pending certificate ${name} is no longer in progress.`);
  }

  #policyFor(call: Call, given: z.infer<typeof givenPolicy> | null | undefined): CertificatePolicy {
    const now = this.#objects.now();
    const kept = this.#objects.policyOf(call);
    if (!given) {
      if (kept === undefined) throw badParameter('The policy is missing.');
      return kept;
    }
    const base = defaultPolicy(now);
    const action = bodyDefaults[given.issuer?.name === 'Self' ? 'Self' : 'Unknown'];
    const [lifetime] = base.lifetime_actions;
    const actions = lifetime === undefined ? [] : [{ ...lifetime, action: { action_type: action } }];
    return mergePolicy(given, { ...base, lifetime_actions: actions }, now);
  }

  /** Whether the issuer needs nobody to merge anything: the vault itself, or one whose provider is `Test`. */
  #issuesByItself(vault: Vault, issuer: string): boolean {
    if (issuer === 'Self' || issuer === 'Unknown') return issuer === 'Self';
    const provider = this.#issuers.providerOf(vault, issuer);
    if (provider === undefined) throw badParameter(`The certificate issuer ${issuer} is not known or not enabled.`);
    return provider === 'Test';
  }

  #reusedKey(call: Call, { key_props: properties }: CertificatePolicy): KeyMaterial | undefined {
    return properties.reuse_key ? this.#objects.currentKey(call, properties.kty) : undefined;
  }

  #requireOwnKey({ material }: PendingCertificate, chain: Buffer[]): void {
    let leaf: X509Certificate;
    try {
      [leaf] = chain.map((der) => new X509Certificate(der)) as [X509Certificate, ...X509Certificate[]];
    } catch {
      throw badParameter('Property x5c has something that is no X.509 certificate.');
    }
    if (material !== undefined && leaf.publicKey.equals(publicKeyOf(material.publicJwk))) return;
    throw badParameter(
      "The public key of the end-entity certificate in X5C does not match that of this pending certificate's key.",
    );
  }
}
