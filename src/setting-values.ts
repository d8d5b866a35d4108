import { z } from 'zod';
import { authorityHosts } from './access/authorities';
import { alertKinds } from './contracts/alerts';
import { type ProtectedVault } from './contracts/objects';
import { isSchedule } from './domain/schedules';

// What the values of settings look like. Every fault is told without the value.

const VAULT_HOST = /^([a-z0-9](?:-?[a-z0-9]){2,23})\.vault\.(azure\.net|azure\.cn|usgovcloudapi\.net)$/;
const THUMBPRINT = /^[A-Za-z0-9_-]{43}$/;

/** A text that is not empty; spaces around it do not count. */
export const text = z.string().trim().min(1, 'is empty');
export const guid = z.guid('must be a GUID');

/** JSON that fits the schema. */
export function json<T extends z.ZodType>(inner: T) {
  return text
    .transform((value, context): unknown => {
      try {
        return JSON.parse(value);
      } catch {
        context.addIssue({ code: 'custom', message: 'is not JSON' });
        return z.NEVER;
      }
    })
    .pipe(inner);
}

const vaultUrl = text.transform((value, context): { url: string; shortName: string } => {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  if (url?.hostname.endsWith('.managedhsm.azure.net') === true) {
    context.addIssue({
      code: 'custom',
      message: 'is a Managed HSM; Strongroom protects Key Vaults, a Managed HSM has a full backup of its own',
    });
    return z.NEVER;
  }
  const shortName = VAULT_HOST.exec(url?.hostname ?? '')?.[1];
  if (
    url?.protocol !== 'https:' ||
    url.pathname !== '/' ||
    url.search !== '' ||
    url.port !== '' ||
    shortName === undefined
  ) {
    context.addIssue({ code: 'custom', message: 'must look like https://NAME.vault.azure.net' });
    return z.NEVER;
  }
  return { url: url.origin, shortName };
});

/** The ARM id of a resource of one type. */
function resourceIdOf(type: string) {
  const provider = type.replaceAll('.', '\\.');
  const pattern = new RegExp(
    `^/subscriptions/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/resourceGroups/[\\w().-]{1,90}/providers/${provider}/[\\w-]{3,24}$`,
    'i',
  );
  return text.regex(pattern, `must look like /subscriptions/ID/resourceGroups/GROUP/providers/${type}/NAME`);
}

/** The ARM id of a storage account. */
export const storageAccountId = resourceIdOf('Microsoft.Storage/storageAccounts');

const protectedVault = z
  .object({
    url: vaultUrl,
    subscriptionId: guid,
    geography: text,
    tenantId: guid.optional(),
    resourceId: resourceIdOf('Microsoft.KeyVault/vaults').optional(),
  })
  .superRefine(({ url, subscriptionId, resourceId }, context) => {
    if (resourceId === undefined) return;
    const [, , subscription = ''] = resourceId.split('/');
    const same =
      resourceId.toLowerCase().endsWith(`/${url.shortName}`) &&
      subscription.toLowerCase() === subscriptionId.toLowerCase();
    if (!same)
      context.addIssue({
        code: 'custom',
        path: ['resourceId'],
        message: 'is of another vault or subscription than url and subscriptionId',
      });
  })
  .transform(({ url, tenantId, resourceId, ...rest }): ProtectedVault => {
    return {
      ...url,
      ...rest,
      ...(tenantId === undefined ? {} : { tenantId }),
      ...(resourceId === undefined ? {} : { resourceId }),
    };
  });

/** The JSON list of vaults, each once. */
export const protectedVaults = json(
  z.array(protectedVault).superRefine((vaults, context) => {
    const seen = new Set<string>();
    vaults.forEach(({ shortName }, index) => {
      if (seen.has(shortName))
        context.addIssue({ code: 'custom', path: [index, 'url'], message: 'names the same vault as another entry' });
      seen.add(shortName);
    });
  }),
);

