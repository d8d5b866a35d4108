import { type Archive } from '../archive/port';
import { type ActivityInput } from '../contracts/activities';
import { type VaultConfiguration } from '../contracts/configuration';
import { type BlobRef, type DataKeyRef, type Tier } from '../contracts/objects';
import { hasEnded } from '../contracts/runs';
import { FORMAT, type IndexEntry, type Manifest, type SnapshotPlace } from '../contracts/snapshots';
import { type ManifestSigner, type SnapshotSealer } from '../crypto/port';
import { countObjects } from '../domain/counts';
import { manifestPath, snapshotPlace } from '../domain/ids';
import { buildManifest, type ChainHead, indexEntry } from '../domain/manifests';
import { type Retention } from '../domain/retention';
import { type ErrorCode, StrongroomError } from '../errors';
import { type ObjectLedger, type RunLedger, type SnapshotCatalog } from '../ledger/port';
import { findChainHead } from './find-chain-head';
import { type ActivityContext, type ActivityHandler } from './handler';
import { type ConfigurationSources, readConfiguration, unavailableParts } from './read-configuration';
import { readManifest } from '../operations/read-manifest';
import { readTarget } from './read-target';
import { snapshotRecord } from './snapshot-record';

interface Deps extends ConfigurationSources {
  archive: Archive;
  sealer: SnapshotSealer;
  signer: ManifestSigner;
  objects: ObjectLedger;
  catalog: SnapshotCatalog;
  runs: RunLedger;
  retention: Retention;
  version: string;
}
type Input = ActivityInput<'closeSnapshot'>;

const SIGNING_FAULTS: ReadonlySet<ErrorCode> = new Set(['signing_refused', 'signing_key_unusable']);

/**
 * Stores the sealed index and then the signed manifest, with which the snapshot begins to exist; then tells the catalog. May run twice: a manifest
 * that is there already is verified and, being this run's, accepted as the outcome.
 *
 * The vault's own configuration is read here and goes into the sealed index only.
 *
 * Azure permissions: `keys/sign/action` on the signing key; `blobs/add/action` and `blobs/read` on the archive; for the configuration those of
 * `ConfigurationReader` and `CertificateSettings`, all of them optional.
 */
export function createCloseSnapshot(deps: Deps): ActivityHandler<'closeSnapshot'> {
  return async (input, context) => {
    const place = snapshotPlace(input.tier, input.vault, input.runId);
    const { manifest, digest } = await whileKeyMayReturn(
      async () => (await readManifest(deps, place)) ?? (await writeManifest(deps, place, input, context)),
    );
    await deps.catalog.put(snapshotRecord(manifest, input.vault, digest));
    await deps.runs.change(input.runId, { snapshotStored: true, counts: manifest.counts });
    deps.sealer.forget(place.snapshot);
    return { sequence: manifest.sequence, digest, outcome: manifest.outcome };
  };
}

/**
 * Everything is stored but the signature. Whatever is wrong with the signing key now was not when the run began, and who mends it within the patience of the
 * run loses nothing.
 */
async function whileKeyMayReturn<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const isOfKey = error instanceof StrongroomError && SIGNING_FAULTS.has(error.code);
    throw isOfKey ? new StrongroomError(error.code, error.message, { ...error.options, retryable: true }) : error;
  }
}

async function writeManifest(
  deps: Deps,
  place: SnapshotPlace,
  input: Input,
  context: ActivityContext,
): Promise<ChainHead> {
  const { source: vault, schedule, scope } = await readTarget(deps.runs, input.runId);
  const { entries, items } = await readOutcomes(deps.objects, input);
  const configuration = await readConfiguration(deps, vault);
  const { stored: index, dataKey } = await deps.sealer.store(place, input.recipients, {
    format: FORMAT,
    type: 'index',
    snapshot: place.snapshot,
    vault: vault.url,
    tier: place.tier,
    objects: entries,
    configuration,
  });
  await warnOfUnavailable(deps, configuration, input, context);
  const { dataKeys } = await deps.objects.tally(input.inventory);
  const manifest = buildManifest({
    ...input,
    ...(await heads(deps, place.tier, input, context)),
    snapshot: place.snapshot,
    vault,
    closedAt: deps.clock.now(),
    schedule,
    scope,
    retention: deps.retention,
    counts: countObjects(entries),
    dataKeys: distinctKeys([...dataKeys, dataKey]),
    index,
    items,
    version: deps.version,
  });
  return publish(deps, place, manifest);
}

