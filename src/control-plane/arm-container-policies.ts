import { z } from 'zod';
import { MOST_EXTENSIONS, type RetentionPolicy } from '../contracts/archive-policies';
import { type ArmClient } from './arm-client';
import { controlPlaneError, translateControlPlaneError } from './arm-errors';
import { type ContainerPolicies, type ContainerPolicyState } from './port-container-policies';

const VERSION = '2025-08-01';
/** One container, in milliseconds, all tries included. */
const DEADLINE_MS = 60_000;

// Field names: learn.microsoft.com, REST reference of Microsoft.Storage, "Blob Containers - Get" and "Blob Services - Get Service Properties".
const policySchema = z.object({
  properties: z.object({
    immutabilityPeriodSinceCreationInDays: z.number(),
    state: z.string(),
    allowProtectedAppendWrites: z.boolean().nullish(),
    allowProtectedAppendWritesAll: z.boolean().nullish(),
  }),
  updateHistory: z.array(z.object({ update: z.string() })).nullish(),
});
const containerSchema = z.object({
  properties: z.object({
    immutabilityPolicy: policySchema.nullish(),
    legalHold: z.object({ tags: z.array(z.object({ tag: z.string() })).nullish() }).nullish(),
  }),
});
const serviceSchema = z.object({ properties: z.object({ isVersioningEnabled: z.boolean().nullish() }) });

/** Reads over Azure Resource Manager how the containers of a storage account are protected. Keeps the promises of {@link ContainerPolicies}. */
export function createArmContainerPolicies(
  client: ArmClient,
  account: {
    /** Base address of Azure Resource Manager. */
    management: string;
    /** ARM id of the storage account. */
    resourceId: string;
  },
): ContainerPolicies {
  const service = `${account.management}${account.resourceId}/blobServices/default`;
  return {
    async read(container) {
      const signal = AbortSignal.timeout(DEADLINE_MS);
      const address = `${service}/containers/${container}?api-version=${VERSION}`;
      const { immutabilityPolicy, legalHold } = parsed(containerSchema, await client.get(address, signal)).properties;
      return {
        policy: immutabilityPolicy == null ? null : retentionOf(immutabilityPolicy),
        legalHolds: (legalHold?.tags ?? []).map(({ tag }) => tag),
        ...(await readVersioning(client, `${service}?api-version=${VERSION}`, signal)),
      };
    },
  };
}

async function readVersioning(
  client: ArmClient,
  address: string,
  signal: AbortSignal,
): Promise<Pick<ContainerPolicyState, 'versioning' | 'unread'>> {
  try {
    const { isVersioningEnabled } = parsed(serviceSchema, await client.get(address, signal)).properties;
    return { versioning: isVersioningEnabled ?? false, unread: null };
  } catch (error) {
    return { versioning: null, unread: translateControlPlaneError(error).code };
  }
}

/** `null` for what Azure shows in place of a policy that was deleted. */
function retentionOf({ properties, updateHistory }: z.infer<typeof policySchema>): RetentionPolicy | null {
  const { immutabilityPeriodSinceCreationInDays: days, state } = properties;
  if (state !== 'Locked' && state !== 'Unlocked') return null;
  const locked = state === 'Locked';
  const extensions = (updateHistory ?? []).filter(({ update }) => update === 'extend').length;
  return {
    ...{ days, locked },
    protectedAppend:
      properties.allowProtectedAppendWrites === true || properties.allowProtectedAppendWritesAll === true,
    extensionsLeft: locked ? Math.max(0, MOST_EXTENSIONS - extensions) : null,
  };
}

function parsed<T extends z.ZodType>(schema: T, document: unknown): z.infer<T> {
  const result = schema.safeParse(document);
  if (result.success) return result.data;
  throw controlPlaneError('control_plane_refused', { reason: 'UNEXPECTED_ANSWER' });
}
