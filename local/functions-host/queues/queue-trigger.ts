import { type QueueClient, type QueueServiceClient, type ReceivedMessageItem } from '@azure/storage-queue';

import { type RegisteredFunction } from '../core/functions-core';
import { type Invoker } from '../core/invoker';
import { type TypedData } from '../core/typed-data';
import { type QueueSettings } from '../host-config';
import { type HostLog } from '../host-log';
import { decodeMessage } from './message-text';

const SHORTEST_POLL_MS = 100;
const LONGEST_POLL_MS = 2000;

/**
 * How long a message stays hidden while it is handled; renewed at half of it. The real host takes ten minutes, so that a
 * killed host's messages come back that late; nobody waits for that on one machine.
 */
const LEASE_SECONDS = 30;

/** What a queue trigger needs of the host. */
export interface QueueParts {
  invoker: Invoker;
  log: HostLog;
  settings: QueueSettings;
}

/**
 * Polls one queue and runs the function for each message: deleted when it succeeds, visible again after
 * `visibilityTimeout` when it fails, moved to `<queue>-poison` after `maxDequeueCount` failures. The only queue that it
 * creates is the poison queue.
 */
export class QueueTrigger {
  readonly #queue: QueueClient;
  readonly #poison: QueueClient;
  readonly #handling = new Set<Promise<void>>();
  #timer: NodeJS.Timeout | undefined;
  #polling: Promise<void> = Promise.resolve();
  #delayMs = SHORTEST_POLL_MS;
  #stopped = false;
  #unreachable = false;

  constructor(
    private readonly fn: RegisteredFunction,
    queueName: string,
    service: QueueServiceClient,
    private readonly parts: QueueParts,
  ) {
    this.#queue = service.getQueueClient(queueName);
    this.#poison = service.getQueueClient(`${queueName}-poison`);
  }

  start(): void {
    this.#pollIn(0);
  }

  /** Takes no more messages; resolves once those at hand are handled. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#polling;
    await Promise.all(this.#handling);
  }

  /** Runs the function by hand with a message that is in no queue. */
  async runByHand(text: string): Promise<void> {
    await this.parts.invoker.invoke(this.fn, { string: text }, { queueTrigger: { string: text } });
  }

  #pollIn(ms: number): void {
    if (this.#stopped) return;
    this.#timer = setTimeout(() => {
      this.#polling = this.#poll().then((found) => {
        this.#delayMs = found ? SHORTEST_POLL_MS : Math.min(LONGEST_POLL_MS, this.#delayMs * 1.5);
        this.#pollIn(found ? 0 : this.#delayMs);
      });
    }, ms);
  }

  /** Takes a batch once half of the last one is done, as the real host; tells whether there was any message. */
  async #poll(): Promise<boolean> {
    const { batchSize } = this.parts.settings;
    if (this.#handling.size > Math.floor(batchSize / 2)) {
      await Promise.race(this.#handling);
      return true;
    }
    const messages = await this.#receive(batchSize);
    for (const message of messages) {
      const handled = this.#handle(message).finally(() => this.#handling.delete(handled));
      this.#handling.add(handled);
    }
    return messages.length > 0;
  }

  async #receive(numberOfMessages: number): Promise<ReceivedMessageItem[]> {
    try {
      const options = { numberOfMessages, visibilityTimeout: LEASE_SECONDS };
      const { receivedMessageItems } = await this.#queue.receiveMessages(options);
      this.#unreachable = false;
      return receivedMessageItems;
    } catch (error) {
      const missing = (error as { statusCode?: number }).statusCode === 404;
      if (!this.#unreachable && !missing) this.#report(`The queue cannot be read: ${(error as Error).message}`);
      this.#unreachable ||= !missing;
      return [];
    }
  }

  async #handle(message: ReceivedMessageItem): Promise<void> {
    const lease = new MessageLease(this.#queue, message);
    try {
      const { maxDequeueCount, messageEncoding } = this.parts.settings;
      const text = decodeMessage(message.messageText, messageEncoding);
      if (text === undefined || message.dequeueCount > maxDequeueCount) {
        await this.#moveToPoison(message, lease, text === undefined ? 'it is not base64' : 'it failed too often');
        return;
      }
      lease.keep();
      const succeeded = await this.#succeeds(message, text);
      await lease.end();
      if (succeeded) await lease.delete();
      else if (message.dequeueCount >= maxDequeueCount) await this.#moveToPoison(message, lease, 'it failed too often');
      else await lease.release(this.parts.settings.visibilityTimeout / 1000);
    } catch (error) {
      this.#report(`Message ${message.messageId} will come again: ${(error as Error).message}`);
    } finally {
      await lease.end();
    }
  }

  async #succeeds(message: ReceivedMessageItem, text: string): Promise<boolean> {
    try {
      await this.parts.invoker.invoke(this.fn, { string: text }, triggerMetadata(message, text));
      return true;
    } catch {
      return false;
    }
  }

  async #moveToPoison(message: ReceivedMessageItem, lease: MessageLease, reason: string): Promise<void> {
    await this.#poison.createIfNotExists();
    await this.#poison.sendMessage(message.messageText, { messageTimeToLive: -1 });
    await lease.delete();
    this.#report(`Message ${message.messageId} was moved to ${this.#poison.name}: ${reason}.`);
  }

  #report(text: string): void {
    this.parts.log.write('warning', `Queue ${this.#queue.name}`, text);
  }
}

/** Keeps one message hidden while it is handled. */
class MessageLease {
  #receipt: string;
  #timer: NodeJS.Timeout | undefined;
  #renewal: Promise<void> = Promise.resolve();

  constructor(
    private readonly queue: QueueClient,
    private readonly message: ReceivedMessageItem,
  ) {
    this.#receipt = message.popReceipt;
  }

  keep(): void {
    this.#timer = setInterval(() => {
      // A renewal that fails may let the message come again, which queue triggers have to bear anyway.
      this.#renewal = this.release(LEASE_SECONDS).catch(() => undefined);
    }, LEASE_SECONDS * 500);
  }

  async end(): Promise<void> {
    clearInterval(this.#timer);
    await this.#renewal;
  }

  /** Lets the message be seen again after some seconds. */
  async release(seconds: number): Promise<void> {
    const { messageId } = this.message;
    const { popReceipt } = await this.queue.updateMessage(messageId, this.#receipt, undefined, Math.floor(seconds));
    this.#receipt = popReceipt ?? this.#receipt;
  }

  async delete(): Promise<void> {
    await this.queue.deleteMessage(this.message.messageId, this.#receipt);
  }
}

function triggerMetadata(message: ReceivedMessageItem, text: string): Record<string, TypedData> {
  const time = (value: Date): TypedData => ({ json: JSON.stringify(value.toISOString().replace('Z', '+00:00')) });
  return {
    id: { string: message.messageId },
    queueTrigger: { string: text },
    dequeueCount: { int: message.dequeueCount },
    insertionTime: time(message.insertedOn),
    expirationTime: time(message.expiresOn),
    nextVisibleTime: time(message.nextVisibleOn),
    popReceipt: { string: message.popReceipt },
  };
}
