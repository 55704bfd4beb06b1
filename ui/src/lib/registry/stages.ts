/** The stages of versions, as MLflow names them. */

export const NO_STAGE = "None";
export const STAGES: readonly string[] = [NO_STAGE, "Staging", "Production", "Archived"];

/** Those in which models are used: when one comes there, the others can be archived. */
export const ACTIVE_STAGES: readonly string[] = ["Production", "Staging"];
