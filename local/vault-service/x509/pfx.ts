import { createHash, createPrivateKey, type KeyObject } from 'node:crypto';
import { OctetString } from 'asn1js';
import {
  Attribute,
  AuthenticatedSafe,
  CertBag,
  EncryptedContentInfo,
  id_CertBag_X509Certificate,
  id_ContentType_Data,
  PFX,
  PKCS8ShroudedKeyBag,
  PrivateKeyInfo,
  SafeBag,
  SafeContents,
} from 'pkijs';
import { badParameter, KeyVaultError } from '../key-vault-error';
import { type CertifiedKey } from './certified-key';
import { pfxEngine } from './pfx-engine';

const [SHROUDED_KEY_BAG, CERTIFICATE_BAG] = ['1.2.840.113549.1.12.10.1.2', '1.2.840.113549.1.12.10.1.3'];
const LOCAL_KEY_ID = '1.2.840.113549.1.9.21';

/** The empty password protects nothing, however often it is hashed; with one round, thousands of files take seconds. */
const PROTECTION = {
  password: new ArrayBuffer(0),
  contentEncryptionAlgorithm: { name: 'AES-CBC', length: 256 },
  hmacHashAlgorithm: 'SHA-256',
  pbkdf2HashAlgorithm: 'SHA-256',
  iterationCount: 1,
  iterations: 1,
};

function certificateBags({ privateKey, chain }: CertifiedKey, ofKey: Attribute[]): SafeBag[] {
  return chain.map((der, index) => {
    const bagValue = new CertBag({
      certId: id_CertBag_X509Certificate,
      certValue: new OctetString({ valueHex: new Uint8Array(der) }),
    });
    const bagAttributes = privateKey && index === 0 ? { bagAttributes: ofKey } : {};
    return new SafeBag({ bagId: CERTIFICATE_BAG, bagValue, ...bagAttributes });
  });
}

/** The key, encrypted as it is: the library's own way takes it apart before, and does not know all curves. */
async function shrouded(key: KeyObject): Promise<PKCS8ShroudedKeyBag> {
  const { contentEncryptionAlgorithm, encryptedContent } = await pfxEngine.encryptEncryptedContentInfo({
    ...PROTECTION,
    contentToEncrypt: new Uint8Array(key.export({ type: 'pkcs8', format: 'der' })).buffer,
    contentType: id_ContentType_Data,
  });
  return new PKCS8ShroudedKeyBag({
    encryptionAlgorithm: contentEncryptionAlgorithm,
    ...(encryptedContent && { encryptedData: encryptedContent }),
  });
}

/** A PFX (PKCS #12, RFC 7292) with the empty password, which OpenSSL and Windows open; without a key it holds the chain alone. */
export async function writePfx(content: CertifiedKey): Promise<Buffer> {
  const keyId = createHash('sha1')
    .update(content.chain[0] ?? Buffer.alloc(0))
    .digest();
  const ofKey = [new Attribute({ type: LOCAL_KEY_ID, values: [new OctetString({ valueHex: new Uint8Array(keyId) })] })];
  const safes = [{ privacyMode: 1, value: new SafeContents({ safeBags: certificateBags(content, ofKey) }) }];
  if (content.privateKey) {
    const bagValue = await shrouded(content.privateKey);
    const keyBag = new SafeBag({ bagId: SHROUDED_KEY_BAG, bagValue, bagAttributes: ofKey });
    safes.push({ privacyMode: 0, value: new SafeContents({ safeBags: [keyBag] }) });
  }
  const authenticatedSafe = new AuthenticatedSafe({ parsedValue: { safeContents: safes } });
  await authenticatedSafe.makeInternalValues({ safeContents: safes.map(() => ({ ...PROTECTION })) });
  const pfx = new PFX({ parsedValue: { integrityMode: 0, authenticatedSafe } });
  await pfx.makeInternalValues(PROTECTION);
  return Buffer.from(pfx.toSchema().toBER());
}

/** All bags of the file, decrypted. Throws 400 for a wrong password, and whatever the library throws for what is no PFX. */
async function bagsOf(bytes: Uint8Array, password: ArrayBuffer): Promise<SafeBag[]> {
  const pfx = PFX.fromBER(new Uint8Array(bytes));
  await pfx.parseInternalValues({ password, checkIntegrity: pfx.macData !== undefined }, pfxEngine);
  const safe = pfx.parsedValue?.authenticatedSafe;
  if (safe === undefined) return [];
  await safe.parseInternalValues({ safeContents: safe.safeContents.map(() => ({ password })) }, pfxEngine);
  const { safeContents } = safe.parsedValue as { safeContents: { value: SafeContents }[] };
  return safeContents.flatMap(({ value }) => value.safeBags);
}

/** The private key in the bag as PKCS #8, if it has one. */
async function keyOf({ bagValue }: SafeBag, password: ArrayBuffer): Promise<ArrayBuffer | undefined> {
  if (bagValue instanceof PrivateKeyInfo) return bagValue.toSchema().toBER();
  if (!(bagValue instanceof PKCS8ShroudedKeyBag)) return undefined;
  const encryptedContentInfo = new EncryptedContentInfo({
    contentEncryptionAlgorithm: bagValue.encryptionAlgorithm,
    encryptedContent: bagValue.encryptedData,
  });
  return pfxEngine.decryptEncryptedContentInfo({ password, encryptedContentInfo });
}

async function contentOf(bytes: Uint8Array, text: string) {
  const password = new Uint8Array(Buffer.from(text)).buffer;
  const bags = await bagsOf(bytes, password);
  const chain = bags.flatMap(({ bagValue }) =>
    bagValue instanceof CertBag && bagValue.certValue instanceof OctetString
      ? [Buffer.from(bagValue.certValue.getValue())]
      : [],
  );
  const pkcs8 = (await Promise.all(bags.map((bag) => keyOf(bag, password)))).filter((key) => key !== undefined);
  const keys = pkcs8.map((key) => createPrivateKey({ key: Buffer.from(key), format: 'der', type: 'pkcs8' }));
  return { keys, chain };
}

/**
 * The private key and the certificates of a PFX. Throws 400 if it cannot be read, the password is wrong, or there is not
 * exactly one key.
 */
export async function readPfx(bytes: Uint8Array, password: string): Promise<Required<CertifiedKey>> {
  const { keys, chain } = await contentOf(bytes, password).catch((error: unknown) => {
    // What the library or Node says is not passed on: it might quote the key.
    throw error instanceof KeyVaultError
      ? error
      : badParameter(
          'The specified PKCS#12 X.509 certificate content can not be read. Please check if certificate is in valid PKCS#12 format.',
        );
  });
  const [privateKey] = keys;
  if (privateKey === undefined || chain.length === 0) {
    throw badParameter('The specified PKCS#12 X.509 certificate content does not have a certificate with private key.');
  }
  if (keys.length > 1) {
    throw badParameter('The specified PKCS#12 X.509 certificate content has more than one private key.');
  }
  return { privateKey, chain };
}
