import { type Clock } from '../clock';
import { signedRecordSchema } from '../contracts/records';
import { FORMAT, type SigningKeyRef } from '../contracts/snapshots';
import { type VaultKeys } from '../vault/port';
import { type KeyTrust, trustEveryVersion } from './key-trust';
import { type Chain, type RecordSigner } from './port';
import { checkRecordHeader, damagedRecord, decodeRecord } from './record-format';
import { VaultJws } from './vault-jws';

/** Signs records with the current version of `key`, a versionless key id, and trusts every version of it. */
export function createRecordSigner({ key, keys, clock }: { key: string; keys: VaultKeys; clock: Clock }): RecordSigner {
  const vaultJws = new VaultJws([key], keys, clock);
  return recordSigner(vaultJws, trustEveryVersion(key, vaultJws), () => vaultJws.usable(key));
}

/** Signs records through `vaultJws`, with the key that `resolve` names for a chain; `trust` decides whose records count. */
export function recordSigner(
  vaultJws: VaultJws,
  trust: KeyTrust,
  resolve: (chain: Chain) => Promise<SigningKeyRef>,
): RecordSigner {
  return {
    resolve,

    async sign(key, record) {
      const payload = Buffer.from(JSON.stringify(signedRecordSchema.parse(record)), 'utf8');
      return vaultJws.sign(key, { typ: 'strongroom-record', sr_format: FORMAT }, payload);
    },

    async verify(place, jws) {
      const hint = checkRecordHeader(place, jws);
      const verified = await trust.verified(place, jws, hint);
      if (!verified) throw damagedRecord(place, 'signature');
      return { record: decodeRecord(place, verified.payload), thumbprint: verified.thumbprint };
    },
  };
}
