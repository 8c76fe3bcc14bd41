// Prints what Microsoft's report checker finds in a .Report folder. It would fetch its JSON schemas.
import { getMetadataProvider, runReportValidation } from "@microsoft/powerbi-report-authoring-cli";

const folder = process.argv[2];
const found = await runReportValidation({
  reportDir: folder,
  defDir: `${folder}/definition`,
  provider: await getMetadataProvider(),
  skipSchema: true,
});
console.log(JSON.stringify(found));
