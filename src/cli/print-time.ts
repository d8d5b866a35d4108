const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** `2026-11-22 02:00:05Z (3 h ago)`; `-` for none. */
export function formatTime(time: string | null, now: Date): string {
  const at = new Date(time ?? Number.NaN);
  if (Number.isNaN(at.getTime())) return '-';
  return `${at.toISOString().slice(0, 19).replace('T', ' ')}Z (${formatAge(now.getTime() - at.getTime())})`;
}

/** `40 s ago`, `3 h ago`, `in 12 days`: one unit, rounded down. */
export function formatAge(milliseconds: number): string {
  const length = Math.abs(milliseconds);
  if (length < SECOND) return 'now';
  const text = inOneUnit(length);
  return milliseconds > 0 ? `${text} ago` : `in ${text}`;
}

function inOneUnit(length: number): string {
  if (length < MINUTE) return `${Math.floor(length / SECOND)} s`;
  if (length < HOUR) return `${Math.floor(length / MINUTE)} min`;
  if (length < 2 * DAY) return `${Math.floor(length / HOUR)} h`;
  return `${Math.floor(length / DAY)} days`;
}

/** `0:07`, `12:30`, `1:02:03`. */
export function formatDuration(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / SECOND));
  const tail = `${pad(Math.floor(seconds / 60) % 60, seconds >= 3600)}:${pad(seconds % 60, true)}`;
  return seconds >= 3600 ? `${Math.floor(seconds / 3600)}:${tail}` : tail;
}

/** How long something took, or has taken until now; `-` if it has not started. */
export function formatSpan(startedAt: string | null, endedAt: string | null, now: Date): string {
  if (startedAt === null) return '-';
  const from = Date.parse(startedAt);
  const until = endedAt === null ? now.getTime() : Date.parse(endedAt);
  return Number.isNaN(until - from) ? '-' : formatDuration(until - from);
}

function pad(number: number, always: boolean): string {
  return always ? String(number).padStart(2, '0') : String(number);
}
