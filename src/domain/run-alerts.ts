import { type RunRecord } from '../contracts/runs';
import { type Condition, type ConditionKey } from './alerts';

/** What the end of a run says about the state of things. */
interface Findings {
  raise: Condition[];
  /** Over, as of the time when the run had its turn. */
  clear: ConditionKey[];
}

const RECIPIENT_CODES = ['recipient_unusable', 'recipient_not_approved', 'no_usable_recipient'];
const SIGNING_CODES = ['signing_key_unusable', 'signing_refused', 'signing_key_not_introduced'];
/** The keys are the same for all vaults: trouble with them is told once, not for every vault. */
const KEY_TROUBLES = [
  ...RECIPIENT_CODES.map((code) => ({ kind: 'recipient_trouble' as const, code })),
  ...SIGNING_CODES.map((code) => ({ kind: 'signing_key_trouble' as const, code })),
];

/** What a look over the archive may find. A backup sees the newest few manifests of its vault only, so nothing but pruning can say that all is well. */
const DAMAGES = ['manifest_damaged', 'archive_unattributed'];

/** What a run that has ended raises and clears. A cancelled run says nothing; an estate run says nothing that its vaults' runs do not. */
export function findingsOf(run: RunRecord): Findings {
  if (run.status === 'cancelled') return { raise: [], clear: [] };
  const damages = DAMAGES.filter((code) => run.warnings.includes(code)).map((code): Condition => ({
    ...{ kind: 'archive_damaged', subject: code, code },
    ...{ occurrence: run.estateRun ?? run.id, runId: run.id, correlationId: run.correlationId },
  }));
  const { raise, clear } = run.kind === 'prune' ? findingsOfPrune(run) : findingsOfBackup(run);
  return { raise: [...damages, ...raise], clear };
}

/** Whoever could look everywhere and complained of nothing has found the archive sound. A dry run deletes nothing and so proves nothing of deleting. */
function findingsOfPrune({ id, status, code, warnings, correlationId, prune }: RunRecord): Findings {
  const isDry = prune?.dryRun === true;
  const failed: Condition = {
    kind: 'prune_failed',
    subject: 'archive',
    occurrence: id,
    code,
    runId: id,
    correlationId,
  };
  if (status !== 'succeeded') return { raise: isDry ? [] : [failed], clear: [] };
  const sound = DAMAGES.filter((damage) => !warnings.includes(damage)).map((damage): ConditionKey => ({
    kind: 'archive_damaged',
    subject: damage,
  }));
  return { raise: [], clear: [...sound, ...(isDry ? [] : [{ kind: failed.kind, subject: failed.subject }])] };
}

/**
 * A run of chosen objects can fail like any other, but that it succeeded does not mean that the vault is backed up.
 */
function findingsOfBackup(run: RunRecord): Findings {
  const { kind, vault, tier, status, code, warnings, scope } = run;
  if (kind !== 'backup' || vault === null || tier === null) return { raise: [], clear: [] };
  const subject = `${vault}/${tier}`;
  const told = [...warnings, ...(code === null ? [] : [code])];
  const troubles = KEY_TROUBLES.filter((trouble) => told.includes(trouble.code));
  const raise = troubles.map((trouble): Condition => ({
    ...trouble,
    subject: trouble.code,
    // All vaults of a night count as one.
    occurrence: run.estateRun ?? run.id,
    runId: run.id,
    correlationId: run.correlationId,
  }));
  const ofVault = { subject, occurrence: run.id, code, vault, tier, runId: run.id, correlationId: run.correlationId };
  if (status === 'failed') return { raise: [...raise, { ...ofVault, kind: 'backup_failed' }], clear: [] };

  // A snapshot was sealed and signed: what the run did not complain of is well.
  const clear = KEY_TROUBLES.filter((trouble) => !troubles.includes(trouble)).map((trouble): ConditionKey => ({
    kind: trouble.kind,
    subject: trouble.code,
  }));
  if (status === 'partial') return { raise: [...raise, { ...ofVault, kind: 'backup_partial' }], clear };
  const isWhole = scope?.select == null;
  return {
    raise: [...raise, { ...ofVault, kind: 'backup_succeeded' }],
    clear: [
      ...clear,
      ...(isWhole
        ? (['backup_failed', 'backup_partial'] as const).map((kindOfAlert) => ({ kind: kindOfAlert, subject }))
        : []),
    ],
  };
}
