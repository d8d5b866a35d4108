import { type Clock } from '../clock';
import { type HousePart, houseParts } from '../contracts/housekeeping';
import { houseId } from '../domain/housekeeping';
import { occurrenceServedAt } from '../domain/schedules';
import { type Firing } from './firing';

const OWN_PARTS: readonly HousePart[] = ['histories'];

/**
 * Starts the housekeeping that an occurrence of its schedule asks for: of the app's own histories, and in the app that has the duty `operate` of the ledger too. A
 * late or doubled timer computes the same occurrence and so the same instance; one that has ended already finds nothing more to remove. May run twice.
 */
export async function startHousekeeping(
  { clock, duties, housekeeping }: { clock: Clock; duties: ReadonlySet<string>; housekeeping: { schedule: string } },
  { orchestrations, correlationId, log }: Firing,
): Promise<void> {
  const occurrence = occurrenceServedAt(housekeeping.schedule, clock.now());
  const id = houseId(occurrence);
  const parts = duties.has('operate') ? houseParts : OWN_PARTS;
  const started = await orchestrations.start('keepHouse', id, {
    ...{ houseId: id, correlationId, asOf: occurrence.toISOString(), parts: [...parts] },
  });
  log('info', started ? 'housekeeping_started' : 'occurrence_already_served', { houseId: id, correlationId });
}
