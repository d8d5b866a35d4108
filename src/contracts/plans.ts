import { z } from 'zod';
import { isSchedule, shortestInterval } from '../domain/schedules';
import { objectKinds, objectKindSchema, tiers, tierSchema } from './objects';
import { payloadKinds } from './scopes';

/** How often a vault may be backed up by its own schedule: a run is not over in a moment, and the timer that starts them comes round every 5 minutes. */
const SHORTEST_INTERVAL_MINUTES = 15;

const VAULT_URL = /^https:\/\/[a-z0-9](?:-?[a-z0-9]){2,23}\.vault\.(?:azure\.net|azure\.cn|usgovcloudapi\.net)$/;
// Azure compares these ids without regard to case, and a pattern of JSON Schema has no flags.
const RESOURCE_ID =
  /^\/[Ss]ubscriptions\/[0-9A-Fa-f-]{36}\/[Rr]esource[Gg]roups\/[\w().-]{1,90}\/[Pp]roviders\/[Mm]icrosoft\.[Kk]ey[Vv]ault\/[Vv]aults\/[\w-]{3,24}$/;

const guid = z.guid('must be a GUID');
const vaultUrl = z
  .string()
  .regex(VAULT_URL, {
    error: ({ input }) =>
      typeof input === 'string' && input.includes('.managedhsm.')
        ? 'is a Managed HSM; Strongroom protects Key Vaults, a Managed HSM has a full backup of its own'
        : 'must look like https://name.vault.azure.net, in lower case',
  })
  .describe('Address of the vault, in lower case and without a slash at the end.');

/** A name of an object, or a glob over names. */
export const globSchema = z
  .string()
  .regex(/^[0-9A-Za-z*?-]{1,127}$/, 'must be a name, or a glob of letters, digits, hyphens, * and ?');

/** A list without repetitions, of at least one. JSON Schema tells that by a member of its own, which no check of zod becomes. */
function distinct<T extends z.ZodType<string>>(item: T) {
  return z
    .array(item)
    .min(1, 'names none')
    .refine((items) => new Set(items).size === items.length, 'names something twice')
    .meta({ uniqueItems: true });
}

const scheduleSchema = z
  .string()
  .regex(
    /^[0-9A-Za-z*,/-]+( [0-9A-Za-z*,/-]+){5}$/,
    'must be NCRONTAB with six fields, seconds first, such as 0 0 2 * * *',
  )
  .refine(isSchedule, {
    error: 'is no schedule, or restricts both the day of the month and the day of the week',
    abort: true,
  })
  .refine(
    (text) => shortestInterval(text) >= SHORTEST_INTERVAL_MINUTES * 60_000,
    `comes round more often than every ${SHORTEST_INTERVAL_MINUTES} minutes`,
  )
  .describe('NCRONTAB with six fields, seconds first, in UTC; at most every 15 minutes.');

const payloadsSchema = distinct(z.enum(payloadKinds)).default(['native']);

/**
 * What is backed up of a vault, how, and when. Members that are left out have defaults: everything in the vault, as native payloads, in both tiers,
 * by the schedules of the settings. Unknown members are refused. Holds no secret.
 */
export const planSchema = z
  .strictObject({
    url: vaultUrl,
    subscriptionId: guid.describe('Subscription of the vault: native payloads open nowhere else.'),
    geography: z
      .string()
      .trim()
      .min(1, 'is empty')
      .describe('Geography of the vault, such as Europe: native payloads open nowhere else.'),
    tenantId: guid.optional().describe("Tenant of the vault, if it is not the app's own."),
    resourceId: z
      .string()
      .regex(RESOURCE_ID, 'must look like /subscriptions/…/resourceGroups/…/providers/Microsoft.KeyVault/vaults/…')
      .optional()
      .describe('Azure resource id of the vault; with it, the configuration of the vault itself can be kept as well.'),
    enabled: z.boolean().default(true).describe('Whether the vault is backed up at all.'),
    kinds: distinct(objectKindSchema)
      .default([...objectKinds])
      .describe('Which kinds of objects are taken.'),
    exclude: z
      .array(globSchema)
      .max(500)
      .default([])
      .describe('Names or globs (* and ?, without regard to case) of objects that are recorded and not taken.'),
    tiers: distinct(tierSchema)
      .default([...tiers])
      .describe('In which tiers the vault is backed up.'),
    payloads: z
      .strictObject({ secret: payloadsSchema, certificate: payloadsSchema })
      .prefault({})
      .describe('How objects are kept: native, the backup of the vault; portable, the values. Keys are native only.'),
    schedules: z
      .strictObject({ daily: scheduleSchema.optional(), monthly: scheduleSchema.optional() })
      .prefault({})
      .describe('Schedules of this vault alone, by tier; those of the settings without them.'),
  })
  .superRefine(({ url, subscriptionId, resourceId }, context) => {
    const [, , subscription, , , , , , name] = (resourceId ?? '').toLowerCase().split('/');
    if (resourceId === undefined) return;
    if (subscription !== subscriptionId.toLowerCase() || !url.startsWith(`https://${name ?? ''}.`)) {
      const message = 'is of another vault or subscription than url and subscriptionId';
      context.addIssue({ code: 'custom', path: ['resourceId'], message });
    }
  })
  .describe('The plan of one vault.');
export type Plan = z.infer<typeof planSchema>;

/** An estate in a file: the plans of its vaults, for the command line. Nothing of it is secret. */
export const estateFileSchema = z
  .strictObject({
    apiVersion: z.literal('strongroom/v1'),
    vaults: z.array(planSchema).max(1_000).describe('The plans, one for each vault.'),
  })
  .superRefine(({ vaults }, context) => {
    const seen = new Set<string>();
    vaults.forEach(({ url }, index) => {
      if (seen.has(url))
        context.addIssue({ code: 'custom', path: ['vaults', index, 'url'], message: 'has a plan already' });
      seen.add(url);
    });
  })
  .describe('Vaults that Strongroom protects, and how (docs/plans.md).');

/** The JSON Schema of an estate file, for editors. It knows the form of a schedule, not whether that is one, nor that two plans are of one vault. */
export function estateJsonSchema(): Record<string, unknown> {
  const { $schema, ...schema } = z.toJSONSchema(estateFileSchema, { io: 'input', target: 'draft-2020-12' });
  return { $schema, title: 'Strongroom estate', ...schema };
}

/** A plan as the ledger keeps it. */
export interface PlanRecord {
  /** Short name of the vault. */
  vault: string;
  plan: Plan;
  /** Changes with every change; the `ETag` of the API. Letters, digits and hyphens. */
  revision: string;
  /** Since when the vault is backed up by these tiers and schedules: occurrences before that are not made up for. ISO 8601 in UTC. */
  plannedSince: string;
  changedAt: string;
  /** Object id of who changed it last. */
  changedBy: string;
}

/** A plan as the API shows it. */
export interface PlanView {
  /** Short name of the vault. */
  vault: string;
  /** `settings`: `PROTECTED_VAULTS` names the vault and nobody has made a plan for it, so that everything in it is backed up. */
  source: 'settings' | 'plan';
  plan: Plan;
  /** To be given back in `If-Match`; `null` if there is no plan to change. */
  etag: string | null;
  changedAt: string | null;
  changedBy: string | null;
}

export interface PlanList {
  plans: PlanView[];
}

/** What `DELETE /api/plans/{vault}` answers: whether the settings still name the vault, so that it stays protected. */
export interface DeletedPlan {
  vault: string;
  stillProtected: boolean;
}
