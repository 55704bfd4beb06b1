/** A file of a run as people see it. */

export interface PreviewProps {
  runId: string;
  path: string;
  /** Bytes, where it is known. */
  size?: number;
}

export function Preview(_: PreviewProps) {
  return null;
}
