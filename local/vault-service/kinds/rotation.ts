import { z } from 'zod';

const DURATION = /^P(?=\d)(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)D)?$/;

const duration = z.string().regex(DURATION);

/** A key's rotation policy as a caller may give it. */
export const rotationPolicyBody = z.object({
  lifetimeActions: z
    .array(
      z.object({
        trigger: z.object({ timeAfterCreate: duration.nullish(), timeBeforeExpiry: duration.nullish() }),
        action: z.object({ type: z.string().regex(/^(rotate|notify)$/i) }),
      }),
    )
    .default([]),
  attributes: z.object({ expiryTime: duration.nullish() }).default({}),
});

/** A rotation policy as it is kept; times in seconds. */
export interface RotationPolicy {
  lifetimeActions: unknown[];
  attributes: { expiryTime?: string | null | undefined; created?: number; updated?: number };
}

/** The policy of a key that was given none. */
export const DEFAULT_ROTATION_POLICY: RotationPolicy = {
  lifetimeActions: [{ trigger: { timeBeforeExpiry: 'P30D' }, action: { type: 'Notify' } }],
  attributes: {},
};

/** The moment, in seconds, that is an ISO 8601 duration of years, months and days after `nowMs`. */
export function momentAfter(nowMs: number, text: string): number {
  const [, years, months, days] = DURATION.exec(text) ?? [];
  const date = new Date(nowMs);
  date.setUTCFullYear(date.getUTCFullYear() + Number(years ?? 0));
  date.setUTCMonth(date.getUTCMonth() + Number(months ?? 0));
  date.setUTCDate(date.getUTCDate() + Number(days ?? 0));
  return Math.floor(date.getTime() / 1000);
}
