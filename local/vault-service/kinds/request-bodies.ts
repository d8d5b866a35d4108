import { z } from 'zod';
import { badParameter } from '../key-vault-error';
import { type VersionAttributes } from '../store/object-store';

const MAX_TAGS = 15;

const seconds = z.int().nonnegative();

/** Attributes as a caller may give them; what is missing stays as it was. */
export const givenAttributes = z.object({
  enabled: z.boolean().nullish(),
  nbf: seconds.nullish(),
  exp: seconds.nullish(),
});

export type GivenAttributes = z.infer<typeof givenAttributes>;

/** Tags as a caller may give them. */
export const givenTags = z
  .record(z.string().max(512), z.string().max(256))
  .refine((tags) => Object.keys(tags).length <= MAX_TAGS, `An object has at most ${MAX_TAGS} tags.`);

/** What the body says, or 400 with the paths that are wrong. Values of the body are never repeated. */
export function parseBody<Schema extends z.ZodType>(schema: Schema, body: unknown): z.output<Schema> {
  const result = schema.safeParse(body ?? {});
  if (result.success) return result.data;
  const faults = result.error.issues.map((issue) => `${issue.path.join('.') || 'body'}: ${issue.message}`);
  throw badParameter(`The request body is not valid. ${faults.join('; ')}`);
}

/** The attributes of a new or changed version. `now` is in milliseconds. */
export function mergeAttributes(
  given: GivenAttributes | null | undefined,
  before: VersionAttributes | undefined,
  now: number,
): VersionAttributes {
  const updated = Math.floor(now / 1000);
  const nbf = given?.nbf ?? before?.nbf;
  const exp = given?.exp ?? before?.exp;
  return {
    enabled: given?.enabled ?? before?.enabled ?? true,
    ...(nbf === undefined ? {} : { nbf }),
    ...(exp === undefined ? {} : { exp }),
    created: before?.created ?? updated,
    updated,
  };
}
