/** Icons as strokes in a box of 16. */

import type { ReactNode } from "react";

const PATHS = {
  search: <path d="M11 11l3.5 3.5M12.5 7.2a5.2 5.2 0 1 1-10.4 0 5.2 5.2 0 0 1 10.4 0z" />,
  close: <path d="M4 4l8 8M12 4l-8 8" />,
  menu: <path d="M2.5 4h11M2.5 8h11M2.5 12h11" />,
  more: <path d="M3.5 8h.01M8 8h.01M12.5 8h.01" strokeWidth="2.2" />,
  plus: <path d="M8 3v10M3 8h10" />,
  minus: <path d="M3 8h10" />,
  check: <path d="M3 8.5l3.2 3.2L13 5" />,
  eye: (
    <>
      <path d="M1.5 8S4 3.5 8 3.5 14.5 8 14.5 8 12 12.5 8 12.5 1.5 8 1.5 8z" />
      <circle cx="8" cy="8" r="2" />
    </>
  ),
  eyeOff: <path d="M1.5 8S4 12.5 8 12.5 14.5 8 14.5 8M3 11l-1 1.5M8 12.5v2M13 11l1 1.5" />,
  pin: <path d="M6 2.5h4l-.5 4.5 2 2v1h-7v-1l2-2L6 2.5zM8 10v4" />,
  flag: <path d="M4 14V2.5h8l-2 3 2 3H4" />,
  compare: <path d="M5.500 3v10M10.500 3v10M3.400 5.200L1.200 8l2.200 2.800M12.600 5.200L14.800 8l-2.200 2.800" />,
  columns: <path d="M2.5 3h11v10h-11zM6.2 3v10M9.8 3v10" />,
  group: <path d="M3 3h10M5 7h8M5 11h8M2.5 5.5V11" />,
  bookmark: <path d="M4.5 2.5h7V14L8 11.2 4.5 14z" />,
  download: <path d="M8 2.5v8M4.8 7.5L8 10.7l3.2-3.2M2.5 13.5h11" />,
  copy: <path d="M5.5 5.5h8v8h-8zM10.5 5.5v-3h-8v8h3" />,
  trash: <path d="M3 4.5h10M6.5 4.5v-2h3v2M4.5 4.5l.6 9h5.8l.6-9M6.8 7v4M9.2 7v4" />,
  pencil: <path d="M3 13l.7-3L10.8 3 13 5.2 6 12.3z" />,
  up: <path d="M8 13V3.5M4 7l4-4 4 4" />,
  down: <path d="M8 3v9.5M4 9l4 4 4-4" />,
  left: <path d="M10 3L5 8l5 5" />,
  right: <path d="M6 3l5 5-5 5" />,
  expand: <path d="M9.5 2.5h4v4M13.5 2.5l-5 5M6.5 13.5h-4v-4M2.5 13.5l5-5" />,
  sun: (
    <>
      <circle cx="8" cy="8" r="2.8" />
      <path d="M8 1.5v1.6M8 12.9v1.6M1.5 8h1.6M12.9 8h1.6M3.4 3.4l1.1 1.1M11.5 11.5l1.1 1.1M12.6 3.4l-1.1 1.1M4.5 11.5l-1.1 1.1" />
    </>
  ),
  moon: <path d="M13.2 9.8A5.7 5.7 0 0 1 6.2 2.8a5.7 5.7 0 1 0 7 7z" />,
  globe: (
    <>
      <circle cx="8" cy="8" r="6" />
      <path d="M2 8h12M8 2c4.5 4 4.5 8 0 12M8 2C3.500 6 3.500 10 8 14" />
    </>
  ),
  image: <path d="M2.5 3h11v10h-11zM2.500 11l3-3.500 2.500 2.500 2-2 3.500 3.500M10.300 5.800h.01" />,
  file: <path d="M4 2h5l3.500 3.500V14H4zM9 2v3.500h3.500" />,
  folder: <path d="M2 4h4.500l1.500 2h6v7H2z" />,
  tag: <path d="M2.500 2.500H8l5.500 5.500L8 13.500 2.500 8zM5.500 5.500h.01" />,
  link: (
    <path d="M6.500 9.500l3-3M7 4.500l1.500-1.500a3 3 0 0 1 4.500 4.500L11.500 9M9 11.500L7.500 13A3 3 0 0 1 3 8.500L4.500 7" />
  ),
  chart: <path d="M2.500 2.500v11h11M5 10.500l2.500-3.500 2 2 3.500-5" />,
  table: <path d="M2.500 3h11v10h-11zM2.500 6.500h11M2.500 9.800h11M7 3v10" />,
  settings: (
    <>
      <path d="M1.800 5h6.400M12 5h2.200M1.800 11h2.200M7.800 11h6.400" />
      <circle cx="10.100" cy="5" r="1.900" />
      <circle cx="5.900" cy="11" r="1.900" />
    </>
  ),
  again: <path d="M13 8a5 5 0 1 1-1.500-3.600M12 1.800v3h-3" />,
  same: <path d="M3 6h10M3 10h10" />,
  about: (
    <path d="M2.500 6.800c1.800-2.200 3.700-2.200 5.500-.800s3.700 1.400 5.500-.800M2.500 11.300c1.800-2.200 3.700-2.200 5.500-.800s3.700 1.400 5.500-.800" />
  ),
  differs: <path d="M3 6h10M3 10h10M10.500 3l-5 10" />,
  blocked: (
    <>
      <circle cx="8" cy="8" r="5.500" />
      <path d="M4.100 4.100l7.800 7.800" />
    </>
  ),
  keyboard: <path d="M1.500 4.500h13v7.500h-13zM4 7h.01M6.500 7h.01M9 7h.01M11.500 7h.01M5 9.800h6" />,
} satisfies Record<string, ReactNode>;

export type IconName = keyof typeof PATHS;

export function Icon({ name, size = 16 }: { name: IconName; size?: number }) {
  return (
    <svg
      viewBox="0 0 16 16"
      width={size}
      height={size}
      fill="none"
      stroke="currentColor"
      strokeWidth="1.4"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
    >
      {PATHS[name]}
    </svg>
  );
}
