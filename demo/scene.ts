import { type OfflineKey } from './offline-key';
import { type Stack } from '../local/stack/start-stack';
import { type VaultGround } from './person';
import { type StrongroomCli } from './strongroom-cli';
import { type WebhookDesk } from './webhook-desk';

/** The large vault, of which every step up to the restore tells. */
export const SOURCE_VAULT = 'contoso-payments';

/** The small vault with certificates, which is kept in portable form as well. */
export const SHOP_VAULT = 'contoso-shop';

/** The empty vault that objects are restored into. */
export const TARGET_VAULT = 'contoso-recovered';

/** Decides every generated value, name and choice of the demo. */
export const SEED = 20_261_122;

/** What every step works with. */
export interface Scene {
  readonly stack: Stack;
  readonly cli: StrongroomCli;
  readonly ground: VaultGround;
  /** Receives what the app tells people. */
  readonly desk: WebhookDesk;
  /** The break-glass key, of which the app knows the public half alone. */
  readonly offlineKey: OfflineKey;
}
