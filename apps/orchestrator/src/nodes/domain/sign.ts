/** Which start of an agent speaks, and which of its reports this is. */
export interface Sign {
  readonly incarnation: number;
  /** Absent with a heartbeat, which says nothing that could be old. */
  readonly sequence?: number;
}

/** Whether what arrives now was said before what was heard already: by an earlier start, or by an earlier report. */
export function isStale(heard: Sign | undefined, sign: Sign): boolean {
  if (heard === undefined || sign.incarnation > heard.incarnation) return false;
  if (sign.incarnation < heard.incarnation) return true;
  return sign.sequence !== undefined && sign.sequence <= (heard.sequence ?? -1);
}

/** The newest of both. */
export const latestOf = (heard: Sign | undefined, sign: Sign): Sign =>
  heard?.incarnation === sign.incarnation && sign.sequence === undefined ? heard : sign;
