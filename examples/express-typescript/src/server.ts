import express from "express";

interface Note {
  readonly id: number;
  readonly text: string;
}

const notes: Note[] = [];
const app = express();
app.use(express.json({ limit: "10kb" }));

app.get("/", (_request, response) => {
  response.json({ framework: "express", notes: notes.length });
});

app.get("/notes", (_request, response) => {
  response.json(notes);
});

app.post("/notes", (request, response) => {
  const { text } = request.body as { text?: unknown };
  if (typeof text !== "string" || text === "") {
    response.status(400).json({ error: "send { \"text\": \"…\" }" });
    return;
  }
  const note = { id: notes.length + 1, text };
  notes.push(note);
  response.status(201).json(note);
});

const server = app.listen(Number(process.env["PORT"] ?? 3000), process.env["HOST"] ?? "127.0.0.1");
process.on("SIGTERM", () => server.close());
