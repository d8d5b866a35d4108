import { type AlertChannel, type Alerts } from '../alerts/port';
import { type Archive } from '../archive/port';
import { type Clock } from '../clock';
import { type Tier } from '../contracts/objects';
import { type ManifestSigner, type Recipients, type SnapshotSealer } from '../crypto/port';
import { type ConfigurationReader } from '../control-plane/port';
import { type HouseRetention } from '../domain/housekeeping';
import { type Retention } from '../domain/retention';
import { type Ledger } from '../ledger/port';
import { type ProtectedVaults } from '../operations/protected-vaults';
import { type CertificateSettings, type VaultReader } from '../vault/port';
import { createBackUpObjects } from './back-up-objects';
import { createClearAway } from './clear-away';
import { createClaimVault } from './claim-vault';
import { createCloseSnapshot } from './close-snapshot';
import { createFinishEstateRun } from './finish-estate-run';
import { createFinishHousekeeping } from './finish-housekeeping';
import { createFinishRun } from './finish-run';
import { type ActivityHandlers, type PruneActivity } from './handler';
import { createOpenEstateRun } from './open-estate-run';
import { createPrepareSealing } from './prepare-sealing';
import { createSendAlert } from './send-alert';
import { createTakeInventory } from './take-inventory';

/** Every activity but those of pruning by name, made from the ports. */
export function createActivities(ports: {
  reader: VaultReader;
  certificateSettings: CertificateSettings;
  configuration: ConfigurationReader;
  archive: Archive;
  recipients: Recipients;
  sealer: SnapshotSealer;
  signer: ManifestSigner;
  ledger: Ledger;
  alerts: Alerts;
  channel: AlertChannel | undefined;
  clock: Clock;
  vaults: ProtectedVaults;
  schedules: Record<Tier, string>;
  retention: Retention;
  housekeeping: { retention: HouseRetention };
  /** What this app does; names it where several share the ledger. */
  duties: ReadonlySet<string>;
  version: string;
}): Omit<ActivityHandlers, PruneActivity> {
  const deps = { ...ports, ...ports.ledger, catalog: ports.ledger.snapshots };
  return {
    openEstateRun: createOpenEstateRun(deps),
    claimVault: createClaimVault(deps),
    prepareSealing: createPrepareSealing(deps),
    takeInventory: createTakeInventory(deps),
    backUpObjects: createBackUpObjects(deps),
    closeSnapshot: createCloseSnapshot(deps),
    finishRun: createFinishRun(deps),
    finishEstateRun: createFinishEstateRun(deps),
    sendAlert: createSendAlert(deps),
    clearAway: createClearAway({ cleaning: deps.cleaning, retention: ports.housekeeping.retention }),
    finishHousekeeping: createFinishHousekeeping(deps),
  };
}
