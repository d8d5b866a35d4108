/** What an orchestration sets in motion; `id` is its sequence number in the execution. */
export type Decision =
  | { kind: 'activity'; id: number; name: string; input: unknown }
  | { kind: 'sub-orchestration'; id: number; name: string; input: unknown; instanceId: string }
  | { kind: 'timer'; id: number; fireAt: string };

/** A decision whose sequence number is still to be given. */
export type UnnumberedDecision = Decision extends infer D ? (D extends Decision ? Omit<D, 'id'> : never) : never;

/** The replay asked for something else than what the history records. */
export class NonDeterminismError extends Error {
  override readonly name = 'NonDeterminismError';
}

/** @throws {NonDeterminismError} unless `decision` is what an event of the history with this id records */
export function confirmDecision(
  decision: Decision | undefined,
  id: number,
  kind: Decision['kind'],
  name?: string,
): void {
  const wanted = describe(kind, name);
  const got = decision ? describe(decision.kind, 'name' in decision ? decision.name : undefined) : 'nothing';
  if (wanted.toLowerCase() === got.toLowerCase()) return;
  throw new NonDeterminismError(
    `Non-Deterministic workflow detected: a previous execution scheduled ${wanted} with sequence number ${id}, and this ` +
      `replay has ${got} there. Was the orchestrator changed, or does it depend on time, randomness or input and output?`,
  );
}

function describe(kind: Decision['kind'], name: string | undefined): string {
  return name === undefined ? `a ${kind}` : `the ${kind} '${name}'`;
}
