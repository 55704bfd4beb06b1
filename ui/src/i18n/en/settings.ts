export const settings = {
  title: "Settings",
  navigation: "Main navigation",
  keys: "Keyboard shortcuts",
  palette: "Search and commands",
  palettePlaceholder: "An experiment, a run id, or what to do…",
  openRun: "Open this run",
};
