import { type RecipientApprovals } from '../../src/crypto/approvals';

/** Nobody has approved anything but what the settings say. */
export const noApprovals: Pick<RecipientApprovals, 'standingOf'> = {
  standingOf: () => Promise.resolve({ revocations: 0 }),
};
