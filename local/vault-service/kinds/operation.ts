import { type Vault } from '../vaults';

/** One authorized request to the data plane, taken apart. */
export interface Call {
  vault: Vault;
  /** The name as the caller spelled it; empty where the path has none. */
  name: string;
  /** The version of the path, or undefined for the current one. */
  version: string | undefined;
  query: URLSearchParams;
  body: unknown;
}

/** The classes of cost that Key Vault counts apart. */
type CostBudget = 'vault' | 'keys' | 'createOrImport' | 'createKey';

/** What a request takes from the vault's budget of ten seconds. */
export interface Cost {
  budget: CostBudget;
  units: number;
}

/** What an operation answers. Without a body, it is 204. */
export type Reply = object | undefined;

/** One operation of the data plane: where it is, what right it needs, what it costs, and what it does. */
export interface Operation {
  /** For faults, tripwires and the request log, like `secrets.backup`. */
  name: string;
  method: string;
  /** Like `secrets/{name}/{version}`; see `http/path-template.ts`. */
  path: string;
  /** The data action that the caller needs, without its common prefix. */
  action: string;
  cost: (call: Call) => Cost;
  /** The status of an answer with a body; 200 if not said. */
  status?: number;
  run: (call: Call) => Reply | Promise<Reply>;
}
