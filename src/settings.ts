import { z } from 'zod';
import { type AuthorityHost, authorityHosts } from './access/authorities';
import { type ProtectedVault } from './contracts/objects';
import { isSchedule } from './domain/schedules';
import { StrongroomError } from './errors';

const duties = ['protect', 'prune', 'verify', 'recover', 'replicate', 'operate'] as const;
type Duty = (typeof duties)[number];

const VAULT_HOST = /^([a-z0-9](?:-?[a-z0-9]){2,23})\.vault\.(azure\.net|azure\.cn|usgovcloudapi\.net)$/;
const THUMBPRINT = /^[A-Za-z0-9_-]{43}$/;

const text = z.string().trim().min(1, 'is empty');
const guid = z.guid('must be a GUID');

function json<T extends z.ZodType>(inner: T) {
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

const protectedVault = z
  .object({ url: vaultUrl, subscriptionId: guid, geography: text, tenantId: guid.optional() })
  .transform(({ url, subscriptionId, geography, tenantId }): ProtectedVault => {
    return { ...url, subscriptionId, geography, ...(tenantId === undefined ? {} : { tenantId }) };
  });

const protectedVaults = json(
  z.array(protectedVault).superRefine((vaults, context) => {
    const seen = new Set<string>();
    vaults.forEach(({ shortName }, index) => {
      if (seen.has(shortName))
        context.addIssue({ code: 'custom', path: [index, 'url'], message: 'names the same vault as another entry' });
      seen.add(shortName);
    });
  }),
);

const versionlessKeyId = text.transform((value, context) => {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  if (url?.protocol === 'https:' && VAULT_HOST.test(url.hostname) && /^\/keys\/[0-9a-zA-Z-]{1,127}$/.test(url.pathname))
    return `${url.origin}${url.pathname}`;
  context.addIssue({
    code: 'custom',
    message: 'must be a key id without a version, like https://NAME.vault.azure.net/keys/KEY',
  });
  return z.NEVER;
});

const recipient = z.union(
  [
    z.strictObject({
      kek: versionlessKeyId,
      approved: z.array(z.string().regex(THUMBPRINT, 'must be a JWK thumbprint (43 base64url characters)')).min(1),
    }),
    z.strictObject({
      jwk: z.looseObject({ kty: z.literal('RSA'), n: text, e: text, d: z.never('must be a public key').optional() }),
    }),
    z.strictObject({
      pem: text.refine((value) => value.includes('-----BEGIN PUBLIC KEY-----'), 'must be a public key in PEM (SPKI)'),
    }),
  ],
  { error: 'must be {"kek", "approved"}, {"jwk"} (RSA, public) or {"pem"} (public key)' },
);
type RecipientSetting = z.infer<typeof recipient>;

const schedule = text.refine(
  isSchedule,
  'must be NCRONTAB with six fields, seconds first, such as 0 0 2 * * *, and restrict the day of the month or of the week, not both',
);
const number = (min: number, max: number, preset: number) => z.coerce.number().min(min).max(max).default(preset);
const integer = (min: number, max: number, preset: number) => z.coerce.number().int().min(min).max(max).default(preset);
const httpUrl = z.url({ protocol: /^https?$/, error: 'must be a URL' });

const authorityHost = z
  .string()
  .transform((value) => value.trim().replace(/\/$/, ''))
  .pipe(z.enum(authorityHosts, { error: `must be one of ${authorityHosts.join(', ')}` }));
const audiences = text
  .transform((value) => value.split(',').map((audience) => audience.trim()))
  .pipe(
    z.array(
      z.union([guid.toLowerCase(), z.url()], {
        error: 'must be a comma-separated list of the client id and the App ID URI of the API',
      }),
    ),
  );

const environment = z.object({
  PROTECTED_VAULTS: protectedVaults.default([]),
  RECIPIENTS: json(z.array(recipient).min(1, 'needs at least one recipient')),
  SIGNING_KEY: versionlessKeyId,
  ARCHIVE_URL: httpUrl,
  LEDGER_URL: httpUrl,
  DAILY_CONTAINER: text.default('strongroom-daily'),
  MONTHLY_CONTAINER: text.default('strongroom-monthly'),
  DAILY_SCHEDULE: schedule.default('0 0 2 * * *'),
  MONTHLY_SCHEDULE: schedule.default('0 0 2 1 * *'),
  DAILY_RETENTION_DAYS: integer(1, 146_000, 30),
  MONTHLY_RETENTION_MONTHS: integer(1, 4_800, 12),
  BATCH_SIZE: integer(1, 90, 20),
  PAGE_SIZE: integer(1, 5_000, 1_000),
  VAULT_BUDGET_SHARE: number(0.01, 1, 0.5),
  MAX_INSTANCES: integer(1, 1_000, 1),
  TENANT_ID: guid,
  API_AUDIENCE: audiences,
  AZURE_AUTHORITY_HOST: authorityHost.default('https://login.microsoftonline.com'),
  DUTIES: text
    .transform((value) => value.split(',').map((duty) => duty.trim()))
    .pipe(z.array(z.enum(duties, { error: `must be a comma-separated list of ${duties.join(', ')}` })))
    .default([...duties]),
  AZURE_CLIENT_ID: text.optional(),
  ARCHIVE_CONNECTION: text.optional(),
  LEDGER_CONNECTION: text.optional(),
  VAULT_GATEWAY: httpUrl.optional(),
  IDENTITY_GATEWAY: httpUrl.optional(),
});

const DEVELOPMENT_ONLY = [
  'ARCHIVE_CONNECTION',
  'LEDGER_CONNECTION',
  'EVENTS_CONNECTION',
  'VAULT_GATEWAY',
  'IDENTITY_GATEWAY',
  'ARM_GATEWAY',
] as const;

/** A storage endpoint: its URL, and on a developer's machine a connection string that takes the place of the app's identity. */
export interface StorageEndpoint {
  url: string;
  connection?: string;
}

/** All settings of the app (docs/settings.md), parsed once at the start. */
export interface Settings {
  duties: ReadonlySet<Duty>;
  vaults: readonly ProtectedVault[];
  recipients: readonly RecipientSetting[];
  signingKey: string;
  archive: StorageEndpoint & { containers: { daily: string; monthly: string } };
  ledger: StorageEndpoint;
  schedules: { daily: string; monthly: string };
  retention: { dailyDays: number; monthlyMonths: number };
  tuning: { batchSize: number; pageSize: number };
  /** How much of each vault's budget this app may use, shared by its instances. */
  vaultBudget: { share: number; instances: number };
  /** Whose tokens the API takes. `gateway`: base URL of a local issuer to fetch the signing keys from. Development only. */
  callers: { tenantId: string; audiences: readonly string[]; authorityHost: AuthorityHost; gateway?: string };
  /** Base URL of a local vault service. Development only. */
  vaultGateway?: string;
  /** Client id of the user-assigned identity. */
  clientId?: string;
}

/**
 * Parses the environment. Throws `invalid_settings` with every fault at once, each by the setting's name and place, never with a value.
 * Settings that are set and empty count as absent.
 */
export function parseSettings(env: Readonly<Record<string, string | undefined>>): Settings {
  const present = Object.fromEntries(
    Object.entries(env).filter(([, value]) => value !== undefined && value.trim() !== ''),
  );
  const parsed = environment.safeParse(present);
  const faults = parsed.success
    ? []
    : parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${faultText(issue, present)}`);
  if (env['AZURE_FUNCTIONS_ENVIRONMENT'] !== 'Development') {
    for (const name of DEVELOPMENT_ONLY) {
      if (present[name] !== undefined)
        faults.push(
          `${name}: is for development only; remove it, or set AZURE_FUNCTIONS_ENVIRONMENT to Development on a developer's machine`,
        );
    }
  }
  if (!parsed.success || faults.length > 0) {
    throw new StrongroomError(
      'invalid_settings',
      `Strongroom does not start: ${faults.length} setting(s) need attention.\n  ${faults.join('\n  ')}`,
    );
  }
  return nested(parsed.data);
}

