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

/**
 * What a vault's run that has ended raises and clears. A cancelled run says nothing; an estate run says nothing that its vaults' runs do not.
 * A run of chosen objects can fail like any other, but that it succeeded does not mean that the vault is backed up.
 */
export function findingsOf(run: RunRecord): Findings {
  const { kind, vault, tier, status, code, warnings, scope } = run;
  if (kind !== 'backup' || vault === null || tier === null || status === 'cancelled') return { raise: [], clear: [] };
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
