/** Links that people have of MLflow's UI, which keeps its pages behind a `#`. */

const PAGES: [RegExp, (match: RegExpExecArray) => string][] = [
  [/^#\/experiments\/([^/?]+)\/runs\/([^/?]+)/, ([, , run]) => `runs/${run}`],
  [/^#\/runs\/([^/?]+)/, ([, run]) => `runs/${run}`],
  [
    /^#\/experiments\/([^/?]+)\/models\/([^/?]+)/,
    ([, experiment, model]) => `experiments/${experiment}/models/${model}`,
  ],
  [/^#\/experiments\/([^/?]+)\/models(?:[/?]|$)/, ([, experiment]) => `experiments/${experiment}/models`],
  [/^#\/experiments\/([^/?]+)/, ([, experiment]) => `experiments/${experiment}`],
  [/^#\/models\/([^/?]+)\/versions?\/([^/?]+)/, ([, model, version]) => `models/${model}/versions/${version}`],
  [/^#\/models\/([^/?]+)/, ([, model]) => `models/${model}`],
  [/^#\/models\/?(?:\?|$)/, () => "models"],
  [/^#\/experiments\/?$/, () => "experiments"],
];

/** The page of kiseki's for a link of MLflow's, relative to the base; null for what is none. */
export function fromMlflow(hash: string): string | null {
  for (const [pattern, page] of PAGES) {
    const match = pattern.exec(hash);
    if (match) return page(match);
  }
  const compared = /^#\/compare-runs\?(.*)/.exec(hash);
  if (compared) {
    try {
      const runs = JSON.parse(new URLSearchParams(compared[1]).get("runs") ?? "") as unknown;
      if (Array.isArray(runs)) return `compare?runs=${encodeURIComponent(JSON.stringify(runs.map(String)))}`;
    } catch {
      return "experiments";
    }
  }
  return null;
}
