import { type Tier } from '../../contracts/objects';
import { usageFailure } from '../cli-failure';
import { type Session } from '../session';
import { type AccountId, parseAccountId, type StorageAccount } from '../storage-account';

/** Options that say which container is meant. */
export interface TargetOptions {
  tier: Tier;
  accountId?: string;
  container?: string;
}

/** The container that a command is about. */
export interface ArchiveTarget {
  tier: Tier;
  id: AccountId;
  account: StorageAccount;
  container: string;
  /** Days that the tier's retention can last; `null` if the API was not asked. */
  requiredDays: number | null;
}

/**
 * Finds the container: by `--account-id`, without asking the API, or as the API names it, where it is shown before anything is changed. Throws
 * `invalid_option` and `account_unknown`.
 */
export async function findTarget(session: Session, options: TargetOptions): Promise<ArchiveTarget> {
  const { tier, accountId, container } = options;
  if (accountId !== undefined) {
    const id = parseAccountId(accountId);
    const account = await session.storageAccount(id);
    return { tier, id, account, container: container ?? `strongroom-${tier}`, requiredDays: null };
  }
  if (container !== undefined) throw usageFailure('invalid_option', '--container goes with --account-id only');
  const view = await session.api.archive();
  const known = view.containers.find((one) => one.tier === tier);
  if (view.resourceId === null || known === undefined) {
    throw usageFailure('account_unknown', 'the app does not know which storage account its archive is', [
      'set ARCHIVE_RESOURCE_ID, or name the account with --account-id',
    ]);
  }
  const id = parseAccountId(view.resourceId);
  const account = await session.storageAccount(id);
  return { tier, id, account, container: known.container, requiredDays: known.requiredDays };
}
