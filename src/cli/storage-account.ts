import { type RetentionPolicy } from '../contracts/archive-policies';
import { usageFailure } from './cli-failure';
import { type IssuedToken } from './sign-in';

/** A storage account of Azure, by its ARM id. */
export interface AccountId {
  resourceId: string;
  subscriptionId: string;
  resourceGroup: string;
  name: string;
}

/** A container's policy, and the etag by which a change says what it was based on. */
export type TaggedPolicy = RetentionPolicy & { etag: string };

/** A legal hold. */
export interface LegalHold {
  tag: string;
  /** ISO 8601; `null` where Azure does not tell. */
  since: string | null;
  /** Object id of who placed it. */
  by: string | null;
}

/** A container as Azure Resource Manager tells of it. */
export interface ContainerState {
  policy: TaggedPolicy | null;
  holds: LegalHold[];
}

/** Containers of one storage account, read and changed as the person who runs the command. All methods throw CliFailure. */
export interface StorageAccount {
  container(name: string): Promise<ContainerState>;
  /** Sets or changes a policy that is not locked, without protected appends. `etag`: of the policy that is changed; without: there is none. */
  setPolicy(name: string, days: number, etag: string | undefined): Promise<TaggedPolicy>;
  /** For good. */
  lockPolicy(name: string, etag: string): Promise<TaggedPolicy>;
  /** Lengthens a locked policy. */
  extendPolicy(name: string, days: number, etag: string): Promise<TaggedPolicy>;
  /** Places a hold. May run twice. */
  addHold(name: string, tag: string): Promise<void>;
  /** Takes a hold away. May run twice. */
  removeHold(name: string, tag: string): Promise<void>;
}

/** How Azure Resource Manager is reached. */
export interface ManagementAccess {
  /** Its base address in the cloud. */
  endpoint: string;
  getToken: () => Promise<IssuedToken>;
  /** Base URL of a local stack's stand-in, which is asked in its place with the host kept. */
  gateway: string | undefined;
  signal: AbortSignal;
}

/** Opens an account; nothing is sent yet. */
export type StorageAccountSource = (account: AccountId, access: ManagementAccess) => Promise<StorageAccount>;

const ACCOUNT_ID =
  /^\/subscriptions\/([0-9a-f-]{36})\/resourceGroups\/([\w().-]{1,90})\/providers\/Microsoft\.Storage\/storageAccounts\/([a-z0-9]{3,24})$/i;

/** Takes an ARM id apart; `invalid_option` if it is none of a storage account. */
export function parseAccountId(text: string): AccountId {
  const [, subscriptionId, resourceGroup, name] = ACCOUNT_ID.exec(text.trim()) ?? [];
  if (subscriptionId === undefined || resourceGroup === undefined || name === undefined) {
    throw usageFailure(
      'invalid_option',
      'the account must be an ARM id like /subscriptions/ID/resourceGroups/GROUP/providers/Microsoft.Storage/storageAccounts/NAME',
    );
  }
  return { resourceId: text.trim(), subscriptionId, resourceGroup, name };
}
