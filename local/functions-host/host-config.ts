import { readFileSync } from 'node:fs';

import { z } from 'zod';

import { StackStartError } from '../process/stack-process';

const modes = z.strictObject({
  /** One new message per replay: the largest number of replays, and so the hardest test of determinism. */
  batch: z.literal(1).optional(),
  /** Compares each replay's earlier actions, inputs included, with those of the replay before. */
  strict: z.boolean().default(false),
  /** Takes ready messages and activities in a random order, repeatable by `seed`. */
  shuffle: z.boolean().default(false),
  /** Durable timers fire up to a second early, as on the real host. */
  earlyTimers: z.boolean().default(false),
  seed: z.number().int().default(1),
  /** Calls the orchestrator only when what it waits for has happened; default: unless `batch`. */
  lazy: z.boolean().optional(),
  /** Whether timer triggers run. */
  timers: z.boolean().default(true),
});

const config = z.strictObject({
  /** The compiled app's main file. */
  entry: z.string(),
  hostJson: z.string(),
  /** 0 takes a free port. */
  port: z.number().int().min(0).max(65535),
  dataDir: z.string(),
  /** The one key that counts as function, host, system and master key. */
  functionKey: z.string().min(1),
  modes: modes.prefault({}),
});

/** What the supervisor tells the host at its start. */
export type HostConfig = z.infer<typeof config>;

/** How the durable engine delivers messages. */
export type EngineModes = HostConfig['modes'];

const timeSpan = z
  .string()
  .regex(/^\d{1,2}:\d{2}:\d{2}$/)
  .transform((text) => {
    const [hours = 0, minutes = 0, seconds = 0] = text.split(':').map(Number);
    return ((hours * 60 + minutes) * 60 + seconds) * 1000;
  });

const hostJson = z.object({
  logging: z.object({ logLevel: z.record(z.string(), z.string()).default({}) }).prefault({}),
  extensions: z
    .object({
      http: z.object({ routePrefix: z.string().default('api') }).prefault({}),
      queues: z
        .object({
          maxDequeueCount: z.number().int().min(1).default(5),
          visibilityTimeout: timeSpan.prefault('00:00:00'),
          batchSize: z.number().int().min(1).max(32).default(16),
          messageEncoding: z.enum(['base64', 'none']).default('base64'),
        })
        .prefault({}),
      durableTask: z
        .object({
          hubName: z.string().default('TestHubName'),
          maxConcurrentActivityFunctions: z.number().int().min(1).default(10),
        })
        .prefault({}),
    })
    .prefault({}),
});

/** The parts of `host.json` that mean something to this host; times in milliseconds. */
export type HostJson = z.infer<typeof hostJson>;

/** Settings of the queue triggers. */
export type QueueSettings = HostJson['extensions']['queues'];

/** @throws {StackStartError} `bad_config` */
export function parseHostConfig(value: unknown): HostConfig {
  return parse(config, value, 'The configuration of the Functions host');
}

/** @throws {StackStartError} `bad_config` if the file cannot be read or is not a host.json */
export function readHostJson(path: string): HostJson {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, 'utf8'));
  } catch (cause) {
    throw new StackStartError('bad_config', `${path} cannot be read: ${(cause as Error).message}`, { cause });
  }
  return parse(hostJson, value, path);
}

function parse<T extends z.ZodType>(schema: T, value: unknown, what: string): z.infer<T> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw new StackStartError('bad_config', `${what} is not valid: ${z.prettifyError(result.error)}`);
}