function faultText(issue: z.core.$ZodIssue, present: Record<string, unknown>): string {
  return issue.path.length === 1 && present[String(issue.path[0])] === undefined
    ? 'is required and not set'
    : issue.message;
}

function nested(env: z.infer<typeof environment>): Settings {
  const endpoint = (url: string, connection: string | undefined): StorageEndpoint => ({
    url,
    ...(connection === undefined ? {} : { connection }),
  });
  return {
    duties: new Set(env.DUTIES),
    vaults: env.PROTECTED_VAULTS,
    recipients: env.RECIPIENTS,
    signingKey: env.SIGNING_KEY,
    archive: {
      ...endpoint(env.ARCHIVE_URL, env.ARCHIVE_CONNECTION),
      containers: { daily: env.DAILY_CONTAINER, monthly: env.MONTHLY_CONTAINER },
    },
    ledger: endpoint(env.LEDGER_URL, env.LEDGER_CONNECTION),
    schedules: { daily: env.DAILY_SCHEDULE, monthly: env.MONTHLY_SCHEDULE },
    retention: { dailyDays: env.DAILY_RETENTION_DAYS, monthlyMonths: env.MONTHLY_RETENTION_MONTHS },
    tuning: { batchSize: env.BATCH_SIZE, pageSize: env.PAGE_SIZE },
    callers: {
      tenantId: env.TENANT_ID,
      audiences: env.API_AUDIENCE,
      authorityHost: env.AZURE_AUTHORITY_HOST,
      ...(env.IDENTITY_GATEWAY === undefined ? {} : { gateway: env.IDENTITY_GATEWAY }),
    },
    vaultBudget: { share: env.VAULT_BUDGET_SHARE, instances: env.MAX_INSTANCES },
    ...(env.VAULT_GATEWAY === undefined ? {} : { vaultGateway: env.VAULT_GATEWAY }),
    ...(env.AZURE_CLIENT_ID === undefined ? {} : { clientId: env.AZURE_CLIENT_ID }),
  };
}

/** {@link parseSettings} of the process's environment. */
export function readSettings(): Settings {
  return parseSettings(process.env);
}
