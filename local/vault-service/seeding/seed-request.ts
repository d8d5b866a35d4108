import { z } from 'zod';
import { CONTENT_TYPES } from '../kinds/certificate-policy';
import { isObjectName } from '../kinds/object-kind';
import { givenTags } from '../kinds/request-bodies';

const name = z.string().refine(isObjectName, 'Not a name that Key Vault takes.');

/** Attributes of a seeded version; times in seconds. */
const seededAttributes = {
  enabled: z.boolean().default(true),
  nbf: z.int().exactOptional(),
  exp: z.int().exactOptional(),
  created: z.int().exactOptional(),
  tags: givenTags.exactOptional(),
};

const secretVersion = z.strictObject({
  ...seededAttributes,
  value: z.string().max(25 * 1024),
  contentType: z.string().max(255).exactOptional(),
});

const keyVersion = z.strictObject({
  ...seededAttributes,
  kty: z.enum(['RSA', 'RSA-HSM', 'EC', 'EC-HSM']),
  crv: z.string().exactOptional(),
  size: z.int().exactOptional(),
  keyOps: z.array(z.string()).exactOptional(),
});

const certificateVersion = z.strictObject({
  enabled: seededAttributes.enabled,
  created: seededAttributes.created,
  tags: seededAttributes.tags,
  kty: z.enum(['RSA', 'RSA-HSM', 'EC', 'EC-HSM']).default('RSA'),
  size: z.int().exactOptional(),
  crv: z.string().exactOptional(),
  exportable: z.boolean().default(true),
  contentType: z.enum(CONTENT_TYPES).default('application/x-pkcs12'),
  subject: z.string().exactOptional(),
  dnsNames: z.array(z.string().min(1)).exactOptional(),
  validityMonths: z.int().min(1).max(1200).default(12),
});

/** What is put into a vault past its limits. Versions are oldest first, and are added to those that are there. */
export const seedRequest = z.strictObject({
  secrets: z
    .array(z.strictObject({ name, managed: z.boolean().default(false), versions: z.array(secretVersion).min(1) }))
    .default([]),
  keys: z
    .array(z.strictObject({ name, managed: z.boolean().default(false), versions: z.array(keyVersion).min(1) }))
    .default([]),
  certificates: z.array(z.strictObject({ name, versions: z.array(certificateVersion).min(1) })).default([]),
  generate: z
    .strictObject({
      secrets: z.int().nonnegative().default(0),
      keys: z.int().nonnegative().default(0),
      certificates: z.int().nonnegative().default(0),
      versions: z.int().positive().default(1),
      valueBytes: z
        .int()
        .positive()
        .max(25 * 1024)
        .default(32),
      prefix: z.string().default(''),
      seed: z.int().exactOptional(),
    })
    .exactOptional(),
});

export type SeedRequest = z.infer<typeof seedRequest>;
export type SeededSecretVersion = z.infer<typeof secretVersion>;
export type SeededKeyVersion = z.infer<typeof keyVersion>;
export type SeededCertificateVersion = z.infer<typeof certificateVersion>;
