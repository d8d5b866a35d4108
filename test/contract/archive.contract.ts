import { createHash, randomBytes } from 'node:crypto';
import { type Archive } from '../../src/archive/port';

/** An archive to prove the contract on, empty at first, and how to end it. */
export interface OpenedArchive {
  archive: Archive;
  stop(): Promise<void>;
}

/** What every {@link Archive} promises. Runs against the fake, and against the adapter on a real blob service. */
export function archiveContract(name: string, open: () => Promise<OpenedArchive>): void {
  describe(name, () => {
    let opened: OpenedArchive;
    beforeAll(async () => {
      opened = await open();
    });
    afterAll(() => opened.stop());

    it('stores bytes and tells their digest and size', async () => {
      const content = randomBytes(3_000);
      const stored = await opened.archive.put('daily', 'put/a.jwe', content);
      expect(stored).toEqual({ digest: createHash('sha256').update(content).digest('hex'), bytes: 3_000 });
      expect(Buffer.from(await opened.archive.get('daily', 'put/a.jwe')).equals(content)).toBe(true);
    });

    it('stores what is a part of a larger buffer, and nothing around it', async () => {
      const content = Buffer.from('secret-wanted-secret').subarray(7, 13);
      await opened.archive.put('daily', 'put/part.jwe', content);
      expect(Buffer.from(await opened.archive.get('daily', 'put/part.jwe')).toString()).toBe('wanted');
    });

    it('stores a megabyte, and nothing at all', async () => {
      const megabyte = randomBytes(1_048_576);
      await opened.archive.put('daily', 'put/large.jwe', megabyte);
      expect(Buffer.from(await opened.archive.get('daily', 'put/large.jwe')).equals(megabyte)).toBe(true);
      expect(await opened.archive.put('daily', 'put/empty.jwe', new Uint8Array())).toMatchObject({ bytes: 0 });
      expect(await opened.archive.get('daily', 'put/empty.jwe')).toHaveLength(0);
    });

    it('takes the same bytes twice as one', async () => {
      const content = Buffer.from('the same');
      const first = await opened.archive.put('daily', 'twice.jwe', content);
      expect(await opened.archive.put('daily', 'twice.jwe', content)).toEqual(first);
    });

    it('never overwrites: other bytes under a name in use are a conflict', async () => {
      await opened.archive.put('daily', 'once.jwe', Buffer.from('first'));
      await expect(opened.archive.put('daily', 'once.jwe', Buffer.from('other'))).rejects.toMatchObject({
        code: 'archive_conflict',
        retryable: false,
      });
      expect(Buffer.from(await opened.archive.get('daily', 'once.jwe')).toString()).toBe('first');
    });

    it('lets one of many that write the same name at once win, and tells the others', async () => {
      const writes = ['a', 'b', 'c', 'd'].map((text) => opened.archive.put('daily', 'race.jwe', Buffer.from(text)));
      const outcomes = await Promise.allSettled(writes);
      expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      for (const outcome of outcomes)
        if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'archive_conflict' });
    });

    it('says that a blob is missing', async () => {
      await expect(opened.archive.get('daily', 'nowhere.jwe')).rejects.toMatchObject({
        code: 'archive_blob_missing',
        retryable: false,
      });
    });

    it('keeps the tiers apart', async () => {
      await opened.archive.put('monthly', 'tier.jwe', Buffer.from('monthly'));
      await expect(opened.archive.get('daily', 'tier.jwe')).rejects.toMatchObject({ code: 'archive_blob_missing' });
    });

    it('lists folders directly below a prefix, in order, and no blobs', async () => {
      const paths = ['l/b/x/1', 'l/b/x/2', 'l/a/y/1', 'l/c/1', 'l/blob', 'lx/d/1'];
      for (const path of paths) await opened.archive.put('monthly', path, Buffer.from(path));
      expect(await opened.archive.listFolders('monthly', 'l/')).toEqual(['a', 'b', 'c']);
      expect(await opened.archive.listFolders('monthly', 'l/b/')).toEqual(['x']);
      expect(await opened.archive.listFolders('monthly', 'l/b/x/')).toEqual([]);
      expect(await opened.archive.listFolders('monthly', '')).toEqual(['l', 'lx']);
      expect(await opened.archive.listFiles('monthly', 'l/')).toEqual(['blob']);
      expect(await opened.archive.listFiles('monthly', 'l/b/x/')).toEqual(['1', '2']);
    });

    it('lists blobs below a prefix however deep, in order, with the time of their making', async () => {
      const before = Date.now() - 5_000;
      for (const path of ['f/b/2', 'f/a', 'f/b/1/x', 'fx'])
        await opened.archive.put('monthly', path, Buffer.from(path));
      const listed = await opened.archive.listBlobs('monthly', 'f/');
      expect(listed.map(({ path }) => path)).toEqual(['f/a', 'f/b/1/x', 'f/b/2']);
      for (const { createdAt } of listed) {
        expect(createdAt.getTime()).toBeGreaterThan(before);
        expect(createdAt.getTime()).toBeLessThan(Date.now() + 5_000);
      }
      expect(await opened.archive.listBlobs('daily', 'f/')).toEqual([]);
    });

    it('finds its containers', async () => {
      await expect(opened.archive.check('daily')).resolves.toBeUndefined();
      await expect(opened.archive.check('monthly')).resolves.toBeUndefined();
    });
  });
}
