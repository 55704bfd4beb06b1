/** Which of a metric's values are better, as far as its name tells. */

export type Direction = "up" | "down" | "none";

const LOWER =
  /^(?:loss(?:es)?|err|errors?|mse|rmse|mae|mape|smape|medae|msle|rmsle|perplexity|ppl|nll|bpb|bpc|bpd|wer|cer|ter|fid|kid|kl|kld|divergence|brier|ece|mce|hinge|deviance|entropy|crossentropy|logloss|ce|bce|regret|cost|penalty|latency|time|duration|seconds|secs?|ms|runtime|fpr|fnr|fdr|far|frr|eer|hamming|distance|wasserstein|emd|lpips|aic|bic|inertia|residuals?|violations?|misses|failures?|memory|mem|size|bytes|toxicity|hallucination)$/;
const NEITHER =
  /^(?:epochs?|steps?|iter(?:ation)?s?|lr|learning|momentum|norm|grad|gradients?|weights?|beta|alpha|gamma|temperature|samples?|examples?|tokens|batch(?:es)?|count|n|num|seed|rank|timestamp|progress|support)$/;
const HIGHER = /^(?:acc|accuracy|score|r2|auc|auroc|auprc|f1|precision|recall|reward|return|throughput|per|ips|fps)$/;

/** Guesses from the words of a name; what is neither an error nor a setting is better when it is higher. */
export function guessDirection(key: string): Direction {
  if (key.startsWith("system/")) return "none";
  const words = key
    .replace(/([a-z0-9])([A-Z])/g, "$1 $2")
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter(Boolean);
  if (/negative log likelihood/.test(words.join(" "))) return "down";
  // What is said last counts; scikit-learn's neg_… are errors with their sign turned.
  for (const word of words.toReversed()) {
    if (HIGHER.test(word)) return "up";
    if (LOWER.test(word)) return words.includes("neg") ? "up" : "down";
    if (NEITHER.test(word)) return "none";
  }
  return "up";
}

/** The one that comes next when a person switches. */
export const nextDirection = (direction: Direction): Direction =>
  direction === "up" ? "down" : direction === "down" ? "none" : "up";

/** The places of the best values; none when there is nothing to choose between. NaN is never best. */
export function bestOf(values: readonly (number | null)[], direction: Direction): Set<number> {
  const found = values.filter((value): value is number => value !== null && !Number.isNaN(value));
  if (direction === "none" || found.length < 2) return new Set();
  const best = direction === "up" ? Math.max(...found) : Math.min(...found);
  if (found.every((value) => value === best)) return new Set();
  return new Set(values.flatMap((value, i) => (value === best ? [i] : [])));
}
