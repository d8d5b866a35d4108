import { type Auditor, createAuditor } from './auditor';
import { type Closing } from './closing';
import { type Narrator } from './narrator';
import { prepareRecovery } from './recovery';
import { type Scene, SHOP_VAULT } from './scene';
import { type SeededObjects } from './seeded-objects';
import { type ShopObjects } from './shop-objects';
import { applyPlans } from './steps/apply-plans';
import { backUp, showSnapshot, type StoredSnapshot } from './steps/back-up';
import { fillShop } from './steps/fill-shop';
import { fillVault, versionsOf } from './steps/fill-vault';
import { forgePruning } from './steps/forge-pruning';
import { letTimePass } from './steps/let-time-pass';
import { lockContainer } from './steps/lock-container';
import { openNewest } from './steps/open-snapshot';
import { recoverShop } from './steps/recover-shop';
import { refuseCallers } from './steps/refuse-callers';
import { refuseChanges } from './steps/refuse-changes';
import { restoreKey } from './steps/restore-key';
import { restoreSecret } from './steps/restore-secret';
import { rotateKek } from './steps/rotate-kek';
import { showFigures } from './steps/show-figures';
import { startScene } from './steps/start-scene';
import { tamper } from './steps/tamper';
import { verifySnapshot } from './steps/verify-snapshot';

/** What the steps hand on to each other. */
interface Told {
  readonly scene: Scene;
  readonly narrator: Narrator;
  readonly closing: Closing;
  readonly objects: SeededObjects;
  readonly shop: ShopObjects;
}

/** The demo from its first step to its figures. Throws at the first thing that is not as it should be; `closing` gets what must be undone. */
export async function tellAll(narrator: Narrator, closing: Closing): Promise<void> {
  narrator.title('Strongroom: vaults are backed up, tampered with and restored, on this machine alone');
  const told = await tellOfVaults(narrator, closing);
  const auditor = await createAuditor(told.scene);
  const { backups, tampered } = await tellOfBackups(told, auditor);
  const restored = await tellOfRestores(told, auditor);
  const later = await tellOfTime(told, auditor);
  showFigures(narrator, {
    versions: versionsOf(told.objects),
    backups,
    shopBackups: [...restored.backups, ...later.backups],
    tampered: tampered + later.forged,
    restoredVersions: restored.versions,
    pruned: later.pruned,
  });
  narrator.end('Everything is as it should be.');
}

async function tellOfVaults(narrator: Narrator, closing: Closing): Promise<Told> {
  const scene = await narrator.step('Start a stack', 'the compiled app runs unmodified, with no cloud account', () =>
    startScene(narrator, closing),
  );
  const { objects, shop } = await narrator.step('Fill two vaults', 'they are as varied as real ones are', async () => ({
    objects: await fillVault(scene, narrator),
    shop: await fillShop(scene, narrator),
  }));
  await narrator.step(
    'Say what is to be protected',
    'what is backed up, and how, is a file that can be reviewed; there is nothing secret in it',
    () => applyPlans(scene, narrator, closing),
  );
  await narrator.step('Call without the right', 'the app itself checks who calls, and remembers who tried', () =>
    refuseCallers(scene, narrator),
  );
  return { scene, narrator, closing, objects, shop };
}

async function tellOfBackups(
  { scene, narrator, closing, objects: seeded }: Told,
  auditor: Auditor,
): Promise<{ backups: StoredSnapshot[]; tampered: number }> {
  const objects = seeded.secrets.length + seeded.keys.length;
  const first = await narrator.step('Back it up', 'every object is stored, and the snapshot is complete', () =>
    backUp(scene, narrator, { tier: 'daily', objects }),
  );
  await narrator.step('Show the snapshot', 'one sees what is stored, until when, and who can open it', () =>
    showSnapshot(scene, narrator, first),
  );
  await narrator.step(
    'Verify it from outside',
    'whoever may read the storage and has the public key can tell that nothing was changed',
    () => verifySnapshot(auditor, narrator, first),
  );
  const later = await narrator.step(
    'Back it up twice more',
    'snapshots are chained, and the tiers know of each other',
    async () => ({
      daily: await backUp(scene, narrator, { tier: 'daily', objects }),
      monthly: await backUp(scene, narrator, { tier: 'monthly', objects }),
    }),
  );
  const tampered = await narrator.step(
    'Tamper with copies of the archive',
    'each loss and each change is found, by its own code',
    () => tamper(auditor, narrator, closing, later.daily),
  );
  await narrator.step(
    'Overwrite and delete',
    'neither the account key nor the app itself can change what is stored',
    () => refuseChanges(scene, auditor, narrator, later.daily),
  );
  await narrator.step('Lock a container', 'what cannot be undone is not done by a slip', () =>
    lockContainer(scene, narrator, closing),
  );
  return { backups: [first, later.daily, later.monthly], tampered };
}

async function tellOfRestores(
  { scene, narrator, objects, shop }: Told,
  auditor: Auditor,
): Promise<{ backups: StoredSnapshot[]; versions: number }> {
  const recovery = await prepareRecovery(scene);
  const { person } = recovery;
  const restored = await narrator.step(
    'Open and restore',
    'what was backed up comes back whole, for those alone who may use the key-encryption key',
    async () => {
      const opened = await openNewest(auditor, recovery, narrator, objects);
      return (await restoreSecret(opened, person, narrator, objects)) + (await restoreKey(opened, person, narrator));
    },
  );
  const { backup, versions } = await narrator.step(
    'Bring certificates back',
    'certificates work again with chain and key; with the offline key not even a vault is needed',
    async () => {
      const shopBackup = await backUp(scene, narrator, { vault: SHOP_VAULT, tier: 'daily', objects: shop.stored });
      return { backup: shopBackup, versions: await recoverShop(scene, auditor, recovery, narrator, shop) };
    },
  );
  const rotation = await narrator.step(
    'Replace the key-encryption key',
    'nobody can slip the app a key of his own; a person is told, and decides',
    () => rotateKek(scene, auditor, narrator, shop.stored),
  );
  return { backups: [backup, ...rotation], versions: restored + versions };
}

async function tellOfTime(
  { scene, narrator, closing, shop }: Told,
  auditor: Auditor,
): Promise<{ backups: readonly StoredSnapshot[]; pruned: number; forged: number }> {
  const { pruned, backups } = await narrator.step(
    'Let forty days pass, and prune',
    'what is past its time goes, the newest good snapshot never, and the chain still proves what was there',
    () => letTimePass(scene, auditor, narrator, shop.stored),
  );
  const forged = await narrator.step(
    'Forge a record of pruning',
    'a snapshot that somebody removed cannot be passed off as pruned',
    () => forgePruning(auditor, narrator, closing),
  );
  return { backups, pruned, forged };
}
