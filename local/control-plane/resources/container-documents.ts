import { createHash } from 'node:crypto';
import { type JsonAnswer } from '../../http/json-server';
import { ArmError } from '../arm-error';
import { type ContainerState } from './storage-bridge';

/** The type of a container. */
export const CONTAINERS = 'Microsoft.Storage/storageAccounts/blobServices/containers';

/** The answer to a change of legal holds. */
export function holdAnswer({ legalHolds }: ContainerState): JsonAnswer {
  return { status: 200, body: { hasLegalHold: legalHolds.length > 0, tags: legalHolds } };
}

/** The answer with a container's policy. */
export function policyAnswer(containerId: string, state: ContainerState): JsonAnswer {
  const etag = etagOf(state);
  const body = {
    id: `${containerId}/immutabilityPolicies/default`,
    name: 'default',
    type: `${CONTAINERS}/immutabilityPolicies`,
    etag,
    properties: policyProperties(state),
  };
  return { status: 200, body, ...(etag === '' ? {} : { headers: { etag } }) };
}

/** A container without a policy answers with one of no days, as Azure does. */
function policyProperties({ policy }: ContainerState): object {
  return {
    immutabilityPeriodSinceCreationInDays: policy?.retentionDays ?? 0,
    state: policy?.state ?? 'Deleted',
    allowProtectedAppendWrites: policy?.protectedAppend ?? false,
    allowProtectedAppendWritesAll: false,
  };
}

/** The properties of a container's document. */
export function containerProperties(state: ContainerState) {
  const { policy, legalHolds, holders } = state;
  return {
    deleted: false,
    publicAccess: 'None',
    hasImmutabilityPolicy: policy !== null,
    hasLegalHold: legalHolds.length > 0,
    immutabilityPolicy: policy && {
      etag: etagOf(state),
      properties: policyProperties(state),
      updateHistory: policy.history.map(({ update, days, at, by }) => ({
        update,
        immutabilityPeriodSinceCreationInDays: days,
        timestamp: at,
        objectIdentifier: by,
      })),
    },
    legalHold: {
      hasLegalHold: legalHolds.length > 0,
      tags: legalHolds.map((tag) => ({ tag, timestamp: holders[tag]?.at, objectIdentifier: holders[tag]?.by })),
    },
  };
}

/** Changes with every change of the policy; empty where there is none. */
export function etagOf({ policy }: ContainerState): string {
  if (policy === null) return '';
  return `"8d${createHash('sha256').update(JSON.stringify(policy)).digest('hex').slice(0, 13)}"`;
}

/** Throws 412 unless the `If-Match` header is the policy's etag, 400 if there is none. */
export function requireMatch(ifMatch: string | undefined, state: ContainerState): void {
  if (ifMatch === undefined) {
    throw new ArmError(400, 'MissingRequiredHeader', 'The required header If-Match is missing.');
  }
  const etag = etagOf(state);
  if (etag !== '' && (ifMatch === '*' || unquoted(ifMatch) === unquoted(etag))) return;
  throw new ArmError(
    412,
    'ContainerImmutabilityPolicyFailure',
    'Operation not allowed on immutability policy with incorrect etag.',
  );
}

function unquoted(etag: string): string {
  return etag.replace(/^W\//, '').replaceAll('"', '');
}
