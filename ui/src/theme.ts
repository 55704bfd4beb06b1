import { createTheme, type MantineColorsTuple } from "@mantine/core";

const brand: MantineColorsTuple = [
  "#eaf3fb",
  "#d5e4f3",
  "#a9c8e6",
  "#7aaad9",
  "#5491ce",
  "#3c81c8",
  "#2f79c5",
  "#2067ae",
  "#145b9c",
  "#004f8a",
];

export const theme = createTheme({
  primaryColor: "brand",
  primaryShade: { light: 7, dark: 6 },
  colors: { brand },
  defaultRadius: "sm",
  fontFamily:
    'system-ui, -apple-system, "Segoe UI", "Hiragino Sans", "Noto Sans JP", "Noto Sans CJK JP", "Yu Gothic UI", Meiryo, sans-serif',
  fontFamilyMonospace:
    'ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", "Liberation Mono", "Noto Sans Mono CJK JP", monospace',
  fontSizes: { xs: "0.75rem", sm: "0.8125rem", md: "0.875rem", lg: "1rem", xl: "1.125rem" },
  spacing: { xs: "0.375rem", sm: "0.5rem", md: "0.75rem", lg: "1rem", xl: "1.5rem" },
  fontWeights: { medium: "500" },
  headings: {
    fontWeight: "600",
    sizes: { h1: { fontSize: "1.25rem" }, h2: { fontSize: "1.05rem" }, h3: { fontSize: "0.95rem" } },
  },
  cursorType: "pointer",
  respectReducedMotion: true,
  components: {
    Button: { defaultProps: { size: "xs" } },
    // Mantine makes what explains a field two pixels smaller than the field.
    TextInput: { defaultProps: { size: "xs", descriptionProps: { fz: "xs", lh: 1.45 } } },
    NumberInput: { defaultProps: { size: "xs" } },
    Textarea: { defaultProps: { size: "xs" } },
    Select: { defaultProps: { size: "xs" } },
    MultiSelect: { defaultProps: { size: "xs" } },
    SegmentedControl: { defaultProps: { size: "xs", withItemsBorders: false } },
    ActionIcon: { defaultProps: { variant: "subtle", color: "gray" } },
    Tooltip: { defaultProps: { openDelay: 300, withArrow: true } },
    Menu: { defaultProps: { shadow: "md" } },
    // Theirs are <header>, of which a page has one.
    ModalHeader: { defaultProps: { role: "none", mih: 0, py: "0.625rem" } },
    DrawerHeader: { defaultProps: { role: "none", mih: 0, py: "0.625rem" } },
    ModalTitle: { defaultProps: { fw: 600, fz: "lg" } },
    DrawerTitle: { defaultProps: { fw: 600, fz: "lg" } },
    // A title in the colour of its ground is hard to read.
    Alert: { styles: { title: { color: "var(--mantine-color-text)" } } },
    // The page itself never scrolls; locking it would take a style that the content security policy refuses.
    Modal: { defaultProps: { centered: true, lockScroll: false, padding: "lg" } },
    ModalRoot: { defaultProps: { lockScroll: false } },
    Drawer: { defaultProps: { lockScroll: false, padding: "lg" } },
  },
});
