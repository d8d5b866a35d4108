import { type Stack } from '../local/stack/start-stack';
import { type VaultGround } from './person';
import { type StrongroomCli } from './strongroom-cli';

/** The vault that the demo protects. */
export const SOURCE_VAULT = 'contoso-payments';

/** The empty vault that an object is restored into. */
export const TARGET_VAULT = 'contoso-recovered';

/** Decides every generated value, name and choice of the demo. */
export const SEED = 20_261_122;

/** What every step works with. */
export interface Scene {
  readonly stack: Stack;
  readonly cli: StrongroomCli;
  readonly ground: VaultGround;
}
