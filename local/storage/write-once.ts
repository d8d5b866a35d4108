import { type StackClock } from '../clock/stack-clock';
import { type BlobStore, type Conditions, type StoredContainer, twinOf } from './blob-store';
import { type ContainerPolicies } from './container-policies';
import { WriteOnceGuard } from './write-once-guard';

/**
 * Makes Azurite's blob store honour the containers' policies (see {@link WriteOnceGuard}). Tier, index tags and leases stay
 * free, as in Azure.
 *
 * The guard stands in the store and not before it, so that a refusal comes after authentication and conditions as in Azure,
 * the parts of a batch pass it too, and of two writers of one new path only one can win.
 */
export function enforceWriteOnce(store: BlobStore, policies: ContainerPolicies, clock: StackClock): void {
  const original = twinOf(store);
  const guard = new WriteOnceGuard(original, policies, clock);
  Object.assign(store, creations(original, guard), changes(original, guard), pageChanges(original, guard));
  Object.assign(store, removals(original, guard, policies), listings(original, policies));
}

function creations(original: BlobStore, guard: WriteOnceGuard): Partial<BlobStore> {
  return {
    createBlob: (context, blob, lease, conditions) =>
      guard.creating(context, blob.containerName, blob.name, conditions, (allowed) =>
        original.createBlob(context, blob, lease, allowed),
      ),
    commitBlockList: (context, blob, blocks, lease, conditions) =>
      guard.creating(context, blob.containerName, blob.name, conditions, (allowed) =>
        original.commitBlockList(context, blob, blocks, lease, allowed),
      ),
    startCopyFromURL: (context, source, target, url, metadata, tier, options = {}) =>
      guard.creating(context, target.container, target.blob, options.modifiedAccessConditions, (allowed) =>
        original.startCopyFromURL(context, source, target, url, metadata, tier, withConditions(options, allowed)),
      ),
    copyFromURL: (context, source, target, url, metadata, tier, options = {}) =>
      guard.creating(context, target.container, target.blob, options.modifiedAccessConditions, (allowed) =>
        original.copyFromURL(context, source, target, url, metadata, tier, withConditions(options, allowed)),
      ),
  };
}

function withConditions<T extends { modifiedAccessConditions?: Conditions }>(
  options: T,
  conditions: Conditions | undefined,
): T {
  return conditions ? { ...options, modifiedAccessConditions: conditions } : options;
}

function changes(original: BlobStore, guard: WriteOnceGuard): Partial<BlobStore> {
  return {
    createSnapshot: async (context, account, container, blob, lease, metadata, conditions) => {
      await guard.changing(context, container, blob, conditions);
      return original.createSnapshot(context, account, container, blob, lease, metadata, conditions);
    },
    setBlobHTTPHeaders: async (context, account, container, blob, lease, headers, conditions) => {
      await guard.changing(context, container, blob, conditions);
      return original.setBlobHTTPHeaders(context, account, container, blob, lease, headers, conditions);
    },
    setBlobMetadata: async (context, account, container, blob, lease, metadata, conditions) => {
      await guard.changing(context, container, blob, conditions);
      return original.setBlobMetadata(context, account, container, blob, lease, metadata, conditions);
    },
    appendBlock: async (context, block, lease, conditions, position) => {
      await guard.appending(context, block.containerName, block.blobName, conditions);
      return original.appendBlock(context, block, lease, conditions, position);
    },
    uploadPages: async (context, blob, ...rest) => {
      await guard.changing(context, blob.containerName, blob.name);
      return original.uploadPages(context, blob, ...rest);
    },
    clearRange: async (context, blob, ...rest) => {
      await guard.changing(context, blob.containerName, blob.name);
      return original.clearRange(context, blob, ...rest);
    },
  };
}

function pageChanges(original: BlobStore, guard: WriteOnceGuard): Partial<BlobStore> {
  type PageChange = 'resizePageBlob' | 'updateSequenceNumber' | 'sealBlob';
  const guarded =
    (change: PageChange): BlobStore[PageChange] =>
    async (context, account, container, blob, ...rest) => {
      await guard.changing(context, container, blob);
      return original[change](context, account, container, blob, ...rest);
    };
  return {
    resizePageBlob: guarded('resizePageBlob'),
    updateSequenceNumber: guarded('updateSequenceNumber'),
    sealBlob: guarded('sealBlob'),
  };
}

function removals(original: BlobStore, guard: WriteOnceGuard, policies: ContainerPolicies): Partial<BlobStore> {
  return {
    deleteBlob: async (context, account, container, blob, options) => {
      await guard.deleting(context, container, blob, options.modifiedAccessConditions);
      return original.deleteBlob(context, account, container, blob, options);
    },
    deleteContainer: async (context, account, container, ...rest) => {
      await guard.deletingContainer(context, container);
      const answer = await original.deleteContainer(context, account, container, ...rest);
      await policies.forget(container);
      return answer;
    },
  };
}

function listings(original: BlobStore, policies: ContainerPolicies): Partial<BlobStore> {
  const described = (container: StoredContainer): StoredContainer => {
    const { retention, legalHolds } = policies.of(container.name);
    const flags = { hasImmutabilityPolicy: retention !== undefined, hasLegalHold: legalHolds.length > 0 };
    return { ...container, properties: { ...container.properties, ...flags } };
  };
  return {
    getContainerProperties: async (...parameters) => described(await original.getContainerProperties(...parameters)),
    listContainers: async (...parameters) => {
      const [found, ...rest] = await original.listContainers(...parameters);
      return [found.map(described), ...rest];
    },
  };
}
