import { z } from 'zod';
import { type AuthorityHost } from './access/authorities';
import { type AlertKind } from './contracts/alerts';
import { type ProtectedVault } from './contracts/objects';
import { type HouseRetention } from './domain/housekeeping';
import { StrongroomError } from './errors';
import {
  audiences,
  authorityHost,
  guid,
  httpUrl,
  integer,
  json,
  kindsOff,
  number,
  protectedVaults,
  recipient,
  type RecipientSetting,
  schedule,
  storageAccountId,
  text,
  thumbprint,
  versionlessKeyId,
  webhookSecrets,
  webhookUrl,
} from './setting-values';

const duties = ['protect', 'prune', 'verify', 'recover', 'replicate', 'operate'] as const;
type Duty = (typeof duties)[number];

const environment = z.object({
  PROTECTED_VAULTS: protectedVaults.default([]),
  RECIPIENTS: json(z.array(recipient).min(1, 'needs at least one recipient')),
  SIGNING_KEY: versionlessKeyId,
  FORMER_SIGNING_KEYS: json(z.array(versionlessKeyId)).default([]),
  SIGNING_KEY_THUMBPRINTS: json(z.array(thumbprint)).default([]),
  PRUNE_SIGNING_KEY: versionlessKeyId.optional(),
  PRUNE_SCHEDULE: schedule.default('0 30 3 * * *'),
  ARCHIVE_URL: httpUrl,
  ARCHIVE_RESOURCE_ID: storageAccountId.optional(),
  LEDGER_URL: httpUrl,
  DAILY_CONTAINER: text.default('strongroom-daily'),
  MONTHLY_CONTAINER: text.default('strongroom-monthly'),
  DAILY_SCHEDULE: schedule.default('0 0 2 * * *'),
  MONTHLY_SCHEDULE: schedule.default('0 0 2 1 * *'),
  PLANS_SCHEDULE: schedule.default('0 */5 * * * *'),
  DAILY_RETENTION_DAYS: integer(1, 146_000, 30),
  MONTHLY_RETENTION_MONTHS: integer(1, 4_800, 12),
  BATCH_SIZE: integer(1, 90, 20),
  PAGE_SIZE: integer(1, 5_000, 1_000),
  VAULT_BUDGET_SHARE: number(0.01, 1, 0.5),
  MAX_INSTANCES: integer(1, 1_000, 1),
  TENANT_ID: guid,
  API_AUDIENCE: audiences,
  AZURE_AUTHORITY_HOST: authorityHost.default('https://login.microsoftonline.com'),
  ALERT_WEBHOOK_URL: webhookUrl.optional(),
  ALERT_WEBHOOK_SECRET: webhookSecrets.optional(),
  ALERT_KINDS_OFF: kindsOff.default(['backup_succeeded']),
  ALERT_QUIET_HOURS: integer(0, 8_760, 24),
  AUDIT_SCHEDULE: schedule.default('0 15 1 * * *'),
  ALERT_SWEEP_SCHEDULE: schedule.default('0 */15 * * * *'),
  HOUSEKEEPING_SCHEDULE: schedule.default('0 0 5 * * *'),
  OBJECT_ROWS_RETENTION_DAYS: integer(1, 3_660, 35),
  RECORDS_RETENTION_DAYS: integer(32, 3_660, 400),
  AUDIT_RETENTION_DAYS: integer(90, 3_660, 731),
  HISTORY_RETENTION_DAYS: integer(1, 3_660, 30),
  DUTIES: text
    .transform((value) => value.split(',').map((duty) => duty.trim()))
    .pipe(z.array(z.enum(duties, { error: `must be a comma-separated list of ${duties.join(', ')}` })))
    .default([...duties]),
  AZURE_CLIENT_ID: text.optional(),
  ARCHIVE_CONNECTION: text.optional(),
  PRUNE_ARCHIVE_CONNECTION: text.optional(),
  LEDGER_CONNECTION: text.optional(),
  VAULT_GATEWAY: httpUrl.optional(),
  IDENTITY_GATEWAY: httpUrl.optional(),
  ARM_GATEWAY: httpUrl.optional(),
});

