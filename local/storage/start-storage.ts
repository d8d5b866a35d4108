import { join } from 'node:path';
import { z } from 'zod';
import { type StackClock } from '../clock/stack-clock';
import { answersFrom } from '../http/json-routes';
import { createJsonServer } from '../http/json-server';
import { listenOnLoopback } from '../http/loopback';
import { type RunningPart } from '../process/stack-process';
import { startAzurite } from './azurite-servers';
import { BlobEvents } from './blob-events';
import { ACCOUNT } from './blob-store';
import { ContainerPolicies } from './container-policies';
import { controlRoutes } from './control-routes';
import { RequestGate } from './request-gate';
import { nameOverwriteRefusals } from './sas-overwrite';
import { enforceWriteOnce } from './write-once';

const portSchema = z.number().int().min(0).max(65_535).default(0);

/** How the storage is started. Port 0 takes a free one. `inMemory` keeps blobs, queues and tables off the disk. */
const storageConfigSchema = z.strictObject({
  dataDir: z.string().min(1),
  inMemory: z.boolean().default(false),
  ports: z.strictObject({ blob: portSchema, queue: portSchema, table: portSchema, control: portSchema }),
  events: z
    .strictObject({
      queue: z.string().min(3),
      containers: z.array(z.string()).default([]),
      subjectEndsWith: z.string().default(''),
    })
    .default({ queue: 'strongroom-events', containers: [], subjectEndsWith: '' }),
});

/** The configuration before its defaults are filled in. */
export type StorageConfig = z.input<typeof storageConfigSchema>;

/**
 * Starts the storage: Azurite's three services with write-once containers, events of new blobs, and a control listener.
 * Endpoints: `blob`, `queue` and `table` with the account, and `storageControl`.
 */
export async function startStorage(config: unknown, clock: StackClock): Promise<RunningPart> {
  const { dataDir, inMemory, ports, events } = storageConfigSchema.parse(config);
  const policies = new ContainerPolicies(join(dataDir, 'container-policies.json'), () => clock.now());
  const gate = new RequestGate();
  const blobEvents = new BlobEvents(events, clock);
  nameOverwriteRefusals();
  const azurite = await startAzurite({ dataDir, inMemory, ports }, gate.before.bind(gate), (store) => {
    enforceWriteOnce(store, policies, clock);
    blobEvents.watch(store);
  });
  const urls = {
    blob: `${azurite.urls.blob}/${ACCOUNT}`,
    queue: `${azurite.urls.queue}/${ACCOUNT}`,
    table: `${azurite.urls.table}/${ACCOUNT}`,
  };
  await blobEvents.start(urls.blob, urls.queue);
  const routes = controlRoutes(urls, policies, gate);
  const control = await listenOnLoopback(createJsonServer(answersFrom(routes)), ports.control, 'storage control');
  return {
    endpoints: { ...urls, storageControl: control.url },
    stop: async () => {
      await control.close();
      await blobEvents.stop();
      await azurite.stop();
    },
  };
}
