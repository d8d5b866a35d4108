import { type ListedObject, type ObjectKind } from '../../src/contracts/objects';
import { type VaultReader } from '../../src/vault/port';

/** An object that the contract wants to find. Times are seconds since 1970. */
export interface WantedSecret {
  name: string;
  managed?: boolean;
  /** Oldest first. */
  versions: {
    enabled?: boolean;
    created: number;
    nbf?: number;
    exp?: number;
    contentType?: string;
    tags?: Record<string, string>;
  }[];
}

/** A reader over a vault that the contract fills, and how to end it. */
export interface OpenedReader {
  reader: VaultReader;
  vaultUrl: string;
  putSecrets(secrets: WantedSecret[]): Promise<void>;
  putKeys(names: string[]): Promise<void>;
  /** The value that the version of a secret was put with, counted from the oldest. */
  valueOf(name: string, version: number): string;
  deleteSecret(name: string): Promise<void>;
  stop(): Promise<void>;
}

const OLD = 1_700_000_000;
const iso = (seconds: number): string => new Date(seconds * 1000).toISOString();

const MANY = Array.from({ length: 130 }, (_, index) => `many-${String(index).padStart(3, '0')}`);
const VERSIONED: WantedSecret = {
  name: 'Odd-But-Legal-1',
  versions: [
    { created: OLD, tags: { team: 'a' } },
    { created: OLD + 2, enabled: false, contentType: 'text/plain' },
    { created: OLD + 1, nbf: OLD, exp: OLD + 100 },
  ],
};

