import { validateWriteConditions } from 'azurite/dist/src/blob/conditions/WriteConditionalHeadersValidator';
import { type StackClock } from '../clock/stack-clock';
import {
  type BlobContext,
  type BlobStore,
  type Conditions,
  type StoredBlob,
  ACCOUNT,
  storageError,
} from './blob-store';
import { type ContainerPolicies, type Protection } from './container-policies';

const DAY_MS = 86_400_000;
const NEW_ONLY: Conditions = { ifNoneMatch: '*' };

/**
 * Decides what a container's policy allows, as Azure documents it for container-level WORM, and refuses in Azure's words: a
 * new path may be written once; content, metadata and properties never change while there is a policy or a hold; snapshots
 * are refused; a blob may be deleted once its own interval is over and no hold is left.
 */
export class WriteOnceGuard {
  constructor(
    private readonly store: BlobStore,
    private readonly policies: ContainerPolicies,
    private readonly clock: StackClock,
  ) {}

  /** Runs `create` so that it can only make a new blob, if the container is protected. */
  async creating(
    context: BlobContext,
    container: string,
    blob: string,
    conditions: Conditions | undefined,
    create: (conditions: Conditions | undefined) => Promise<unknown>,
  ): Promise<unknown> {
    const protection = this.policies.of(container);
    if (!isProtected(protection) || conditions?.ifNoneMatch === '*') return create(conditions);
    await this.changing(context, container, blob, conditions);
    if (conditions?.ifMatch !== undefined) return create(conditions);
    try {
      return await create({ ...conditions, ...NEW_ONLY });
    } catch (error) {
      if ((error as { storageErrorCode?: string }).storageErrorCode !== 'BlobAlreadyExists') throw error;
      throw immutable(context, protection);
    }
  }

  /** Refuses to change a blob of a protected container. A missing blob is left to Azurite, which answers 404. */
  async changing(context: BlobContext, container: string, blob: string, conditions?: Conditions): Promise<void> {
    const protection = this.policies.of(container);
    if (!isProtected(protection)) return;
    const stored = await this.#committed(context, container, blob);
    if (!stored) return;
    validateWriteConditions(context, conditions, stored);
    throw immutable(context, protection);
  }

  /** Refuses to append, but where the policy allows protected appends and no hold forbids them. */
  async appending(context: BlobContext, container: string, blob: string, conditions?: Conditions): Promise<void> {
    const { retention, legalHolds } = this.policies.of(container);
    if (retention?.protectedAppend && legalHolds.length === 0) return;
    await this.changing(context, container, blob, conditions);
  }

  /** Refuses to delete a blob that is held, or whose interval is not over. */
  async deleting(context: BlobContext, container: string, blob: string, conditions?: Conditions): Promise<void> {
    const protection = this.policies.of(container);
    const stored = isProtected(protection) ? await this.#committed(context, container, blob) : undefined;
    if (!stored) return;
    validateWriteConditions(context, conditions, stored);
    if (protection.legalHolds.length > 0 || this.#isRetained(protection, stored)) throw immutable(context, protection);
  }

  /** Refuses to delete a container that is held, locked, or has a policy and blobs. */
  async deletingContainer(context: BlobContext, container: string): Promise<void> {
    const { retention, legalHolds } = this.policies.of(container);
    const refuse = (code: string, reason: string): Error =>
      storageError(context, 409, code, `The requested operation is not allowed as the container ${reason}.`);
    if (legalHolds.length > 0) throw refuse('ContainerHasLegalHold', 'has one or more legal holds');
    if (retention?.locked) throw refuse('ContainerImmutabilityPolicyLocked', 'has a locked immutability policy');
    if (!retention) return;
    const [blobs] = await this.store.listBlobs(context, ACCOUNT, container, undefined, undefined, '', 1);
    if (blobs.length > 0) throw refuse('ContainerProtectedFromDeletion', 'has an immutability policy and is not empty');
  }

  async #committed(context: BlobContext, container: string, blob: string): Promise<StoredBlob | undefined> {
    const stored = await this.store.getBlob(context, ACCOUNT, container, blob);
    return stored && stored.isCommitted !== false ? stored : undefined;
  }

  #isRetained({ retention }: Protection, { properties }: StoredBlob): boolean {
    if (!retention) return false;
    // Azure counts an append blob's interval from its last append, every other blob's from its creation.
    const grows = retention.protectedAppend && properties.blobType === 'AppendBlob';
    const since = new Date(grows ? properties.lastModified : properties.creationTime).getTime();
    return since + retention.days * DAY_MS > this.clock.now();
  }
}

function isProtected({ retention, legalHolds }: Protection): boolean {
  return retention !== undefined || legalHolds.length > 0;
}

function immutable(context: BlobContext, { legalHolds }: Protection): Error {
  return legalHolds.length > 0
    ? storageError(
        context,
        409,
        'BlobImmutableDueToLegalHold',
        'This operation is not permitted as the blob is immutable due to one or more legal holds.',
      )
    : storageError(
        context,
        409,
        'BlobImmutableDueToPolicy',
        'This operation is not permitted as the blob is immutable due to a policy.',
      );
}
