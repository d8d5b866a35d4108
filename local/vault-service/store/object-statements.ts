const ONE = 'vault = ? AND kind = ? AND key = ?';

/** The SQL behind the object store, by method. */
export const OBJECT_STATEMENTS = {
  find: `SELECT * FROM objects WHERE ${ONE}`,
  version: `SELECT version, properties, material FROM versions WHERE ${ONE} AND version = ?`,
  properties: `SELECT properties FROM versions WHERE ${ONE} AND version = ?`,
  versions: `SELECT version, properties, material FROM versions WHERE ${ONE} ORDER BY ordinal`,
  countVersions: `SELECT COUNT(*) AS count FROM versions WHERE ${ONE}`,
  upsertObject: `INSERT INTO objects (vault, kind, key, name, state, managed, current, settles_at)
    VALUES (?, ?, ?, ?, 'active', ?, ?, 0)
    ON CONFLICT (vault, kind, key) DO UPDATE SET current = excluded.current, managed = excluded.managed,
      name = CASE WHEN state = 'purged' THEN excluded.name ELSE name END, state = 'active', settles_at = 0, deleted_at = NULL, purge_at = NULL`,
  lastOrdinal: `SELECT COALESCE(MAX(ordinal), 0) AS last FROM versions WHERE ${ONE}`,
  addVersion: `INSERT INTO versions (vault, kind, key, version, ordinal, properties, material) VALUES (?, ?, ?, ?, ?, ?, ?)`,
  updateProperties: `UPDATE versions SET properties = ? WHERE ${ONE} AND version = ?`,
  setPolicy: `UPDATE objects SET rotation_policy = ? WHERE ${ONE}`,
  markDeleted: `UPDATE objects SET state = 'deleted', deleted_at = ?, purge_at = ?, settles_at = ? WHERE ${ONE}`,
  markRecovered: `UPDATE objects SET state = 'active', deleted_at = NULL, purge_at = NULL, settles_at = ? WHERE ${ONE}`,
  removeVersions: `DELETE FROM versions WHERE ${ONE}`,
  markPurged: `UPDATE objects SET state = 'purged', rotation_policy = NULL, purge_at = ?, settles_at = ? WHERE ${ONE}`,
  removeOverdueVersions: `DELETE FROM versions WHERE (vault, kind, key) IN (SELECT vault, kind, key FROM objects WHERE purge_at <= ?)`,
  removeOverdue: `DELETE FROM objects WHERE purge_at <= ?`,
  nextPurge: `SELECT MIN(purge_at) AS next FROM objects WHERE purge_at IS NOT NULL`,
  list: `SELECT o.*, v.properties FROM objects o
    JOIN versions v ON v.vault = o.vault AND v.kind = o.kind AND v.key = o.key AND v.version = o.current
    WHERE o.vault = ? AND o.kind = ? AND o.state = ? AND o.settles_at <= ? AND o.key > ? ORDER BY o.key LIMIT ?`,
  listVersions: `SELECT version, properties FROM versions WHERE ${ONE} AND version > ? ORDER BY version LIMIT ?`,
  removeVaultVersions: `DELETE FROM versions WHERE vault = ?`,
  removeVaultObjects: `DELETE FROM objects WHERE vault = ?`,
  removeVaultPending: `DELETE FROM pending_certificates WHERE vault = ?`,
  removeVaultNotes: `DELETE FROM certificate_notes WHERE vault = ?`,
} as const;
