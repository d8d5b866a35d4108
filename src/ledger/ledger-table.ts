import { type TableClient, type TransactionAction, RestError } from '@azure/data-tables';
import { isConflict, isMissingEntity, toLedgerError } from './ledger-errors';
import { type Properties } from './packed-json';

/** Most writes that the service takes in a transaction. */
export const MOST_WRITES = 100;

/** A row as it is written. */
export interface NewRow extends Properties {
  partitionKey: string;
  rowKey: string;
}

/** A row as it was read; `etag` changes with every write. */
export interface StoredRow extends NewRow {
  etag: string;
}

/** One write of a transaction: a new row, the replacement of one that was read, or a row whatever was there. */
export type RowWrite = { create: NewRow } | { replace: NewRow; etag: string } | { put: NewRow };

/** The row that a write leaves behind. */
export function rowOfWrite(write: RowWrite): NewRow {
  if ('create' in write) return write.create;
  return 'put' in write ? write.put : write.replace;
}

/**
 * One table of the ledger. All methods throw translated errors only, and tell a conflict by `false`; since a request whose answer was
 * lost is sent again, that `false` may be the caller's own doing.
 */
export class LedgerTable {
  constructor(private readonly client: TableClient) {}

  /** The row, or `undefined`. */
  async get(partitionKey: string, rowKey: string): Promise<StoredRow | undefined> {
    try {
      return (await this.client.getEntity<Properties>(partitionKey, rowKey)) as StoredRow;
    } catch (error) {
      if (isMissingEntity(error)) return undefined;
      throw this.translated(error);
    }
  }

  /**
   * Rows that match the filter, by partition and row key, whole or with these columns beside their keys. The service may return pages that are shorter, even
   * empty, before the last one.
   */
  async *pages(filter: string, pageSize: number, columns?: readonly string[]): AsyncIterable<StoredRow[]> {
    const select = columns && ['PartitionKey', 'RowKey', ...columns];
    try {
      const found = this.client.listEntities<Properties>({ queryOptions: { filter, ...(select && { select }) } });
      for await (const page of found.byPage({ maxPageSize: Math.min(pageSize, 1_000) })) yield page as StoredRow[];
    } catch (error) {
      throw this.translated(error);
    }
  }

  /** All rows that match the filter. */
  async all(filter: string): Promise<StoredRow[]> {
    const rows: StoredRow[] = [];
    for await (const page of this.pages(filter, 1_000)) rows.push(...page);
    return rows;
  }

  /** Whether the table can be read; throws if not. */
  async probe(): Promise<void> {
    for await (const _ of this.pages("PartitionKey eq ''", 1)) return;
  }

  /** Inserts the row; `false` if there is one. */
  insert(row: NewRow): Promise<boolean> {
    return this.unlessConflict(() => this.client.createEntity(row));
  }

  /** Writes the row, whatever was there. */
  async put(row: NewRow): Promise<void> {
    try {
      await this.client.upsertEntity(row, 'Replace');
    } catch (error) {
      throw this.translated(error);
    }
  }

  /** Removes the row, whatever it holds, if it is there. */
  async forget(partitionKey: string, rowKey: string): Promise<void> {
    try {
      await this.client.deleteEntity(partitionKey, rowKey);
    } catch (error) {
      if (!isMissingEntity(error)) throw this.translated(error);
    }
  }

  /** Removes rows of one partition, whatever they hold, as far as they are there, in order, a hundred in a transaction. */
  async forgetAll(partitionKey: string, rowKeys: readonly string[]): Promise<void> {
    for (let first = 0; first < rowKeys.length; first += MOST_WRITES) {
      const part = rowKeys.slice(first, first + MOST_WRITES);
      const isGone = await this.submit(part.map((rowKey) => ['delete', { partitionKey, rowKey }]));
      // One of them is gone already, which fails all.
      if (!isGone) for (const rowKey of part) await this.forget(partitionKey, rowKey);
    }
  }

  /** Replaces the row that was read with this etag; `false` if it was changed or removed since. */
  replace(row: NewRow, etag: string): Promise<boolean> {
    return this.unlessConflict(() => this.client.updateEntity(row, 'Replace', { etag }));
  }

  /** Removes the row that was read with this etag, or that is gone already; `false` if it was changed since. */
  async remove(row: StoredRow): Promise<boolean> {
    try {
      await this.client.deleteEntity(row.partitionKey, row.rowKey, { etag: row.etag });
      return true;
    } catch (error) {
      if (isMissingEntity(error)) return true;
      if (isConflict(error)) return false;
      throw this.translated(error);
    }
  }

  /** All writes or none, in one round trip: at most 100 of one partition, and less than 4 MiB. `false` if one of them met another state than expected. */
  transact(writes: readonly RowWrite[]): Promise<boolean> {
    return this.submit(writes.map(toAction));
  }

  private submit(actions: TransactionAction[]): Promise<boolean> {
    return this.unlessConflict(async () => {
      const { subResponses } = await this.client.submitTransaction(actions);
      const failed = subResponses.find(({ status }) => status >= 300);
      // The SDK recognizes a failed part by its body only, and takes an empty answer for success.
      if (failed !== undefined) throw new RestError('A part of the transaction failed.', { statusCode: failed.status });
      if (subResponses.length !== actions.length)
        throw new RestError('The answer to the transaction is not whole.', { code: RestError.PARSE_ERROR });
    });
  }

  private async unlessConflict(write: () => Promise<unknown>): Promise<boolean> {
    try {
      await write();
      return true;
    } catch (error) {
      if (isConflict(error)) return false;
      throw this.translated(error);
    }
  }

  private translated(error: unknown): Error {
    return toLedgerError(error, this.client.tableName);
  }
}

function toAction(write: RowWrite): TransactionAction {
  if ('put' in write) return ['upsert', write.put, 'Replace'];
  return 'create' in write ? ['create', write.create] : ['update', write.replace, 'Replace', { etag: write.etag }];
}