/** What every {@link VaultReader} promises. Runs against the fake, and over the SDKs against a vault service. */
export function vaultReaderContract(name: string, open: () => Promise<OpenedReader>): void {
  describe(name, () => {
    let opened: OpenedReader;
    beforeAll(async () => {
      opened = await open();
      await opened.putSecrets([
        VERSIONED,
        { name: 'of-a-certificate', managed: true, versions: [{ created: OLD }] },
        { name: 'too-many', versions: Array.from({ length: 501 }, (_, index) => ({ created: OLD + index })) },
        ...MANY.map((one) => ({ name: one, versions: [{ created: OLD }] })),
      ]);
      await opened.putKeys(['signer', 'wrapper']);
    });
    afterAll(() => opened.stop());

    const list = async (kind: ObjectKind): Promise<ListedObject[]> => {
      const listed: ListedObject[] = [];
      for await (const object of opened.reader.listObjects(opened.vaultUrl, kind)) listed.push(object);
      return listed;
    };
    const versions = (one: string, kind: ObjectKind = 'secret') =>
      opened.reader.listVersions(opened.vaultUrl, kind, one);
    const backUp = (one: string, kind: ObjectKind = 'secret') => opened.reader.backUp(opened.vaultUrl, kind, one);

    it('lists every object of a kind once, over many pages', async () => {
      const names = (await list('secret')).map((object) => object.name);
      expect(names.sort()).toEqual([...MANY, VERSIONED.name, 'of-a-certificate', 'too-many'].sort());
      expect((await list('key')).map((object) => object.name).sort()).toEqual(['signer', 'wrapper']);
      expect(await list('certificate')).toEqual([]);
    });

    it('tells what belongs to a certificate', async () => {
      const managed = (await list('secret')).filter((object) => object.managed);
      expect(managed.map((object) => object.name)).toEqual(['of-a-certificate']);
    });

    it('lists an object with its kind, spelling and state, and without a value', async () => {
      const listed = (await list('secret')).find((object) => object.name === VERSIONED.name);
      expect(listed).toMatchObject({ kind: 'secret', managed: false });
      expect(typeof listed?.attributes.enabled).toBe('boolean');
      expect(JSON.stringify(listed)).not.toContain('value');
    });

    it('lists versions newest first, with their attributes and tags', async () => {
      const listed = await versions(VERSIONED.name);
      expect(listed.map(({ created }) => created)).toEqual([iso(OLD + 2), iso(OLD + 1), iso(OLD)]);
      expect(listed).toEqual([
        expect.objectContaining({ enabled: false, contentType: 'text/plain' }),
        expect.objectContaining({ enabled: true, notBefore: iso(OLD), expires: iso(OLD + 100) }),
        expect.objectContaining({ enabled: true, tags: { team: 'a' } }),
      ]);
      expect(new Set(listed.map(({ version }) => version)).size).toBe(3);
      for (const { version } of listed) expect(version).toMatch(/^[0-9a-f]{32}$/);
      expect(listed[2]).not.toHaveProperty('expires');
    });

    it('lists hundreds of versions, each once', async () => {
      const listed = await versions('too-many');
      expect(new Set(listed.map(({ version }) => version)).size).toBe(501);
      expect(listed.map(({ created }) => created)).toEqual(Array.from({ length: 501 }, (_, i) => iso(OLD + 500 - i)));
    });

    it('backs up secrets and keys, disabled or not', async () => {
      expect((await backUp(VERSIONED.name)).length).toBeGreaterThan(0);
      expect((await backUp('signer', 'key')).length).toBeGreaterThan(0);
    });

    it('says that an object has more versions than fit into a backup', async () => {
      await expect(backUp('too-many')).rejects.toMatchObject({ code: 'too_many_versions', retryable: false });
    });

    it('does not back up what belongs to a certificate', async () => {
      await expect(backUp('of-a-certificate')).rejects.toMatchObject({ code: 'vault_forbidden', retryable: false });
    });

    it('reads the value of any version, and says which is disabled', async () => {
      const { reader, vaultUrl } = opened;
      const [disabled, current, first] = await versions(VERSIONED.name);
      const read = (version: { version: string } | undefined) =>
        reader.readValue(vaultUrl, VERSIONED.name, version!.version);
      expect(await read(disabled)).toBe('disabled');
      expect(await read(current)).toEqual({ value: opened.valueOf(VERSIONED.name, 2) });
      expect(await read(first)).toEqual({ value: opened.valueOf(VERSIONED.name, 0) });
    });

    it('reads when a key is rotated', async () => {
      const { lifetimeActions, attributes } = await opened.reader.readRotationPolicy(opened.vaultUrl, 'signer');
      expect(lifetimeActions).toEqual([{ trigger: { timeBeforeExpiry: 'P30D' }, action: { type: 'Notify' } }]);
      expect(attributes).toEqual({});
    });

    it('says that an object is missing, for each call and kind', async () => {
      const missing = { code: 'source_not_found', retryable: false };
      await expect(versions('missing')).rejects.toMatchObject(missing);
      await expect(versions('missing', 'key')).rejects.toMatchObject(missing);
      await expect(backUp('missing')).rejects.toMatchObject(missing);
      await expect(backUp('missing', 'key')).rejects.toMatchObject(missing);
      await expect(backUp('signer')).rejects.toMatchObject(missing);
      const { reader, vaultUrl } = opened;
      await expect(reader.readValue(vaultUrl, 'missing', '0'.repeat(32))).rejects.toMatchObject(missing);
      await expect(reader.readRotationPolicy(vaultUrl, 'missing')).rejects.toMatchObject(missing);
    });

    it('says the same of an object that was deleted after it was listed', async () => {
      await opened.putSecrets([{ name: 'short-lived', versions: [{ created: OLD }] }]);
      expect((await list('secret')).map((object) => object.name)).toContain('short-lived');
      await opened.deleteSecret('short-lived');
      expect((await list('secret')).map((object) => object.name)).not.toContain('short-lived');
      await expect(versions('short-lived')).rejects.toMatchObject({ code: 'source_not_found' });
      await expect(backUp('short-lived')).rejects.toMatchObject({ code: 'source_not_found' });
    });
  });
}
