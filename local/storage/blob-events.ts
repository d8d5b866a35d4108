import { randomUUID } from 'node:crypto';
import { QueueClient, RestError, StorageSharedKeyCredential } from '@azure/storage-queue';
import { type StackClock } from '../clock/stack-clock';
import { type BlobContext, type BlobStore, type StoredBlob, ACCOUNT, ACCOUNT_KEY, twinOf } from './blob-store';

/** Which new blobs are told, and to which queue. The filters are those of an Event Grid subscription; empty lets all pass. */
export interface EventSubscription {
  queue: string;
  containers: string[];
  subjectEndsWith: string;
}

type Api = 'PutBlob' | 'PutBlockList' | 'CopyBlob';

const TOPIC = `/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/local/providers/Microsoft.Storage/storageAccounts/${ACCOUNT}`;
const RETRY_PAUSE_MS = 250;

/**
 * Tells of new blobs as Event Grid does with a Storage queue as destination: one `Microsoft.Storage.BlobCreated` event a
 * message, in base64, after the blob is there, at least once, and in no promised order.
 */
export class BlobEvents {
  readonly #waiting: string[] = [];
  #sequence = 0n;
  #delivering: Promise<void> | undefined;
  #queue: QueueClient | undefined;
  #blobUrl = '';
  #stopped = false;

  constructor(
    private readonly subscription: EventSubscription,
    private readonly clock: StackClock,
  ) {}

  /** Makes the queue, and delivers what has come in meanwhile. */
  async start(blobUrl: string, queueUrl: string): Promise<void> {
    this.#blobUrl = blobUrl;
    const key = new StorageSharedKeyCredential(ACCOUNT, ACCOUNT_KEY);
    const queue = new QueueClient(`${queueUrl}/${this.subscription.queue}`, key);
    await queue.createIfNotExists();
    this.#queue = queue;
    this.#deliver();
  }

  /** Watches the store's successful creations. Call before the first request and after the write-once guard. */
  watch(store: BlobStore): void {
    const original = twinOf(store);
    const told = async (
      api: Api,
      context: BlobContext,
      container: string,
      blob: string,
      answer: Promise<unknown>,
    ): Promise<unknown> => {
      const result = await answer;
      if (this.#wants(container, blob)) {
        const stored = await store.getBlob(context, ACCOUNT, container, blob);
        if (stored) this.#tell(api, context, stored);
      }
      return result;
    };
    Object.assign(store, {
      createBlob: (context, blob, ...rest) =>
        told('PutBlob', context, blob.containerName, blob.name, original.createBlob(context, blob, ...rest)),
      commitBlockList: (context, blob, ...rest) =>
        told('PutBlockList', context, blob.containerName, blob.name, original.commitBlockList(context, blob, ...rest)),
      startCopyFromURL: (context, source, target, ...rest) =>
        told(
          'CopyBlob',
          context,
          target.container,
          target.blob,
          original.startCopyFromURL(context, source, target, ...rest),
        ),
      copyFromURL: (context, source, target, ...rest) =>
        told(
          'CopyBlob',
          context,
          target.container,
          target.blob,
          original.copyFromURL(context, source, target, ...rest),
        ),
    } satisfies Partial<BlobStore>);
  }

  /** Delivers what is still waiting, and stops. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#delivering;
  }

  #wants(container: string, blob: string): boolean {
    const { containers, subjectEndsWith } = this.subscription;
    return (containers.length === 0 || containers.includes(container)) && blob.endsWith(subjectEndsWith);
  }

  #tell(api: Api, context: BlobContext, { containerName, name, properties }: StoredBlob): void {
    this.#sequence += 1n;
    const event = {
      topic: TOPIC,
      subject: `/blobServices/default/containers/${containerName}/blobs/${name}`,
      eventType: 'Microsoft.Storage.BlobCreated',
      eventTime: new Date(this.clock.now()).toISOString(),
      id: randomUUID(),
      data: {
        api,
        clientRequestId: context.request?.getHeader('x-ms-client-request-id') ?? '',
        requestId: context.contextId,
        eTag: properties.etag.replaceAll('"', ''),
        contentType: properties.contentType ?? 'application/octet-stream',
        contentLength: properties.contentLength ?? 0,
        blobType: properties.blobType ?? 'BlockBlob',
        url: `${this.#blobUrl}/${containerName}/${name.split('/').map(encodeURIComponent).join('/')}`,
        sequencer: this.#sequencer(),
        storageDiagnostics: { batchId: randomUUID() },
      },
      dataVersion: '',
      metadataVersion: '1',
    };
    this.#waiting.push(Buffer.from(JSON.stringify(event)).toString('base64'));
    this.#deliver();
  }

  /** Sorts as text in the order of creation, also across restarts. */
  #sequencer(): string {
    const time = BigInt(this.clock.now()).toString(16).padStart(32, '0');
    return `${time}${this.#sequence.toString(16).padStart(16, '0')}`.toUpperCase();
  }

  #deliver(): void {
    if (!this.#queue) return;
    this.#delivering ??= this.#deliverAll(this.#queue).finally(() => {
      this.#delivering = undefined;
      if (this.#waiting.length > 0 && !this.#stopped) this.#deliver();
    });
  }

  async #deliverAll(queue: QueueClient): Promise<void> {
    for (let message = this.#waiting[0]; message !== undefined; message = this.#waiting[0]) {
      try {
        await queue.sendMessage(message);
        this.#waiting.shift();
      } catch (error) {
        if (this.#stopped) return;
        // Somebody deleted the queue: there is nobody to tell, as when a subscription's destination is gone.
        if (error instanceof RestError && error.statusCode === 404) this.#waiting.length = 0;
        else await new Promise((resolve) => setTimeout(resolve, RETRY_PAUSE_MS));
      }
    }
  }
}
