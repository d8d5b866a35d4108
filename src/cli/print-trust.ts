import { type RecipientVersion, type SigningKeyIntroduction, type SigningKeyView } from '../contracts/trust';
import { type PrintStyle } from './print-run';
import { formatCount, renderFacts, renderTable } from './print-table';
import { formatTime } from './print-time';

/** A line per recipient, or per version of one that lives in a vault. */
export function renderRecipients(versions: readonly RecipientVersion[], style: PrintStyle): string[] {
  return renderTable(
    [
      { title: 'THUMBPRINT' },
      { title: 'STATE' },
      { title: 'DECIDED BY' },
      { title: 'KEY' },
      { title: 'BITS', align: 'right' },
      { title: 'CREATED' },
    ],
    versions.map((version) => [
      version.thumbprint ?? '-',
      stateOf(version, style),
      version.decided?.by ?? '-',
      keyOf(version),
      version.bits === null ? '-' : String(version.bits),
      formatTime(version.created, style.now),
    ]),
  );
}

/** Everything about one version. */
export function renderRecipient(version: RecipientVersion, style: PrintStyle): string[] {
  const { decided } = version;
  return renderFacts([
    ['thumbprint', version.thumbprint ?? '-'],
    ['key', keyOf(version)],
    ['state', stateOf(version, style)],
    ['decided', decided === null ? '-' : `by ${decided.by}, ${formatTime(decided.at, style.now)}`],
    ['bits', version.bits === null ? '-' : String(version.bits)],
    ['created', formatTime(version.created, style.now)],
  ]);
}

/** A line per version of the signing keys. */
export function renderSigningKey({ versions, chains }: SigningKeyView, { paint, now }: PrintStyle): string[] {
  return renderTable(
    [{ title: 'THUMBPRINT' }, { title: 'STATE' }, { title: 'INTRODUCED FOR' }, { title: 'KEY' }, { title: 'CREATED' }],
    versions.map((version) => {
      const { fault, isCurrent, needsNoRecord, introducedFor } = version;
      const state = fault ?? (isCurrent ? 'current' : 'usable');
      const whole = needsNoRecord || introducedFor === chains;
      const introduced = needsNoRecord ? 'needs no record' : `${formatCount(introducedFor)} of ${formatCount(chains)}`;
      return [
        version.thumbprint ?? '-',
        paint.outcome(fault === null, state),
        paint.outcome(whole || !isCurrent, introduced),
        version.kid,
        formatTime(version.created, now),
      ];
    }),
  );
}

/** What an introduction has done. */
export function renderIntroduction(introduction: SigningKeyIntroduction): string[] {
  const { kid, thumbprint, introduced, alreadyIntroduced } = introduction;
  return renderFacts([
    ['key', kid],
    ['thumbprint', thumbprint],
    ['introduced now', `for ${formatCount(introduced)} vaults and tiers`],
    ['before', `for ${formatCount(alreadyIntroduced)}`],
  ]);
}

function keyOf({ kek, kid }: RecipientVersion): string {
  return kid ?? kek ?? 'offline key';
}

function stateOf({ state, fault }: RecipientVersion, { paint }: PrintStyle): string {
  const text = fault === null ? state.replaceAll('_', ' ') : `${state}: ${fault}`;
  return paint.outcome(state === 'in_use' || state === 'approved', text);
}
