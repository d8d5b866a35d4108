import { type Archive } from '../archive/port';
import { type ManifestSigner, type Recipients } from '../crypto/port';
import { type RunLedger } from '../ledger/port';
import { type ActivityHandler } from './handler';

/**
 * Resolves the recipients and the signing key for a run, and proves that the key signs and that the tier's container is there, before any vault
 * is read: a backup that cannot be sealed or signed must not begin. Recipients that cannot be used, and a new signing key that nobody introduced, are the run's warnings.
 * May run twice.
 *
 * Azure permissions: `keys/read` on the KEKs; `keys/read` and `keys/sign/action` on the signing key; `blobs/read` on the archive.
 */
export function createPrepareSealing(deps: {
  recipients: Recipients;
  signer: ManifestSigner;
  archive: Archive;
  runs: RunLedger;
}): ActivityHandler<'prepareSealing'> {
  const { recipients, signer, archive, runs } = deps;
  return async ({ runId, correlationId, vault, tier }, { log }) => {
    await archive.check(tier);
    const choice = await recipients.choose();
    const { key: signingKey, warnings: ofKey } = await signer.choose({ tier, shortName: vault });
    await signer.probe(signingKey);
    for (const { code, recipient } of choice.warnings) log('warn', code, { runId, correlationId, recipient });
    for (const { code, key } of ofKey) log('warn', code, { runId, correlationId, key });
    const warnings = [...new Set([...choice.warnings, ...ofKey].map(({ code }) => code))];
    if (warnings.length > 0) await runs.change(runId, { warnings });
    return { recipients: choice.recipients, signingKey };
  };
}
