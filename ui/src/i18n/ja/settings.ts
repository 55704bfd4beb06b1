import type { settings as en } from "../en/settings";

export const settings: typeof en = {
  title: "設定",
  navigation: "メインナビゲーション",
  keys: "キーボードショートカット",
  palette: "検索とコマンド",
  palettePlaceholder: "実験名、ラン ID、または操作を入力…",
  openRun: "このランを開く",
};
