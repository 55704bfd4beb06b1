/** A file's bytes, fetched as far as a preview needs them and kept while it is near. */

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { type FilePart, type Owner, readArtifact } from "../../api/artifacts";

export const MEGABYTE = 1_000_000;
/** Nothing larger is fetched into a page. */
export const MAX_BYTES = 50 * MEGABYTE;

const EMPTY: FilePart = { bytes: new Uint8Array(), size: 0, whole: true };

export interface FileQuery {
  data: FilePart | undefined;
  error: Error | null;
  isPending: boolean;
  /** Whether more of it is on its way. */
  isFetching: boolean;
  refetch: () => void;
}

/** The first bytes of a file. `size` belongs to the key: a run that goes on may write the file again. */
export function useFile(owner: Owner, path: string, size: number | undefined, limit: number): FileQuery {
  const query = useQuery({
    queryKey: ["artifact", owner, path, size ?? -1, limit],
    queryFn: ({ signal }) => (size === 0 ? EMPTY : readArtifact(owner, path, Math.min(limit, MAX_BYTES), signal)),
    staleTime: 30_000,
    gcTime: 60_000,
    // Of the same file only: what is shown under a file's name is that file.
    placeholderData: (before, query) =>
      query?.queryKey[1] === owner && query.queryKey[2] === path ? keepPreviousData(before) : undefined,
    structuralSharing: false,
  });
  return {
    data: query.data,
    error: query.data ? null : query.error,
    isPending: query.isPending,
    isFetching: query.isFetching,
    refetch: () => void query.refetch(),
  };
}