const DEVELOPMENT_ONLY = [
  'ARCHIVE_CONNECTION',
  'PRUNE_ARCHIVE_CONNECTION',
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
  /** Versionless key ids, former ones oldest first, and the thumbprints that trust begins with (none: the oldest version's). */
  signing: { key: string; former: readonly string[]; pinned: readonly string[] };
  /** `resourceId`: the ARM id of the account, if it is configured. `auditSchedule`: when its policies are looked at. */
  archive: StorageEndpoint & {
    containers: { daily: string; monthly: string };
    resourceId?: string;
    auditSchedule: string;
  };
  ledger: StorageEndpoint;
  /** Of the duty `prune`; absent in an app that does not have it. `archive`: a connection that may also delete, in development. */
  pruning?: { signingKey: string; schedule: string; archive: Pick<StorageEndpoint, 'connection'> };
  schedules: { daily: string; monthly: string };
  /** When to remove what has had its time, and after how many days that is. */
  housekeeping: { schedule: string; retention: HouseRetention };
  /** When to look whether a vault's own schedule has come round. */
  plansSchedule: string;
  retention: { dailyDays: number; monthlyMonths: number };
  tuning: { batchSize: number; pageSize: number };
  /** How much of each vault's budget this app may use, shared by its instances. */
  vaultBudget: { share: number; instances: number };
  /** Whose tokens the API takes. `gateway`: base URL of a local issuer to fetch the signing keys from. Development only. */
  callers: { tenantId: string; audiences: readonly string[]; authorityHost: AuthorityHost; gateway?: string };
  alerts: {
    kindsOff: ReadonlySet<AlertKind>;
    quietHours: number;
    sweepSchedule: string;
    /** Where alerts are sent. Without it they are rows and nothing more. */
    webhook?: { url: string; secrets: readonly string[] };
  };
  /** Base URL of a local vault service. Development only. */
  vaultGateway?: string;
  /** Base URL of a local control plane. Development only. */
  armGateway?: string;
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
  faults.push(...pruneFaults(present));
  faults.push(...webhookFaults(present, env['AZURE_FUNCTIONS_ENVIRONMENT'] === 'Development'));
  faults.push(...housekeepingFaults(parsed.data));
  if (!parsed.success || faults.length > 0) {
    throw new StrongroomError(
      'invalid_settings',
      `Strongroom does not start: ${faults.length} setting(s) need attention.\n  ${faults.join('\n  ')}`,
    );
  }
  return nested(parsed.data);
}

