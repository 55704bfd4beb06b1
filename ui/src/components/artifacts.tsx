/** The artifacts of a run: a tree beside a preview. */

export interface ArtifactsProps {
  runId: string;
  /** The file or folder that is open, "" for the root. */
  path: string;
  onPath: (path: string) => void;
}

export function Artifacts(_: ArtifactsProps) {
  return null;
}
