import { z } from 'zod';
import { JsonClient } from '../../stack/json-client';
import { JsonRefusal } from '../../http/json-refusal';
import { ArmError, resourceNotFound } from '../arm-error';
import { groupOf } from '../resource-path';
import { type DocumentStore } from '../store';

/** A storage account and where its process listens for control. */
export const storageAccount = z.strictObject({
  subscriptionId: z.string().min(1),
  resourceGroup: z.string().min(1),
  location: z.string().min(1).default('westeurope'),
  /** Base URL of the storage's control listener. */
  control: z.url(),
  /** The blob endpoint. */
  blob: z.url(),
  /** Whether the account keeps versions of blobs. Shown alone: the storage keeps none. */
  versioning: z.boolean().default(false),
});

export type StorageAccount = z.infer<typeof storageAccount>;

const stamp = { at: z.string(), by: z.string() };

/** A container as the storage's control describes it (local/storage/README.md). */
const containerState = z.object({
  name: z.string(),
  policy: z
    .object({
      retentionDays: z.number(),
      state: z.enum(['Locked', 'Unlocked']),
      protectedAppend: z.boolean(),
      extensions: z.number(),
      history: z.array(z.object({ update: z.enum(['put', 'lock', 'extend']), days: z.number(), ...stamp })),
    })
    .nullable(),
  legalHolds: z.array(z.string()),
  holders: z.record(z.string(), z.object(stamp)),
});

export type ContainerState = z.infer<typeof containerState>;

/** The storage account that a scope and a name mean. Throws 404 if there is none. */
export function accountOf(store: DocumentStore, scope: string, name: string): StorageAccount {
  const account = storageAccount.optional().parse(store.get('storage-accounts', name));
  const { subscription, resourceGroup } = groupOf(scope);
  const isThere =
    account?.subscriptionId.toLowerCase() === subscription && account?.resourceGroup.toLowerCase() === resourceGroup;
  if (account !== undefined && isThere) return account;
  throw resourceNotFound('Microsoft.Storage/storageAccounts', name, resourceGroup ?? '<null>');
}

/** The containers of one account, read and changed through the storage's own control, so that both planes tell one truth. */
export class StorageBridge {
  readonly #control: JsonClient;

  constructor({ control }: StorageAccount) {
    this.#control = new JsonClient(control);
  }

  /** All containers. */
  async list(): Promise<ContainerState[]> {
    const { containers } = z
      .object({ containers: z.array(containerState) })
      .parse(await translated(this.#control.get('/containers')));
    return containers;
  }

  /** One container. Throws 404 `ContainerNotFound`. */
  async get(name: string): Promise<ContainerState> {
    return containerState.parse(await translated(this.#control.get(`/containers/${name}`)));
  }

  /** Orders a change below the container's path; its state after that. */
  async post(name: string, path: string, body: object): Promise<ContainerState> {
    return containerState.parse(await translated(this.#control.post(`/containers/${name}/${path}`, body)));
  }

  /** Takes something away below the container's path; its state after that. */
  async delete(name: string, path: string, body?: object): Promise<ContainerState> {
    return containerState.parse(await translated(this.#control.delete(`/containers/${name}/${path}`, body)));
  }
}

async function translated<T>(call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (error) {
    throw error instanceof JsonRefusal ? armErrorOf(error) : error;
  }
}

function armErrorOf({ status, code }: JsonRefusal): ArmError {
  if (code === 'no_container' || code === 'invalid_name')
    return new ArmError(404, 'ContainerNotFound', 'The specified container does not exist.');
  if (code === 'policy_refused') return wrongState();
  if (status === 400) return new ArmError(400, 'InvalidRequestPropertyValue', 'A value in the request is not allowed.');
  return new ArmError(500, 'InternalServerError', 'The server was unable to complete your request.');
}

/** 409: what a locked policy forbids, or an unlocked one has no use for. */
function wrongState(): ArmError {
  return new ArmError(
    409,
    'ContainerImmutabilityPolicyFailure',
    'Operation not allowed on immutability policy with current state.',
  );
}
