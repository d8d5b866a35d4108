/** What a change of a plan is based on, and why it is made. */
export interface PlanChange {
  /** State of the plan, as it was read; `null`: there is none. */
  etag: string | null;
  reason?: string | undefined;
}

/** Where the plan of a vault is. */
export function planPath(vault: string): string {
  return `/api/plans/${encodeURIComponent(vault)}`;
}

/** The headers of a change. A header takes no other letters than those of Latin-1, so the reason is percent-encoded. */
export function headersOf({ etag, reason }: PlanChange): Record<string, string> {
  return {
    ...(etag === null ? { 'if-none-match': '*' } : { 'if-match': etag }),
    ...(reason === undefined ? {} : { 'x-reason': encodeURIComponent(reason) }),
  };
}
