export { LowStockWidget } from "./low-stock-widget";
export { PartPage } from "./part-page";
export { PartsPage } from "./parts-page";
export { TicketParts } from "./ticket-parts";
