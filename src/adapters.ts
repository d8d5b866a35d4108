import { DefaultAzureCredential } from '@azure/identity';
import { type TokenVerifier } from './access/port';
import { createTokenVerifier } from './access/token-verifier';
import { type AlertChannel } from './alerts/port';
import { createWebhook } from './alerts/webhook';
import { createBlobArchive } from './archive/blob-archive';
import { createBlobServiceClient } from './archive/blob-service-client';
import { createBlobPruner } from './archive/blob-pruner';
import { createContainerFlags } from './archive/container-flags';
import { type Archive, type ArchivePruner, type ContainerFlags } from './archive/port';
import { systemClock } from './clock';
import { ArmClient } from './control-plane/arm-client';
import { createArmContainerPolicies } from './control-plane/arm-container-policies';
import { managementAt } from './control-plane/clouds';
import { createArmConfigurationReader } from './control-plane/arm-configuration-reader';
import { type ConfigurationReader } from './control-plane/port';
import { type ContainerPolicies } from './control-plane/port-container-policies';
import {
  type ManifestSigner,
  type RecipientDecisions,
  type Recipients,
  type RecordSigner,
  type SigningSuccession,
  type SnapshotSealer,
} from './crypto/port';
import { RecipientApprovals } from './crypto/approvals';
import { ConfiguredRecipientDecisions } from './crypto/recipient-decisions';
import { createRecordSigner } from './crypto/record-signer';
import { createRecipients } from './crypto/recipients';
import { createSigning } from './crypto/signing';
import { createSnapshotSealer } from './crypto/snapshot-sealer';
import { type Ledger } from './ledger/port';
import { createLedger } from './ledger/table-ledger';
import { createTables } from './ledger/tables';
import { type Settings, type StorageEndpoint } from './settings';
import { createKeyVaultKeys } from './vault/key-vault-keys';
import { createKeyVaultReader } from './vault/key-vault-reader';
import { createCertificateSettings } from './vault/certificate-settings';
import { type CertificateSettings, type VaultReader } from './vault/port';
import { machineTiming } from './vault/timing';
import { VaultClients } from './vault/vault-clients';

/** The outside world, behind its ports. */
export interface Adapters {
  reader: VaultReader;
  certificateSettings: CertificateSettings;
  configuration: ConfigurationReader;
  archive: Archive;
  /** `undefined`: the settings do not name the archive's account. */
  containerPolicies: ContainerPolicies | undefined;
  containerFlags: ContainerFlags;
  recipients: Recipients;
  decisions: RecipientDecisions;
  sealer: SnapshotSealer;
  signer: ManifestSigner;
  /** Signs records with the signing key. */
  records: RecordSigner;
  succession: SigningSuccession;
  /** Deletes from the archive, and signs the records of it; of the duty `prune` alone. */
  pruning: { pruner: ArchivePruner; pruneRecords: RecordSigner } | undefined;
  ledger: Ledger;
  tokens: TokenVerifier;
  /** `undefined`: nobody is told. */
  channel: AlertChannel | undefined;
}

/** Makes every client once; none of them calls anything yet. Identity everywhere, but for connection strings in development. `version` is the app's own. */
export function createAdapters(settings: Settings, version: string): Adapters {
  const { clientId, vaultGateway, armGateway, vaultBudget } = settings;
  const credential = new DefaultAzureCredential(clientId === undefined ? {} : { managedIdentityClientId: clientId });
  const access = ({ url, connection }: StorageEndpoint) =>
    connection === undefined ? { url, credential } : { connectionString: connection };
  const clients = new VaultClients({
    credential,
    gateway: vaultGateway,
    budgetShare: vaultBudget.share,
    maxInstances: vaultBudget.instances,
  });
  const keys = createKeyVaultKeys(clients);
  const clock = systemClock;
  const blobs = { client: createBlobServiceClient(access(settings.archive)), containers: settings.archive.containers };
  const archive = createBlobArchive(blobs);
  const signing = createSigning({ settings: settings.signing, keys, archive, clock, version });
  const { signer, records, succession } = signing;
  const ledger = createLedger(createTables(access(settings.ledger)));
  const approvals = new RecipientApprovals(ledger.approvals, signing, archive, clock);
  const configured = settings.recipients;
  const recipients = createRecipients({ configured, keys, approvals, clock });
  const arm = new ArmClient({ credential, gateway: armGateway, timing: machineTiming });
  return {
    reader: createKeyVaultReader(clients),
    certificateSettings: createCertificateSettings(clients),
    configuration: createArmConfigurationReader(arm),
    archive,
    containerPolicies: containerPoliciesOf(settings, arm),
    containerFlags: createContainerFlags(blobs),
    recipients,
    decisions: new ConfiguredRecipientDecisions({ configured, recipients, approvals, keys, clock }),
    sealer: createSnapshotSealer({ archive, recipientKeys: recipients, clock }),
    signer,
    records,
    succession,
    ledger,
    pruning: settings.pruning && {
      pruner: createBlobPruner({
        client: createBlobServiceClient(access({ ...settings.archive, ...settings.pruning.archive })),
        containers: settings.archive.containers,
      }),
      pruneRecords: createRecordSigner({ key: settings.pruning.signingKey, keys, clock }),
    },
    tokens: createTokenVerifier({ ...settings.callers, clock }),
    channel: settings.alerts.webhook && createWebhook(settings.alerts.webhook),
  };
}

function containerPoliciesOf({ archive, callers }: Settings, client: ArmClient): ContainerPolicies | undefined {
  const { resourceId } = archive;
  if (resourceId === undefined) return undefined;
  return createArmContainerPolicies(client, { management: managementAt(callers.authorityHost), resourceId });
}