/** Signs the manifest and stores it. From then on there is a snapshot. */
async function publish(deps: Deps, place: SnapshotPlace, manifest: Manifest): Promise<ChainHead> {
  const { archive, signer, runs } = deps;
  await refuseEnded(runs, place.snapshot);
  const jws = Buffer.from(await signer.sign(place, manifest), 'ascii');
  try {
    const { digest } = await archive.put(place.tier, manifestPath(place), jws);
    return { manifest, digest };
  } catch (error) {
    // Another execution of this activity was faster. What it stored is verified before it counts.
    const found =
      error instanceof StrongroomError && error.code === 'archive_conflict'
        ? await readManifest(deps, place)
        : undefined;
    if (found === undefined) throw error;
    return found;
  }
}

/**
 * A run that was told to end leaves no snapshot, even if only the signature was missing. Nor does one whose place another run took because nobody
 * seemed to execute it: two of them at the end of one chain would fork it.
 */
async function refuseEnded(runs: RunLedger, runId: string): Promise<void> {
  const run = await runs.get(runId);
  if (run !== undefined && hasEnded(run.status))
    throw new StrongroomError('run_abandoned', 'Another run took the place of this one.');
  if (run?.cancelRequestedAt != null) throw new StrongroomError('cancelled', 'Somebody asked for the end of this run.');
}

async function readOutcomes(
  objects: ObjectLedger,
  { inventory, total }: Input,
): Promise<{ entries: IndexEntry[]; items: BlobRef[] }> {
  const entries: IndexEntry[] = [];
  const items: BlobRef[] = [];
  for await (const row of objects.readAll(inventory)) {
    entries.push(indexEntry(row));
    items.push(...row.payloads.map(({ ref }) => ref));
  }
  if (entries.length !== total)
    throw new StrongroomError('ledger_refused', 'The ledger lost rows of this run. Start another run.');
  return { entries, items };
}

async function heads(
  deps: Deps,
  tier: Tier,
  { vault, runId, correlationId }: Input,
  { log }: ActivityContext,
): Promise<Pick<Parameters<typeof buildManifest>[0], 'head' | 'otherHead'>> {
  const own = await findChainHead(deps, tier, vault);
  const other = await findChainHead(deps, tier === 'daily' ? 'monthly' : 'daily', vault);
  const damaged = [...own.damaged, ...other.damaged];
  for (const snapshot of damaged) log('error', 'manifest_damaged', { runId, correlationId, vault, snapshot });
  if (damaged.length > 0) await warn(deps.runs, runId, 'manifest_damaged');
  return { head: own.head, otherHead: other.head };
}

/** What was not permitted or is not there is no trouble; what gave no answer will be missing when somebody rebuilds the vault. */
async function warnOfUnavailable(
  { runs }: Deps,
  configuration: VaultConfiguration,
  { vault, runId, correlationId }: Input,
  { log }: ActivityContext,
): Promise<void> {
  const unavailable = unavailableParts(configuration);
  for (const { part, code } of unavailable)
    log('warn', 'configuration_incomplete', { runId, correlationId, vault, part, code });
  if (unavailable.length > 0) await warn(runs, runId, 'configuration_incomplete');
}

async function warn(runs: RunLedger, runId: string, code: ErrorCode): Promise<void> {
  const run = await runs.get(runId);
  await runs.change(runId, { warnings: [...new Set([...(run?.warnings ?? []), code])] });
}

function distinctKeys(dataKeys: readonly DataKeyRef[]): DataKeyRef[] {
  return [...new Map(dataKeys.map((key) => [key.id, key])).values()];
}
