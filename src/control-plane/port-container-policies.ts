import { type RetentionPolicy } from '../contracts/archive-policies';
import { type ErrorCode } from '../contracts/error-codes';

/** What Azure Resource Manager tells of a container of the archive. */
export interface ContainerPolicyState {
  /** `null`: there is none. */
  policy: RetentionPolicy | null;
  /** Tags of legal holds. */
  legalHolds: string[];
  /** Whether the account keeps versions of blobs; `null` if that alone could not be read. */
  versioning: boolean | null;
  /** Why it could not. */
  unread: ErrorCode | null;
}

/** Reads how containers are protected. Reading twice changes nothing. */
export interface ContainerPolicies {
  /**
   * Throws `control_plane_*`; `control_plane_not_found` also for a container that is not there.
   *
   * Azure permissions (actions, on the storage account): `Microsoft.Storage/storageAccounts/blobServices/containers/read`, and for versioning
   * `Microsoft.Storage/storageAccounts/blobServices/read`.
   */
  read(container: string): Promise<ContainerPolicyState>;
}
