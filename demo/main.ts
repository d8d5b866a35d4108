import { StackStartError } from '../local/process/stack-process';
import { createAuditor } from './auditor';
import { Closing } from './closing';
import { UnmetExpectation } from './expectation';
import { Narrator } from './narrator';
import { prepareRecovery } from './recovery';
import { type Scene } from './scene';
import { backUp, showSnapshot, type StoredSnapshot } from './steps/back-up';
import { fillVault, versionsOf } from './steps/fill-vault';
import { openNewest } from './steps/open-snapshot';
import { refuseChanges } from './steps/refuse-changes';
import { restoreKey } from './steps/restore-key';
import { restoreSecret } from './steps/restore-secret';
import { showFigures } from './steps/show-figures';
import { startScene } from './steps/start-scene';
import { tamper } from './steps/tamper';
import { verifySnapshot } from './steps/verify-snapshot';

/** 128 and the number of the signal, as a shell would report it. */
const INTERRUPTED = { SIGINT: 130, SIGTERM: 143 } as const;

/** The demo was asked to end. */
class Interruption extends Error {
  constructor(readonly signal: keyof typeof INTERRUPTED) {
    super(`ended by ${signal}`);
  }
}

/** The demo from its first step to its figures. */
async function tellAll(narrator: Narrator, closing: Closing): Promise<void> {
  narrator.title('Strongroom: a vault is backed up, tampered with and restored, on this machine alone');
  const scene = await narrator.step('Start a stack', 'the compiled app runs unmodified, with no cloud account', () =>
    startScene(narrator, closing),
  );
  const objects = await narrator.step('Fill a vault', 'the vault is as varied as real ones are', () =>
    fillVault(scene, narrator),
  );
  const amount = objects.secrets.length + objects.keys.length;
  const first = await narrator.step('Back it up', 'every object is stored, and the snapshot is complete', () =>
    backUp(scene, narrator, 'daily', amount),
  );
  await narrator.step('Show the snapshot', 'one sees what is stored, until when, and who can open it', () =>
    showSnapshot(scene, narrator, first),
  );
  const auditor = await createAuditor(scene);
  await narrator.step(
    'Verify it from outside',
    'whoever may read the storage and has the public key can tell that nothing was changed',
    () => verifySnapshot(auditor, narrator, first),
  );
  const later = await narrator.step(
    'Back it up twice more',
    'snapshots are chained, and the tiers know of each other',
    () => backUpAgain(scene, narrator, amount),
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
  const restoredVersions = await narrator.step(
    'Open and restore',
    'what was backed up comes back whole, for those alone who may use the key-encryption key',
    async () => {
      const recovery = await prepareRecovery(scene);
      const { person } = recovery;
      const opened = await openNewest(auditor, recovery, narrator, objects);
      return (await restoreSecret(opened, person, narrator, objects)) + (await restoreKey(opened, person, narrator));
    },
  );
  const backups = [first, later.daily, later.monthly];
  showFigures(narrator, { versions: versionsOf(objects), backups, tampered, restoredVersions });
  narrator.end('Everything is as it should be.');
}

async function backUpAgain(
  scene: Scene,
  narrator: Narrator,
  amount: number,
): Promise<Record<'daily' | 'monthly', StoredSnapshot>> {
  const daily = await backUp(scene, narrator, 'daily', amount);
  const monthly = await backUp(scene, narrator, 'monthly', amount);
  return { daily, monthly };
}

/** Runs the demo to its end, or to the first thing that is not as it should be; resolves with the exit code. */
async function main(): Promise<number> {
  const narrator = new Narrator(process.stdout, process.env);
  const closing = new Closing();
  const interrupted = new Promise<never>((_, reject) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.on(signal, () => {
        reject(new Interruption(signal));
      });
    }
  });
  try {
    await Promise.race([tellAll(narrator, closing), interrupted]);
    return 0;
  } catch (error) {
    process.stderr.write(`\ndemo: ${describe(error)}\n`);
    return error instanceof Interruption ? INTERRUPTED[error.signal] : 1;
  } finally {
    await closing.close();
  }
}

/** One sentence for what was foreseen; the whole story of what was not. */
function describe(error: unknown): string {
  if (error instanceof UnmetExpectation) return `NOT as it should be. ${error.message}`;
  if (error instanceof StackStartError || error instanceof Interruption) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

void main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    process.stderr.write(`demo: the stack could not be stopped: ${describe(error)}\n`);
    process.exit(1);
  },
);