/** Id of a key in a vault, without a version. */
export const versionlessKeyId = text.transform((value, context) => {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  if (url?.protocol === 'https:' && VAULT_HOST.test(url.hostname) && /^\/keys\/[0-9a-zA-Z-]{1,127}$/.test(url.pathname))
    return `${url.origin}${url.pathname}`;
  context.addIssue({
    code: 'custom',
    message: 'must be a key id without a version, like https://NAME.vault.azure.net/keys/KEY',
  });
  return z.NEVER;
});

/** A JWK thumbprint of RFC 7638 with SHA-256. */
export const thumbprint = z.string().regex(THUMBPRINT, 'must be a JWK thumbprint (43 base64url characters)');

const mayWrap = (operations: readonly string[]): boolean =>
  operations.includes('wrapKey') || operations.includes('encrypt');

/** One who may open snapshots. */
export const recipient = z.union(
  [
    z.strictObject({
      kek: versionlessKeyId,
      approved: z.array(thumbprint).default([]),
    }),
    z.strictObject({
      jwk: z.looseObject({
        kty: z.literal('RSA'),
        n: text,
        e: text,
        d: z.never('must be a public key').optional(),
        use: z.literal('enc', 'is for another use than encryption').optional(),
        key_ops: z.array(z.string()).refine(mayWrap, 'must have wrapKey or encrypt').optional(),
      }),
    }),
    z.strictObject({
      pem: text.refine((value) => value.includes('-----BEGIN PUBLIC KEY-----'), 'must be a public key in PEM (SPKI)'),
    }),
  ],
  { error: 'must be {"kek", "approved"}, {"jwk"} (RSA, public) or {"pem"} (public key)' },
);
export type RecipientSetting = z.infer<typeof recipient>;

/** NCRONTAB as {@link isSchedule} takes it. */
export const schedule = text.refine(
  isSchedule,
  'must be NCRONTAB with six fields, seconds first, such as 0 0 2 * * *, and restrict the day of the month or of the week, not both',
);
export const number = (min: number, max: number, preset: number) => z.coerce.number().min(min).max(max).default(preset);
export const integer = (min: number, max: number, preset: number) =>
  z.coerce.number().int().min(min).max(max).default(preset);
export const httpUrl = z.url({ protocol: /^https?$/, error: 'must be a URL' });

/** Entra ID's host of the cloud. */
export const authorityHost = z
  .string()
  .transform((value) => value.trim().replace(/\/$/, ''))
  .pipe(z.enum(authorityHosts, { error: `must be one of ${authorityHosts.join(', ')}` }));
/** Comma-separated audiences of tokens. */
export const audiences = text
  .transform((value) => value.split(',').map((audience) => audience.trim()))
  .pipe(
    z.array(
      z.union([guid.toLowerCase(), z.url()], {
        error: 'must be a comma-separated list of the client id and the App ID URI of the API',
      }),
    ),
  );
/** Where alerts go: https, or http to this machine, which is for development. */
export const webhookUrl = text.transform((value, context): string => {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  const isLoopback = url !== undefined && ['127.0.0.1', '[::1]', 'localhost'].includes(url.hostname);
  if (
    url !== undefined &&
    url.username === '' &&
    (url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback))
  )
    return url.href;
  context.addIssue({ code: 'custom', message: 'must be an https URL without credentials' });
  return z.NEVER;
});
/** Secrets after Standard Webhooks, with spaces between. */
export const webhookSecrets = text
  .transform((value) => value.split(/\s+/))
  .pipe(
    z.array(
      z.string().refine((secret) => {
        const bytes = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(secret)?.[1];
        const length = Buffer.from(bytes ?? '', 'base64').length;
        return bytes !== undefined && bytes.length % 4 === 0 && length >= 24 && length <= 64;
      }, 'must be whsec_ and 24 to 64 bytes in base64, several with spaces between'),
    ),
  );
/** Kinds of alerts that are not raised; `none` for an empty list, since an empty setting counts as absent. */
export const kindsOff = text
  .transform((value) => (value === 'none' ? [] : value.split(',').map((kind) => kind.trim())))
  .pipe(z.array(z.enum(alertKinds, { error: `must be none, or a comma-separated list of ${alertKinds.join(', ')}` })));
