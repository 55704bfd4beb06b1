/** Files of arrays and archives: what is in them, without fetching all of it. */

import { Code, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { readArtifact } from "../../api/artifacts";
import { useText } from "../../i18n";
import { npyValues, readNpy, readSafetensors, safetensorsLength, valueCount } from "../../lib/artifacts/npy";
import type { Table } from "../../lib/artifacts/table";
import { findDirectory, readDirectory, TAIL_BYTES } from "../../lib/artifacts/zip-list";
import { formatBytes, formatNumber } from "../../lib/format";
import { ErrorState, RowsSkeleton } from "../states";
import { npzHeaders } from "./archive";
import { DataTable } from "./data-table";
import { type FileQuery, MEGABYTE, useFile } from "./file";
import { HexView } from "./hex";
import { Bar, type FileProps, Grow, Info, Loaded } from "./parts";
import classes from "./previews.module.css";

const HEAD_BYTES = MEGABYTE;
const MAX_ROWS = 1_000;
const MAX_COLUMNS = 200;
const MAX_DIRECTORY = 20 * MEGABYTE;

const shapeText = (shape: readonly number[]): string => shape.map((size) => formatNumber(size)).join(" × ");

export function NpyView({ file }: { file: FileProps }) {
  const query = useFile(file.owner, file.path, file.size, HEAD_BYTES);
  return <Loaded query={query}>{({ bytes }) => <Npy file={file} bytes={bytes} />}</Loaded>;
}

function Npy({ file, bytes }: { file: FileProps; bytes: Uint8Array }) {
  const t = useText();
  const header = readNpy(bytes);
  if (!header) return <HexView file={file} bytes={bytes} />;
  const values = npyValues(bytes, header, MAX_ROWS, MAX_COLUMNS);
  const width = values?.[0]?.length ?? 0;
  const table: Table = {
    columns: header.shape.length === 1 ? [t.artifacts.arrayValues] : Array.from({ length: width }, (_, i) => String(i)),
    rows: values ?? [],
  };
  return (
    <>
      <Bar>
        <Info>{t.artifacts.dtype}</Info>
        <Code>{header.dtype}</Code>
        <Info>{t.artifacts.shape}</Info>
        <Code>{header.shape.length === 0 ? t.artifacts.scalar : shapeText(header.shape)}</Code>
        <Grow />
        <Info>{t.artifacts.values(valueCount(header.shape))}</Info>
      </Bar>
      {values && values.length > 0 && (
        <DataTable table={table} owner={file.owner} label={`${file.label}: ${t.artifacts.arrayValues}`} />
      )}
    </>
  );
}

export function SafetensorsView({ file }: { file: FileProps }) {
  const head = useFile(file.owner, file.path, file.size, 8 * 1024);
  const length = head.data ? safetensorsLength(head.data.bytes) : null;
  const enough = head.data && length !== null && length > head.data.bytes.length;
  const query = useFile(file.owner, file.path, file.size, enough ? length : 8 * 1024);
  return <Loaded query={query}>{({ bytes }) => <Safetensors file={file} bytes={bytes} query={query} />}</Loaded>;
}

function Safetensors({ file, bytes, query }: { file: FileProps; bytes: Uint8Array; query: FileQuery }) {
  const t = useText();
  const header = readSafetensors(bytes);
  if (!header) return query.isFetching ? <RowsSkeleton rows={4} /> : <HexView file={file} bytes={bytes} />;
  const table: Table = {
    columns: [t.common.name, t.artifacts.dtype, t.artifacts.shape, t.common.value],
    rows: header.tensors.map((one) => [one.name, one.dtype, shapeText(one.shape), valueCount(one.shape)]),
  };
  table.columns[3] = t.artifacts.params;
  const total = header.tensors.reduce((sum, one) => sum + valueCount(one.shape), 0);
  return (
    <>
      <Bar>
        <Info>
          {t.artifacts.tensors(header.tensors.length)} · {t.artifacts.values(total)}
        </Info>
        {header.metadata.map(([key, value]) => (
          <Code key={key}>
            {key}: {value}
          </Code>
        ))}
      </Bar>
      <DataTable table={table} owner={file.owner} label={file.label} />
    </>
  );
}

/** What a zip file has: read from its end, and of arrays their headers from where they are. */
export function ZipView({ file }: { file: FileProps }) {
  const t = useText();
  const { owner, path, size } = file;
  const query = useQuery({
    queryKey: ["artifact-zip", owner, path, size ?? -1],
    queryFn: async ({ signal }) => {
      const fileSize = size ?? (await readArtifact(owner, path, 1, signal)).size;
      const from = Math.max(0, fileSize - TAIL_BYTES);
      const tail = await readArtifact(owner, path, TAIL_BYTES, signal, from);
      const directory = findDirectory(tail.bytes, fileSize);
      if (!directory || directory.length > MAX_DIRECTORY) {
        return { entries: null, arrays: [], start: (await readArtifact(owner, path, 512, signal)).bytes };
      }
      const bytes =
        directory.start >= from
          ? tail.bytes.subarray(directory.start - from)
          : (await readArtifact(owner, path, directory.length, signal, directory.start)).bytes;
      const entries = readDirectory(bytes, directory.count).filter((entry) => !entry.name.endsWith("/"));
      const read = (start: number, length: number) => readArtifact(owner, path, length, signal, start);
      return { entries, arrays: await npzHeaders(entries, read), start: null };
    },
    staleTime: 30_000,
    gcTime: 60_000,
    structuralSharing: false,
  });
  if (!query.data) {
    if (query.error) return <ErrorState error={query.error} retry={() => void query.refetch()} />;
    return <RowsSkeleton rows={6} />;
  }
  const { entries, arrays, start } = query.data;
  if (!entries) return <HexView file={file} bytes={start ?? new Uint8Array()} />;
  const known = arrays.some((header) => header !== null);
  const table: Table = {
    columns: [
      t.common.name,
      ...(known ? [t.artifacts.dtype, t.artifacts.shape] : []),
      t.artifacts.size,
      t.artifacts.packed,
    ],
    rows: entries.map((entry, i) => {
      const header = arrays[i];
      const about = [
        header?.dtype ?? null,
        header ? (header.shape.length ? shapeText(header.shape) : t.artifacts.scalar) : null,
      ];
      return [
        known ? entry.name.replace(/\.npy$/, "") : entry.name,
        ...(known ? about : []),
        formatBytes(entry.size),
        formatBytes(entry.packed),
      ];
    }),
  };
  return (
    <>
      <Bar>
        <Info>
          {t.artifacts.entries(entries.length)} · {formatBytes(entries.reduce((sum, entry) => sum + entry.size, 0))}
        </Info>
      </Bar>
      {entries.length > 0 ? (
        <DataTable table={table} owner={owner} label={file.label} />
      ) : (
        <Stack className={classes.pad}>
          <Text size="sm">{t.artifacts.emptyFile}</Text>
        </Stack>
      )}
    </>
  );
}
