import { randomBytes } from 'node:crypto';
import { backUpObject, type HandledObject } from '../src/activities/back-up-object';
import { RotationPolicies } from '../src/activities/rotation-policies';
import { createAdapters } from '../src/adapters';
import { systemClock } from '../src/clock';
import { type ListedObject, type ObjectKind, objectKinds, type ProtectedVault } from '../src/contracts/objects';
import { WHOLE_VAULT } from '../src/contracts/scopes';
import { FORMAT, NO_FACTS } from '../src/contracts/snapshots';
import { countObjects } from '../src/domain/counts';
import { manifestPath, runId, snapshotPlace } from '../src/domain/ids';
import { buildManifest, indexEntry } from '../src/domain/manifests';
import { type Settings } from '../src/settings';
import { type Measurement } from './measurement';

// The app's snapshots are in the other tier, so that its chain never meets these.
const TIER = 'monthly';

/** What its records and manifests say wrote them. */
const VERSION = 'bench';

/**
 * The least that a backup of this kind can cost: the app's own adapters, and so the same calls, limiter, sealing and read-back, with as many
 * objects at once as the app has, but without durable engine, batches, ledger, claims and chain. Nothing can be resumed.
 */
export class BareFloor {
  readonly #adapters: ReturnType<typeof createAdapters>;

  constructor(
    private readonly settings: Settings,
    private readonly objectsAtOnce: number,
  ) {
    this.#adapters = createAdapters(settings, VERSION);
  }

  /** Makes one whole snapshot of the vault: listing, items, index, signed manifest. */
  async run(vaultName: string): Promise<Measurement> {
    const vault = this.settings.vaults.find(({ shortName }) => shortName === vaultName);
    if (vault === undefined) throw new Error(`The settings have no vault ${vaultName}.`);
    const began = performance.now();
    const startedAt = systemClock.now();
    const { recipients: chooser, signer, archive } = this.#adapters;
    await archive.check(TIER);
    const { recipients } = await chooser.choose();
    const { key: signingKey } = await signer.choose({ tier: TIER, shortName: vaultName });
    await signer.probe(signingKey);
    const place = snapshotPlace(TIER, vaultName, runId(startedAt, randomBytes(6).toString('hex')));

    const rotationPolicies = new RotationPolicies(this.#adapters.reader, vault.url);
    const target = { vault, place, recipients, scope: WHOLE_VAULT, rotationPolicies };
    const listed = await this.#list(vault);
    const { handled, objectMs } = await this.#backUp(listed, target);
    await this.#close(handled, { ...target, signingKey, startedAt: startedAt.toISOString() });
    return { objects: listed.length, elapsedMs: performance.now() - began, objectMs };
  }

  async #list({ url }: ProtectedVault): Promise<ListedObject[]> {
    const { reader } = this.#adapters;
    const listed: ListedObject[] = [];
    const list = async (kind: ObjectKind): Promise<void> => {
      for await (const object of reader.listObjects(url, kind)) if (!object.managed) listed.push(object);
    };
    await Promise.all(objectKinds.map(list));
    return listed;
  }

  async #backUp(
    listed: readonly ListedObject[],
    target: Parameters<typeof backUpObject>[1],
  ): Promise<{ handled: HandledObject[]; objectMs: number[] }> {
    const deps = { ...this.#adapters, clock: systemClock };
    const handled: HandledObject[] = [];
    const objectMs: number[] = [];
    const waiting = listed.entries();
    const worker = async (): Promise<void> => {
      for (const [ordinal, object] of waiting) {
        const start = performance.now();
        const row = { ...object, ordinal, outcome: null, code: null, ...NO_FACTS };
        const done = await backUpObject(deps, target, row);
        if (done.row.outcome !== 'stored') throw new Error(`An object was not stored: ${done.row.code ?? 'no code'}.`);
        handled.push(done);
        objectMs.push(performance.now() - start);
      }
    };
    await Promise.all(Array.from({ length: this.objectsAtOnce }, worker));
    return { handled, objectMs };
  }

  async #close(
    handled: readonly HandledObject[],
    run: Parameters<typeof backUpObject>[1] & Pick<Parameters<typeof buildManifest>[0], 'signingKey' | 'startedAt'>,
  ): Promise<void> {
    const { sealer, signer, archive } = this.#adapters;
    const { place, vault, recipients } = run;
    const objects = handled.map(({ row }) => indexEntry(row));
    const payload = {
      format: FORMAT,
      type: 'index',
      snapshot: place.snapshot,
      vault: vault.url,
      tier: TIER,
      objects,
    } as const;
    const { stored: index, dataKey } = await sealer.store(place, recipients, payload);
    const manifest = buildManifest({
      ...run,
      snapshot: place.snapshot,
      tier: TIER,
      head: undefined,
      otherHead: undefined,
      scheduledFor: null,
      closedAt: systemClock.now(),
      schedule: this.settings.schedules[TIER],
      scope: WHOLE_VAULT,
      retention: this.settings.retention,
      counts: countObjects(objects),
      dataKeys: [dataKey],
      index,
      items: handled.flatMap(({ row }) => row.payloads.map(({ ref }) => ref)),
      version: VERSION,
    });
    await archive.put(TIER, manifestPath(place), Buffer.from(await signer.sign(place, manifest), 'ascii'));
    sealer.forget(place.snapshot);
  }
}
