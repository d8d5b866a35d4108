import { CliFailure } from './cli-failure';
import { exitCodes } from './exit-codes';
import { systemCode } from './system-code';

const CONTAINERS = 'Microsoft.Storage/storageAccounts/blobServices/containers';

/** What is asked of Azure, with the permission (an action) that it needs. */
const azureActions = {
  read: `${CONTAINERS}/read`,
  set: `${CONTAINERS}/immutabilityPolicies/write`,
  lock: `${CONTAINERS}/immutabilityPolicies/lock/action`,
  extend: `${CONTAINERS}/immutabilityPolicies/extend/action`,
  hold: `${CONTAINERS}/setLegalHold/action`,
  release: `${CONTAINERS}/clearLegalHold/action`,
} as const;
export type AzureOperation = keyof typeof azureActions;

/** What a refusal of Azure says, as far as it is looked at. Its text is foreign and is not repeated. */
interface AzureRefusal {
  statusCode?: unknown;
  code?: unknown;
}

/**
 * What the management SDK threw, as a failure with a code of ours. The only place that knows how Azure says it.
 * @param isLocal whether a local stack was asked in Azure's place
 */
export function azureFailure(error: unknown, operation: AzureOperation, isLocal: boolean): CliFailure {
  if (error instanceof CliFailure) return error;
  const { statusCode: status, code } = (error ?? {}) as AzureRefusal;
  if (typeof status !== 'number') return silence(error, isLocal);
  const service = typeof code === 'string' && /^\w{1,80}$/.test(code) ? code : undefined;
  const refused = (own: string, message: string, ...hints: string[]): CliFailure =>
    new CliFailure(own, `${message}${service === undefined ? '' : ` (${service})`}`, {
      exit: exitCodes.refused,
      status,
      hints,
    });
  if (status === 401)
    return refused(
      'azure_unauthorized',
      'Azure does not take the token',
      'sign in again, to the tenant of the account',
    );
  if (status === 403) {
    return refused(
      'azure_forbidden',
      'Azure forbids this to you',
      `it needs the action ${azureActions[operation]} on the account, which Owner, Contributor and Storage Account Contributor have`,
      'a resource lock (read-only) forbids changes to everybody',
    );
  }
  if (status === 404) return notFound(refused, service);
  if (status === 412) {
    return refused(
      'policy_changed',
      'somebody changed the policy meanwhile; nothing was done',
      'look at it again, then repeat the command',
    );
  }
  if (status === 409) return conflict(refused, operation);
  if (status === 429 || status >= 500) {
    return new CliFailure('azure_unavailable', `Azure does not do it now (${status})`, {
      exit: exitCodes.unreachable,
      status,
      retryable: true,
      hints: ['repeat the command: what was done already is recognized'],
    });
  }
  return refused('azure_refused', `Azure refuses it with ${status}`);
}

type Refused = (code: string, message: string, ...hints: string[]) => CliFailure;

function notFound(refused: Refused, service: string | undefined): CliFailure {
  return service === 'ContainerNotFound'
    ? refused(
        'container_missing',
        'the account has no such container',
        'the deployment makes the containers: run it first',
      )
    : refused(
        'account_missing',
        'there is no such storage account',
        'check the ARM id, and that you are signed in to its tenant',
      );
}

/** Azure has one code for all that a policy's state forbids. */
function conflict(refused: Refused, operation: AzureOperation): CliFailure {
  if (operation === 'set') return refused('policy_locked', 'the policy is locked: it can be extended and nothing else');
  if (operation === 'extend') {
    return refused(
      'extension_refused',
      'the policy cannot be extended like that',
      'only a locked one can be, five times, each time to more days than it has',
    );
  }
  return refused('azure_refused', 'the state of the container forbids it');
}

function silence(error: unknown, isLocal: boolean): CliFailure {
  const known = systemCode(error);
  return new CliFailure('azure_unreachable', `no answer${known === undefined ? '' : ` (${known})`}`, {
    exit: exitCodes.unreachable,
    retryable: true,
    hints: [
      isLocal
        ? 'the local stack was asked in place of Azure, by .strongroom/stack.json: start it, or work in another folder'
        : 'check the network and the proxy; Azure Resource Manager was asked',
      'repeat the command: what was done already is recognized',
    ],
  });
}
