import { APP_PRINCIPAL, SOURCE_ACTIONS } from '../../../local/stack/estate';
import { type Stack } from '../../../local/stack/stack';
import { type SeededRandom } from './random';

/** What may go wrong on a day. */
const faultKinds = [
  'vault_closed',
  'object_refused',
  'throttled',
  'killed',
  'prune_killed',
  'down_a_night',
  'down_two_nights',
] as const;
export type FaultKind = (typeof faultKinds)[number];

/** The fault of each day that has one: each kind twice, on days of the seed, with quiet days between them. */
export function planFaults(days: number, random: SeededRandom): Map<number, FaultKind> {
  const early = faultKinds.filter((kind) => kind !== 'prune_killed');
  const order = [...shuffled(early, random), ...shuffled(faultKinds, random), 'prune_killed' as const];
  const gap = Math.floor((days - 4) / order.length);
  return new Map(order.map((kind, index) => [3 + index * gap + random.below(gap - 3), kind]));
}

function shuffled<T>(items: readonly T[], random: SeededRandom): T[] {
  return items
    .map((item) => ({ item, at: random.next() }))
    .sort((left, right) => left.at - right.at)
    .map(({ item }) => item);
}

/** The app may not read that vault any more, until the answer is called. */
export async function closeVault(stack: Stack, vault: string): Promise<() => Promise<void>> {
  const principal = APP_PRINCIPAL.oid;
  await stack.control.delete(`/vault-service/roles?principal=${principal}&vault=${vault}`);
  return async () => {
    await stack.control.put('/vault-service/roles', { principal, vault, actions: SOURCE_ACTIONS });
  };
}

/** Something is wrong in the vault service, until the answer is called. */
export async function disturb(stack: Stack, fault: object): Promise<() => Promise<void>> {
  await stack.control.post('/vault-service/faults', fault);
  return async () => {
    await stack.control.delete('/vault-service/faults');
  };
}
