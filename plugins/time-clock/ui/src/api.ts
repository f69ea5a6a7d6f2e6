/** The plugin's own routes, as src/*.c answers them. */
import { pluginApi } from "@mortise/sdk";

export interface Entry {
  id: string;
  technicianId: string;
  technicianName: string;
  ticketId: string;
  ticketNumber: number;
  clockInTime: string;
  clockOutTime: string | null;
  totalHours: number;
  status: "active" | "completed";
}

export interface Status {
  technicianId: string;
  technicianName: string;
  /** On the ticket that was asked for. */
  isClockedIn: boolean;
  /** Wherever it is. */
  activeEntry: Entry | null;
  ticketHours: number | null;
  todayHours: number;
}

export interface Summary {
  ticketId: string;
  ticketNumber: number;
  totalHours: number;
  activeCount: number;
  technicians: {
    technicianId: string;
    technicianName: string;
    totalHours: number;
    entries: number;
    isClockedIn: boolean;
  }[];
  /** The newest 200. */
  entries: Entry[];
}

export const plugin = pluginApi("time-clock");

export const clockIn = (technicianId: string, ticketId: string) =>
  plugin.post<Entry>("/clock-in", { technicianId, ticketId });

export const clockOut = (technicianId: string, ticketId: string) =>
  plugin.post<Entry>("/clock-out", { technicianId, ticketId });
