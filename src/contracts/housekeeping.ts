import { z } from 'zod';

/** What a housekeeping clears away, in this order: rows of the ledger, and histories of the app's own task hub. */
export const houseParts = ['object_rows', 'runs', 'alerts', 'audit', 'histories'] as const;
export type HousePart = (typeof houseParts)[number];

/** `house-YYYYMMDDTHHMMSSZ`: the occurrence of the schedule that it serves. */
export const houseIdSchema = z.string().regex(/^house-\d{8}T\d{6}Z$/);

/** How far a part came: what was removed, and the stable code of what stopped it, `null` if nothing is left to do. */
export const houseResultSchema = z.object({
  part: z.enum(houseParts),
  removed: z.number().int().nonnegative(),
  code: z
    .string()
    .regex(/^[a-z0-9_]{1,60}$/)
    .nullable(),
});
export type HouseResult = z.infer<typeof houseResultSchema>;
