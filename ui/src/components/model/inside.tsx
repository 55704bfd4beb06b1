/** What a model takes and gives, and an example of it. */

import { Text } from "@mantine/core";
import type { Owner } from "../../api/artifacts";
import type { FileInfo } from "../../api/types";
import { useText } from "../../i18n";
import type { ModelFile } from "../../lib/models/mlmodel";
import { Section } from "../details/section";
import { Preview } from "../preview";
import classes from "./model.module.css";
import { SignatureTables } from "./signature-tables";

interface ModelInsideProps {
  owner: Owner;
  file: ModelFile;
  /** What is at the top of the model's folder. */
  names: readonly FileInfo[];
}

export function ModelInside({ owner, file, names }: ModelInsideProps) {
  const t = useText();
  const example = names.find((one) => one.path === file.example && !one.is_dir);
  return (
    <>
      {Object.keys(file.signature).length === 0 ? (
        <Section title={t.artifacts.signature}>
          <Text size="sm" c="dimmed">
            {t.models.noSignatureText}
          </Text>
        </Section>
      ) : (
        <SignatureTables signature={file.signature} />
      )}
      {example && (
        <Section title={t.models.example}>
          <div className={classes.example}>
            <Preview
              owner={owner}
              path={example.path}
              label={t.models.example}
              {...(example.file_size !== undefined && { size: example.file_size })}
            />
          </div>
        </Section>
      )}
    </>
  );
}
