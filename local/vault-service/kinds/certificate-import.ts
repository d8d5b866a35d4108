import { type KeyObject, X509Certificate } from 'node:crypto';
import { z } from 'zod';
import { importKey, isRsa, type KeyMaterial } from '../cryptography/key-material';
import { badParameter } from '../key-vault-error';
import { type CertifiedKey } from '../x509/certified-key';
import { describeCertificate } from '../x509/describe';
import { isPem, readPem } from '../x509/pem';
import { readPfx } from '../x509/pfx';
import {
  type CertificatePolicy,
  type CONTENT_TYPES,
  defaultPolicy,
  givenPolicy,
  type GivenPolicy,
  mergePolicy,
} from './certificate-policy';
import { givenAttributes, givenTags } from './request-bodies';

/** What a caller sends to import a certificate. */
export const importBody = z.object({
  attributes: givenAttributes.nullish(),
  tags: givenTags.nullish(),
  policy: givenPolicy.nullish(),
  value: z.string().min(1),
  pwd: z.string().nullish(),
  preserveCertOrder: z.boolean().nullish(),
});

/** What came in: key, chain with the leaf first (or in its own order, if that was wanted), and the policy that describes it. */
export interface ImportedCertificate {
  material: KeyMaterial;
  chain: Buffer[];
  policy: CertificatePolicy;
}

const KEY_CURVES: Readonly<Record<string, string>> = { secp256k1: 'P-256K' };

async function contentOf({
  value,
  pwd,
  policy,
}: z.infer<typeof importBody>): Promise<Required<CertifiedKey> & { contentType: (typeof CONTENT_TYPES)[number] }> {
  const pem = isPem(value);
  const wanted = policy?.secret_props?.contentType;
  if (wanted && (wanted === 'application/x-pem-file') !== pem) {
    throw badParameter(`The specified certificate content is not of the content type ${wanted}.`);
  }
  if (pem) return { ...readPem(value), contentType: 'application/x-pem-file' };
  if (!z.base64().safeParse(value).success) throw badParameter('The specified certificate content is not base64.');
  return { ...(await readPfx(Buffer.from(value, 'base64'), pwd ?? '')), contentType: 'application/x-pkcs12' };
}

function materialOf(privateKey: KeyObject, hsm: boolean): KeyMaterial {
  const jwk = privateKey.export({ format: 'jwk' });
  const type = jwk.kty === 'RSA' ? 'RSA' : 'EC';
  const named = jwk.crv === undefined ? jwk : { ...jwk, crv: KEY_CURVES[jwk.crv] ?? jwk.crv };
  return importKey(hsm ? `${type}-HSM` : type, named);
}

/** The chain with its leaf: the certificate of the key. Throws 400 if there is none. */
function chainWithLeaf({ privateKey, chain }: Required<CertifiedKey>, keepOrder: boolean) {
  const leaf = chain.find((der) => new X509Certificate(der).checkPrivateKey(privateKey));
  if (leaf === undefined)
    throw badParameter('The specified private key does not match any of the specified certificates.');
  const sorted = keepOrder && chain[0] === leaf ? [...chain] : [leaf, ...chain.filter((der) => der !== leaf)];
  return { leaf, chain: sorted };
}

/** The policy of an imported certificate: key and X.509 properties are what they are, the rest as the caller says. */
function policyOf(leaf: Buffer, material: KeyMaterial, given: GivenPolicy, now: number): CertificatePolicy {
  const { x509_props: _said, key_props: keys, ...rest } = given;
  const { subject, sans, ekus, keyUsage, validityMonths } = describeCertificate(leaf);
  const { kty, size, curve } = material.shape;
  const x509 = { subject, sans, ekus: [...ekus], key_usage: [...keyUsage], validity_months: validityMonths };
  const base: CertificatePolicy = {
    ...defaultPolicy(now),
    x509_props: { ...x509, sans: { ...sans } },
    lifetime_actions: [{ trigger: { lifetime_percentage: 80 }, action: { action_type: 'EmailContacts' } }],
  };
  const shape = isRsa(kty) ? { kty, key_size: size } : { kty, crv: curve };
  const exportable = keys?.exportable ?? !kty.endsWith('-HSM');
  return mergePolicy({ ...rest, key_props: { ...shape, exportable, reuse_key: keys?.reuse_key } }, base, now);
}

/** Reads what was sent. `now` in milliseconds. Throws 400 for what Key Vault would not take. */
export async function readImport(body: z.infer<typeof importBody>, now: number): Promise<ImportedCertificate> {
  const content = await contentOf(body);
  const material = materialOf(content.privateKey, body.policy?.key_props?.kty?.endsWith('-HSM') === true);
  const { leaf, chain } = chainWithLeaf(content, body.preserveCertOrder === true);
  const secretProperties = { secret_props: { contentType: content.contentType } };
  return { material, chain, policy: policyOf(leaf, material, { ...body.policy, ...secretProperties }, now) };
}
