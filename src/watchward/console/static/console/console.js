// Starts the NHS components on the page.
import { initAll } from "../vendor/nhsuk-frontend.min.js";

initAll();
