/** A gateway's metrics in Prometheus' text format. */
export interface MetricsText {
  readonly node: string | undefined;
  readonly text: string;
}

/** Help and type of a metric, and its samples. */
interface Family {
  readonly about: readonly string[];
  readonly samples: string[];
}

const ABOUT = /^# (?:HELP|TYPE) (\S+)/;
/** What says its node itself. */
const OWN_NODE = /(?:^|,)node="/;
const SAMPLE = /^([^\s{]+)(?:\{(.*)\})? (\S+)$/;

/**
 * Several gateways' metrics as one text: what is of one metric has to be together, and help and type of it once. Each
 * sample says its node, so that two of one machine are two.
 */
export function mergedMetrics(texts: readonly MetricsText[]): string {
  const families = new Map<string, Family>();
  for (const { node, text } of texts) addTo(families, node, text.split("\n"));
  const lines = [...families.values()].flatMap(({ about, samples }) => [...about, ...samples]);
  return `${lines.join("\n")}\n`;
}

function addTo(
  families: Map<string, Family>,
  node: string | undefined,
  lines: readonly string[],
): void {
  let name = "";
  for (const line of lines) {
    const [, about] = ABOUT.exec(line) ?? [];
    if (about !== undefined) name = about;
    const family = families.get(name) ?? { about: [], samples: [] };
    if (about === undefined && line !== "") family.samples.push(labelled(line, node));
    const isNew = about !== undefined && !family.about.includes(line);
    families.set(name, isNew ? { ...family, about: [...family.about, line] } : family);
  }
}

function labelled(line: string, node: string | undefined): string {
  const [, name, labels = "", value] = SAMPLE.exec(line) ?? [];
  if (node === undefined || name === undefined || value === undefined) return line;
  if (OWN_NODE.test(labels)) return line;
  const others = labels === "" ? "" : `,${labels}`;
  return `${name}{node="${node}"${others}} ${value}`;
}
