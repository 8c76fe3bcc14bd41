// Prints what lookml-parser makes of the Looker project in a folder: errors, views and explores.
import parser from "lookml-parser";

const quiet = { log() {}, warn() {}, error() {} };
const project = await parser.parseFiles({ source: "**/*.lkml", cwd: process.argv[2], console: quiet });
const model = project.model?.streaming_analytics ?? {};
console.log(
  JSON.stringify({
    errors: project.errors ?? [],
    views: Object.keys(model.view ?? {}),
    explores: Object.keys(model.explore ?? {}),
  }),
);
