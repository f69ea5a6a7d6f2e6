/** The ticket's tab: its notes, and a field for another. */
import { useState } from "react";
import { Button, Stack, TextField, Typography } from "@mui/material";
import {
  Empty,
  Loading,
  Moment,
  pluginApi,
  ProblemAlert,
  useAction,
  useApi,
  type SlotProps,
} from "@mortise/sdk";

const plugin = pluginApi("my-plugin");

interface Note {
  id: string;
  text: string;
  author: string;
  createdAt: string;
}

export function MyPluginTab({ ticketId }: SlotProps["ticket.tabs"]) {
  const [text, setText] = useState("");
  const notes = useApi<{ items: Note[] }>(plugin, "/notes/:ticketId", {
    ticketId,
  });
  const add = useAction(async () => {
    await plugin.post("/notes/:ticketId", { text }, { ticketId });
    setText("");
    plugin.refresh();
  });

  if (notes.error && !notes.data)
    return <ProblemAlert error={notes.error} onRetry={notes.refresh} />;
  if (!notes.data) return <Loading />;
  return (
    <Stack spacing={2}>
      <Stack direction="row" spacing={1}>
        <TextField
          label="A note"
          size="small"
          fullWidth
          value={text}
          onChange={(e) => setText(e.target.value)}
        />
        <Button
          variant="contained"
          disabled={text.trim() === ""}
          loading={add.busy}
          onClick={() => void add.run()}
        >
          Add
        </Button>
      </Stack>
      {notes.data.items.length === 0 && (
        <Empty>Nobody has noted anything on this ticket yet.</Empty>
      )}
      {notes.data.items.map((note) => (
        <div key={note.id}>
          <Typography variant="body2" sx={{ whiteSpace: "pre-wrap" }}>
            {note.text}
          </Typography>
          <Typography variant="caption" color="text.secondary">
            {note.author}, <Moment iso={note.createdAt} />
          </Typography>
        </div>
      ))}
    </Stack>
  );
}
