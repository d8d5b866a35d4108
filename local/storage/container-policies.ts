import { mkdirSync, readFileSync } from 'node:fs';
import { open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import { JsonRefusal } from '../http/json-refusal';

const LEAST_DAYS = 1;
const MOST_DAYS = 146_000;
const MOST_EXTENSIONS = 5;
const MOST_HOLDS = 10;

const stamp = { at: z.string(), by: z.string() };
const changeSchema = z.strictObject({ update: z.enum(['put', 'lock', 'extend']), days: z.number().int(), ...stamp });
const retentionSchema = z.strictObject({
  days: z.number().int().min(LEAST_DAYS).max(MOST_DAYS),
  locked: z.boolean(),
  protectedAppend: z.boolean(),
  extensions: z.number().int(),
  /** What was done to it, oldest first. */
  history: z.array(changeSchema).default([]),
});
const protectionSchema = z.strictObject({
  retention: retentionSchema.optional(),
  legalHolds: z.array(z.string()),
  /** Since when and by whom, by tag. */
  holders: z.record(z.string(), z.strictObject(stamp)).default({}),
});

/** A container's time-based retention. `days` count from each blob's creation; a locked one can only be extended, five times. */
export type Retention = z.infer<typeof retentionSchema>;

/** What protects a container's blobs: a retention, legal holds by tag, both, or neither. */
export type Protection = z.infer<typeof protectionSchema>;

/** A retention as it is asked for. */
export interface RetentionRequest {
  days: number;
  protectedAppend: boolean;
}

const NONE: Protection = { legalHolds: [], holders: {} };

/**
 * The immutability policies of the account's containers, by the rules of Azure Resource Manager. A change that was
 * acknowledged is on disk: unlike Azurite's own data it survives a hard kill.
 */
export class ContainerPolicies {
  readonly #file: string;
  readonly #protections: Map<string, Protection>;
  #saving: Promise<void> = Promise.resolve();

  /** `now`: milliseconds since 1970, for what was done when. */
  constructor(
    file: string,
    private readonly now: () => number,
  ) {
    this.#file = file;
    mkdirSync(dirname(file), { recursive: true });
    this.#protections = load(file);
  }

  /** What protects a container now. */
  of(container: string): Protection {
    return this.#protections.get(container) ?? NONE;
  }

  /** Sets an unlocked retention, or changes one that is still unlocked. A locked one refuses with 409. `by`: who does it. */
  async set(container: string, request: RetentionRequest, by = ''): Promise<Protection> {
    const before = this.of(container).retention;
    if (before?.locked) throw refusal('The retention policy is locked; it can only be extended.');
    const policy = { ...inRange(request), locked: false, extensions: 0, history: before?.history ?? [] };
    return this.#changed(container, policy, 'put', by);
  }

  /** Locks the retention for good. Locking it twice is locking it once. */
  async lock(container: string, by = ''): Promise<Protection> {
    const retention = this.#retention(container);
    if (retention.locked) return this.of(container);
    return this.#changed(container, { ...retention, locked: true }, 'lock', by);
  }

  /** Lengthens a locked retention: at most five times, never shorter. */
  async extend(container: string, days: number, by = ''): Promise<Protection> {
    const retention = this.#retention(container);
    if (!retention.locked) throw refusal('Only a locked retention policy is extended; change this one instead.');
    if (days <= retention.days) throw refusal(`A locked retention can only grow; it is ${retention.days} days.`);
    if (retention.extensions >= MOST_EXTENSIONS)
      throw refusal(`A locked retention can be extended ${MOST_EXTENSIONS} times.`);
    const extended = { ...retention, ...inRange({ ...retention, days }), extensions: retention.extensions + 1 };
    return this.#changed(container, extended, 'extend', by);
  }

  /** Removes an unlocked retention. A locked one refuses with 409. */
  async remove(container: string): Promise<Protection> {
    if (this.#retention(container).locked) throw refusal('A locked retention policy cannot be removed.');
    const { legalHolds, holders } = this.of(container);
    return this.#save(container, { legalHolds, holders });
  }

  /** Adds legal holds; a tag that is there already stays once. */
  async hold(container: string, tags: string[], by = ''): Promise<Protection> {
    const before = this.of(container);
    const legalHolds = [...new Set([...before.legalHolds, ...tags])];
    if (legalHolds.length > MOST_HOLDS) throw refusal(`A container has at most ${MOST_HOLDS} legal holds.`);
    const added = Object.fromEntries(tags.map((tag) => [tag, { at: this.#time(), by }]));
    return this.#save(container, { ...before, legalHolds, holders: { ...added, ...before.holders } });
  }

  /** Clears legal holds by tag; the container stays held while one is left. */
  async release(container: string, tags: string[]): Promise<Protection> {
    const before = this.of(container);
    const legalHolds = before.legalHolds.filter((tag) => !tags.includes(tag));
    const holders = Object.fromEntries(Object.entries(before.holders).filter(([tag]) => !tags.includes(tag)));
    return this.#save(container, { ...before, legalHolds, holders });
  }

  /** Forgets a container that was deleted. */
  async forget(container: string): Promise<void> {
    if (this.#protections.has(container)) await this.#save(container, undefined);
  }

  #retention(container: string): Retention {
    const { retention } = this.of(container);
    if (!retention) throw new JsonRefusal(404, 'no_policy', 'The container has no retention policy.');
    return retention;
  }

  #changed(
    container: string,
    retention: Retention,
    update: Retention['history'][number]['update'],
    by: string,
  ): Promise<Protection> {
    const history = [...retention.history, { update, days: retention.days, at: this.#time(), by }];
    return this.#save(container, { ...this.of(container), retention: { ...retention, history } });
  }

  #time(): string {
    return new Date(this.now()).toISOString();
  }

  async #save(container: string, protection: Protection | undefined): Promise<Protection> {
    if (protection) this.#protections.set(container, protection);
    else this.#protections.delete(container);
    const text = JSON.stringify(Object.fromEntries(this.#protections), undefined, 2);
    this.#saving = this.#saving.catch(() => undefined).then(() => replaceFile(this.#file, text));
    await this.#saving;
    return protection ?? NONE;
  }
}

function load(file: string): Map<string, Protection> {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return new Map();
    throw error;
  }
  return new Map(Object.entries(z.record(z.string(), protectionSchema).parse(JSON.parse(text))));
}

async function replaceFile(file: string, text: string): Promise<void> {
  const handle = await open(`${file}.new`, 'w');
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(`${file}.new`, file);
}

function inRange(request: RetentionRequest): RetentionRequest {
  if (!Number.isInteger(request.days) || request.days < LEAST_DAYS || request.days > MOST_DAYS)
    throw new JsonRefusal(400, 'invalid_retention', `A retention is ${LEAST_DAYS} to ${MOST_DAYS} whole days.`);
  return { days: request.days, protectedAppend: request.protectedAppend };
}

function refusal(message: string): JsonRefusal {
  return new JsonRefusal(409, 'policy_refused', message);
}
