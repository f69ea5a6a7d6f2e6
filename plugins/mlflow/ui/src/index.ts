export { ModelPage } from "./model-page";
export { MLFlowTab, ModelsPage } from "./models-page";
