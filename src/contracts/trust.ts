import { z } from 'zod';

// What the routes about recipients and the signing key take and give.

const reason = z.string().trim().min(1).max(500);

/** Body of `POST /api/recipients/{thumbprint}/approval` and `…/revocation`. The reason goes into the audit trail and nowhere else. */
export const recipientDecisionSchema = z.strictObject({ reason });

/** Body of `POST /api/signing-key/introduction`. Without `keyId`: the signing key's current version. */
export const introduceSigningKeySchema = z.strictObject({
  keyId: z
    .string()
    .regex(
      /^https:\/\/[0-9A-Za-z.-]{1,120}\/keys\/[0-9A-Za-z-]{1,127}\/[0-9a-fA-F]{32}$/,
      'must be a key id with its version',
    )
    .optional(),
  reason,
});

/** A configured offline key, or a version of a configured key-encryption key. */
export interface RecipientVersion {
  /** Versionless key id; `null` of an offline key. */
  kek: string | null;
  kid: string | null;
  /** `null` if the vault does not give the key, or gave one of a wrong type. */
  thumbprint: string | null;
  /** ISO 8601, by the vault's clock. */
  created: string | null;
  bits: number | null;
  /** What it is to a run that begins now. */
  state: 'in_use' | 'approved' | 'waiting_for_approval' | 'revoked' | 'unusable';
  /** Why it cannot be sealed to: `disabled`, `expired`, `not_yet_valid`, `no_unwrapKey`, `wrong_type`, or a code of the vault. */
  fault: string | null;
  /** Who approved it: `settings`, or the object id of a person; of one that was revoked, who did that. `at` is ISO 8601, `null` of the settings. */
  decided: { by: string; at: string | null } | null;
}

/** Answer of `GET /api/recipients`. */
export interface RecipientList {
  recipients: RecipientVersion[];
}

/** A version of a configured signing key. */
export interface SigningKeyVersion {
  kid: string;
  /** `null` of a key that could never sign here (wrong type). */
  thumbprint: string | null;
  /** ISO 8601, by the vault's clock. */
  created: string | null;
  /** Whether it is the current version of SIGNING_KEY. */
  isCurrent: boolean;
  /** Trusted without a record: pinned, or the oldest version. */
  needsNoRecord: boolean;
  /** Why it cannot sign now: `disabled`, `expired`, `not_yet_valid`, `no_sign`, `wrong_type`. */
  fault: string | null;
}

/** Answer of `GET /api/signing-key`. */
export interface SigningKeyView {
  /** All versions of SIGNING_KEY, then of the former keys, newest first. `introducedFor`: for how many of the chains; all, if it needs no record. */
  versions: (SigningKeyVersion & { introducedFor: number })[];
  /** How many chains there are: one for each protected vault and tier. */
  chains: number;
}

/** Answer of `POST /api/signing-key/introduction`. */
export interface SigningKeyIntroduction {
  kid: string;
  thumbprint: string;
  /** For how many vaults and tiers a record was written now, and for how many there was one before. */
  introduced: number;
  alreadyIntroduced: number;
}
