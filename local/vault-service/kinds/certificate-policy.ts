import { z } from 'zod';
import { isRsa, type KeyShape } from '../cryptography/key-material';
import { badParameter } from '../key-vault-error';
import { KEY_USAGES } from '../x509/extensions';
import { type SubjectFacts } from '../x509/issue';

/** The two forms that the secret of a certificate may have. */
export const CONTENT_TYPES = ['application/x-pkcs12', 'application/x-pem-file'] as const;

const names = z.array(z.string().min(1)).nullish();

/** A policy as a caller may give it; what is missing has a default, or stays as it was. */
export const givenPolicy = z.object({
  key_props: z
    .object({
      exportable: z.boolean().nullish(),
      kty: z.enum(['RSA', 'RSA-HSM', 'EC', 'EC-HSM']).nullish(),
      key_size: z.int().nullish(),
      crv: z.string().nullish(),
      reuse_key: z.boolean().nullish(),
    })
    .nullish(),
  secret_props: z.object({ contentType: z.enum(CONTENT_TYPES).nullish() }).nullish(),
  x509_props: z
    .object({
      subject: z.string().nullish(),
      sans: z.object({ emails: names, dns_names: names, upns: names, uris: names, ipAddresses: names }).nullish(),
      ekus: z.array(z.string().regex(/^[0-2](?:\.\d+)+$/)).nullish(),
      key_usage: z.array(z.enum(KEY_USAGES)).nullish(),
      validity_months: z.int().min(1).max(1200).nullish(),
    })
    .nullish(),
  lifetime_actions: z
    .array(
      z.object({
        trigger: z.object({
          lifetime_percentage: z.int().min(1).max(99).nullish(),
          days_before_expiry: z.int().nonnegative().nullish(),
        }),
        action: z.object({ action_type: z.enum(['EmailContacts', 'AutoRenew']) }),
      }),
    )
    .nullish(),
  issuer: z
    .object({ name: z.string().min(1).nullish(), cty: z.string().nullish(), cert_transparency: z.boolean().nullish() })
    .nullish(),
  attributes: z.object({ enabled: z.boolean().nullish() }).nullish(),
});

export type GivenPolicy = z.infer<typeof givenPolicy>;

type Given<Group extends keyof GivenPolicy> = NonNullable<GivenPolicy[Group]>;

/** A whole policy, with the API's own names; times in seconds. */
export interface CertificatePolicy {
  key_props: { exportable: boolean; kty: KeyShape['kty']; key_size?: number; crv?: string; reuse_key: boolean };
  secret_props: { contentType: (typeof CONTENT_TYPES)[number] };
  x509_props: {
    subject: string;
    sans: Record<string, string[]>;
    ekus: string[];
    key_usage: (typeof KEY_USAGES)[number][];
    validity_months: number;
  };
  lifetime_actions: Given<'lifetime_actions'>;
  issuer: { name: string; cty?: string; cert_transparency?: boolean };
  attributes: { enabled: boolean; created: number; updated: number };
}

const EC_SIZES: Readonly<Record<string, number>> = { 'P-256': 256, 'P-256K': 256, 'P-384': 384, 'P-521': 521 };

/** The policy of a certificate for which nothing was said. */
export function defaultPolicy(now: number): CertificatePolicy {
  const seconds = Math.floor(now / 1000);
  return {
    key_props: { exportable: true, kty: 'RSA', key_size: 2048, reuse_key: false },
    secret_props: { contentType: 'application/x-pkcs12' },
    x509_props: {
      subject: '',
      sans: {},
      ekus: ['1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.2'],
      key_usage: ['digitalSignature', 'keyEncipherment'],
      validity_months: 12,
    },
    lifetime_actions: [{ trigger: { lifetime_percentage: 80 }, action: { action_type: 'AutoRenew' } }],
    issuer: { name: 'Unknown' },
    attributes: { enabled: true, created: seconds, updated: seconds },
  };
}

/** The members that were given, without those that are null or missing. */
function said<T extends object>(given: T | null | undefined): { [Key in keyof T]?: NonNullable<T[Key]> } {
  const entries = Object.entries(given ?? {}).filter(([, value]) => value !== null && value !== undefined);
  return Object.fromEntries(entries) as { [Key in keyof T]?: NonNullable<T[Key]> };
}

function keyProperties(given: GivenPolicy['key_props'], before: CertificatePolicy['key_props']) {
  const { kty, crv, ...rest } = said(given);
  const type = kty ?? (crv === undefined ? before.kty : 'EC');
  // Size and curve belong to the type: a new type does not inherit them.
  const { key_size: size, crv: curve, ...others } = before;
  const kept = type === before.kty ? { ...(size && { key_size: size }), ...(curve && { crv: curve }) } : {};
  const merged = { ...others, ...kept, ...rest, ...(crv && { crv }), kty: type };
  if (isRsa(type)) return { ...merged, key_size: merged.key_size ?? 2048 };
  const known = merged.crv ?? curveOfSize(merged.key_size) ?? 'P-256';
  const length = EC_SIZES[known];
  if (length === undefined) throw badParameter('The curve is not supported.');
  return { ...merged, crv: known, key_size: length };
}

function curveOfSize(size: number | undefined): string | undefined {
  return Object.entries(EC_SIZES).find(([, length]) => length === size)?.[0];
}

/** `given` on top of `before`, group by group. `now` in milliseconds. Throws 400 where the two contradict what a vault offers. */
export function mergePolicy(given: GivenPolicy, before: CertificatePolicy, now: number): CertificatePolicy {
  const { sans, ...x509 } = said(given.x509_props);
  const merged: CertificatePolicy = {
    key_props: keyProperties(given.key_props, before.key_props),
    secret_props: { ...before.secret_props, ...said(given.secret_props) },
    x509_props: { ...before.x509_props, ...x509, sans: sans === undefined ? before.x509_props.sans : said(sans) },
    lifetime_actions: given.lifetime_actions ?? before.lifetime_actions,
    issuer: { ...before.issuer, ...said(given.issuer) },
    attributes: { ...before.attributes, ...said(given.attributes), updated: Math.floor(now / 1000) },
  };
  if (merged.key_props.kty.endsWith('-HSM') && merged.key_props.exportable) {
    throw badParameter('The private key of a certificate in a hardware security module cannot be exportable.');
  }
  return merged;
}

/** What a certificate by this policy says of its subject. Throws 400 if the policy names none. */
export function subjectFacts({ x509_props: x509 }: CertificatePolicy): SubjectFacts {
  if (x509.subject === '' && Object.keys(x509.sans).length === 0) {
    throw badParameter('The policy names no subject: x509_props needs subject or sans.');
  }
  return { subject: x509.subject, sans: x509.sans, keyUsage: x509.key_usage, ekus: x509.ekus };
}

/** The shape of the keys that the policy asks for. */
export function shapeOf({ key_props: { kty, key_size: size, crv } }: CertificatePolicy): KeyShape {
  return isRsa(kty) ? { kty, size: size ?? 2048 } : { kty, curve: crv ?? 'P-256' };
}

/** The policy as the API shows it. */
export function shownPolicy(policy: CertificatePolicy, certificateUrl: string): object {
  return { id: `${certificateUrl}/policy`, ...policy };
}