function webhookFaults(present: Readonly<Record<string, string | undefined>>, isDevelopment: boolean): string[] {
  const { ALERT_WEBHOOK_URL: url, ALERT_WEBHOOK_SECRET: secret } = present;
  return [
    ...(url !== undefined && secret === undefined
      ? ['ALERT_WEBHOOK_SECRET: is required with ALERT_WEBHOOK_URL, since messages are signed']
      : []),
    ...(url === undefined && secret !== undefined
      ? ['ALERT_WEBHOOK_URL: is required with ALERT_WEBHOOK_SECRET; without it nobody is told']
      : []),
    ...(!isDevelopment && url?.trim().toLowerCase().startsWith('http:') === true
      ? ["ALERT_WEBHOOK_URL: may be http on a developer's machine only"]
      : []),
  ];
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
    signing: { key: env.SIGNING_KEY, former: env.FORMER_SIGNING_KEYS, pinned: env.SIGNING_KEY_THUMBPRINTS },
    archive: {
      ...endpoint(env.ARCHIVE_URL, env.ARCHIVE_CONNECTION),
      containers: { daily: env.DAILY_CONTAINER, monthly: env.MONTHLY_CONTAINER },
      auditSchedule: env.AUDIT_SCHEDULE,
      ...(env.ARCHIVE_RESOURCE_ID === undefined ? {} : { resourceId: env.ARCHIVE_RESOURCE_ID }),
    },
    ledger: endpoint(env.LEDGER_URL, env.LEDGER_CONNECTION),
    ...pruningOf(env),
    schedules: { daily: env.DAILY_SCHEDULE, monthly: env.MONTHLY_SCHEDULE },
    plansSchedule: env.PLANS_SCHEDULE,
    housekeeping: housekeepingOf(env),
    retention: { dailyDays: env.DAILY_RETENTION_DAYS, monthlyMonths: env.MONTHLY_RETENTION_MONTHS },
    tuning: { batchSize: env.BATCH_SIZE, pageSize: env.PAGE_SIZE },
    callers: {
      tenantId: env.TENANT_ID,
      audiences: env.API_AUDIENCE,
      authorityHost: env.AZURE_AUTHORITY_HOST,
      ...(env.IDENTITY_GATEWAY === undefined ? {} : { gateway: env.IDENTITY_GATEWAY }),
    },
    vaultBudget: { share: env.VAULT_BUDGET_SHARE, instances: env.MAX_INSTANCES },
    alerts: {
      kindsOff: new Set(env.ALERT_KINDS_OFF),
      quietHours: env.ALERT_QUIET_HOURS,
      sweepSchedule: env.ALERT_SWEEP_SCHEDULE,
      ...(env.ALERT_WEBHOOK_URL === undefined || env.ALERT_WEBHOOK_SECRET === undefined
        ? {}
        : { webhook: { url: env.ALERT_WEBHOOK_URL, secrets: env.ALERT_WEBHOOK_SECRET } }),
    },
    ...(env.VAULT_GATEWAY === undefined ? {} : { vaultGateway: env.VAULT_GATEWAY }),
    ...(env.ARM_GATEWAY === undefined ? {} : { armGateway: env.ARM_GATEWAY }),
    ...(env.AZURE_CLIENT_ID === undefined ? {} : { clientId: env.AZURE_CLIENT_ID }),
  };
}

function housekeepingOf(env: z.infer<typeof environment>): Settings['housekeeping'] {
  return {
    schedule: env.HOUSEKEEPING_SCHEDULE,
    retention: {
      objectRows: env.OBJECT_ROWS_RETENTION_DAYS,
      records: env.RECORDS_RETENTION_DAYS,
      audit: env.AUDIT_RETENTION_DAYS,
      histories: env.HISTORY_RETENTION_DAYS,
    },
  };
}

function pruningOf(env: z.infer<typeof environment>): Pick<Settings, 'pruning'> {
  const { PRUNE_SIGNING_KEY: signingKey, PRUNE_SCHEDULE: schedule, PRUNE_ARCHIVE_CONNECTION: connection } = env;
  if (!env.DUTIES.includes('prune') || signingKey === undefined) return {};
  return { pruning: { signingKey, schedule, archive: connection === undefined ? {} : { connection } } };
}

/** What keeps the two keys apart: who can prune must not be able to sign manifests, nor the other way round. */
function pruneFaults(present: Readonly<Record<string, string | undefined>>): string[] {
  const { DUTIES: duties, PRUNE_SIGNING_KEY: pruneKey, SIGNING_KEY: signingKey } = present;
  const prunes = duties === undefined || duties.split(',').some((duty) => duty.trim() === 'prune');
  if (prunes && pruneKey === undefined)
    return [
      'PRUNE_SIGNING_KEY: is required and not set; an app that is not to delete anything leaves prune out of DUTIES',
    ];
  const isSame = pruneKey !== undefined && pruneKey.trim().toLowerCase() === signingKey?.trim().toLowerCase();
  return isSame ? ['PRUNE_SIGNING_KEY: must be another key than SIGNING_KEY'] : [];
}

/** Rows of objects are found by way of their run. */
function housekeepingFaults(env: z.infer<typeof environment> | undefined): string[] {
  return env !== undefined && env.OBJECT_ROWS_RETENTION_DAYS > env.RECORDS_RETENTION_DAYS
    ? ['OBJECT_ROWS_RETENTION_DAYS: must not be longer than RECORDS_RETENTION_DAYS']
    : [];
}

/** {@link parseSettings} of the process's environment. */
export function readSettings(): Settings {
  return parseSettings(process.env);
}
