/** An MLmodel file: what the model takes and gives, how it is loaded; and the file itself. */

import { Text } from "@mantine/core";
import { useMemo } from "react";
import { useText } from "../../i18n";
import { textLines } from "../../lib/encoding";
import { formatBytes } from "../../lib/format";
import { type ModelFile, readModelFile } from "../../lib/models/mlmodel";
import { LongText } from "../details/long-text";
import { Facts } from "../details/section";
import { Flavors } from "../model/flavors";
import { SignatureTables } from "../model/signature-tables";
import { useLook } from "./beside";
import { Bar, type FileProps, Looks, Region } from "./parts";
import classes from "./previews.module.css";
import { TextView } from "./text";

export function MlmodelView({ file, text }: { file: FileProps; text: string }) {
  const t = useText();
  const [look, setLook] = useLook<"summary" | "source">("summary");
  const model = useMemo(() => readModelFile(text), [text]);
  const lines = useMemo(() => textLines(text), [text]);
  const name = file.label;
  const looks = model && (
    <Looks
      value={look}
      onChange={setLook}
      looks={[
        { value: "summary", label: t.artifacts.summary },
        { value: "source", label: t.artifacts.source },
      ]}
    />
  );
  if (!model || look === "source")
    return (
      <TextView lines={lines} language="yaml" label={name}>
        {looks}
      </TextView>
    );
  return (
    <>
      <Bar>{looks}</Bar>
      <Region label={name}>
        <Summary model={model} />
      </Region>
    </>
  );
}

function Summary({ model }: { model: ModelFile }) {
  const t = useText();
  return (
    <div className={classes.model}>
      <Facts
        facts={[
          { label: t.artifacts.modelSize, value: model.size === null ? "" : formatBytes(model.size) },
          { label: t.artifacts.created, value: model.created && `${model.created} UTC` },
          { label: t.artifacts.modelId, value: model.modelId, copy: model.modelId },
          { label: t.artifacts.kisekiVersion, value: model.kisekiVersion },
          { label: t.artifacts.mlflowVersion, value: model.mlflowVersion },
          { label: t.artifacts.example, value: model.example },
          ...model.metadata.map(([label, value]) => ({ label, value: <LongText text={value} /> })),
        ]}
      />
      <SignatureTables signature={model.signature} />
      {Object.keys(model.signature).length === 0 && <Text size="sm">{t.artifacts.noSignature}</Text>}
      <Flavors flavors={model.flavors} />
    </div>
  );
}
