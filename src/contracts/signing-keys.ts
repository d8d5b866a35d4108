import { z } from 'zod';
import { signedRecordSchema } from './records';
import { signingKeyRefSchema } from './snapshots';

export const KEY_SUCCESSION = 'key-succession';

const publicJwkSchema = z.union([
  z.object({ kty: z.literal('EC'), crv: z.literal('P-256'), x: z.string(), y: z.string() }),
  z.object({ kty: z.literal('RSA'), n: z.string(), e: z.string() }),
]);

/** The record by which a trusted signing key introduces the next one (docs/format.md, section 7). */
export const keySuccessionSchema = signedRecordSchema.extend({
  record: z.literal(KEY_SUCCESSION),
  from: signingKeyRefSchema,
  to: signingKeyRefSchema.extend({ jwk: publicJwkSchema }),
  producer: z.object({ name: z.string(), version: z.string() }),
});
